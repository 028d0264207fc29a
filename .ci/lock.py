"""Write requirements.txt: what pyproject.toml asks for and all that it needs, as installed in this environment.

`python .ci/lock.py`, after trying new versions in a virtual environment. What is left out is named with its reason.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LEFT_OUT = {
    "triton": "a gigabyte of GPU code that openai-whisper calls on CUDA alone",
    "typing": "a back-port to Python 2 that Resemblyzer still names",
    "webrtcvad": "needs a C compiler; of Resemblyzer only the weights are used",
    "librosa": "needed by the code of Resemblyzer, of which only the weights are used",
    "sounddevice": "pocketsphinx uses it to record from a microphone",
    "setuptools": "face_recognition_models is not imported, only its weights are used",
}
HEADER = """\
# Known-good versions of everything, for `pip install --no-deps -r requirements.txt` (the Makefile does it).
# Written by .ci/lock.py from pyproject.toml with its extra `dev`. Left out on purpose:
"""


def closure(names: list[Requirement]) -> dict[str, str]:
    """Canonical name -> ``name==version`` of these and all that they need here."""
    found: dict[str, str] = {}
    todo = list(names)
    while todo:
        wanted = todo.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in found or name in LEFT_OUT or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        try:
            package = distribution(wanted.name)
        except PackageNotFoundError:
            raise SystemExit(f"`{wanted.name}` is not installed here; pip install it first") from None
        found[name] = f"{package.metadata['Name']}=={package.version.split('+')[0]}"
        for text in package.requires or ():
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in wanted.extras or {""}):
                need.marker = None
                todo.append(need)
    return found


def main() -> None:
    root = Path(__file__).parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lines = sorted(closure([Requirement(text) for text in asked]).values(), key=str.lower)
    reasons = "".join(f"#   {name}: {why}\n" for name, why in LEFT_OUT.items())
    (root / "requirements.txt").write_text(HEADER + reasons + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
