"""Networks and signal code that several detectors share.

Each module takes its weights from an installed package or from `checker.weights`, and loads them safely: no pickle
but with `torch.load(weights_only=True)`.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..errors import DetectorUnavailable


def packaged(package: str, path: str) -> Path:
    """A weights file inside an installed package, which is not imported.

    Raises:
        DetectorUnavailable: The package or the file is not there.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None or not (file := Path(spec.origin).parent / path).is_file():
        raise DetectorUnavailable(f"weights `{path}` of package `{package}` not found; run `pip install {package}`")
    return file


@cache
def label(name: str, file: Path) -> str:
    """``name@sha256:...`` of a file."""
    import hashlib

    with file.open("rb") as stream:
        return f"{name}@sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
