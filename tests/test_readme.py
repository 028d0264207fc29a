"""The README is true: its commands run, its packs load, its code prints what it says, its files exist."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from checker.cli import app
from checker.facts import FACTS
from checker.policy import load_policy

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [
    line[2:].split("  #")[0].strip()
    for block in blocks("console")
    for line in block.splitlines()
    if line.startswith("$ checker ")
]
CODES = {"scan": {0, 10, 20}, "judge": {0, 10, 20}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the README's commands name, and subtitles so that nobody waits for speech recognition."""
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "samples", place / "samples")
    for file in (ROOT / "samples/silent").glob("clip.*"):
        shutil.copy(file, place / file.name)
    (place / "inbox").mkdir()
    shutil.copy(place / "clip.mp4", place / "inbox/one.mp4")
    (place / "post.yaml").write_text("platform: tiktok\nai_declared: false\n")
    pack = next(b for b in blocks("yaml") if b.startswith("# house.yaml"))
    (place / "house.yaml").write_text(pack)
    (place / "my-policy.yaml").write_text(pack)
    from skimage import data
    from skimage import io as images

    images.imsave(place / "ada.jpg", data.astronaut())
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(folder: Path, command: str) -> None:
    words = shlex.split(command.replace("checker", f"{sys.executable} -m checker", 1), comments=True)
    target = None
    if ">" in words:
        target = folder / words[-1]
        words = words[: words.index(">")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHECKER_")}
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode in CODES.get(command.split()[1], {0}), done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    if target:
        target.write_text(done.stdout)


def test_commands_that_are_named_exist() -> None:
    group = get_command(app)
    for name in set(re.findall(r"`checker ([a-z]+)|^\$ checker ([a-z]+)", README, re.MULTILINE)):
        name = "".join(name)
        assert name in group.commands, name  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", blocks("python"))
def test_code_prints_what_it_says(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    said = [m.split(":")[0].strip() for m in re.findall(r"print\(.*?\)[ \t]+# (\w+.*)", code)]
    lines = printed.getvalue().splitlines()
    assert all(word.split()[0] in lines for word in said), (said, lines)


def test_every_fact_group_and_pack_is_known_and_linked_files_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+?)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target
    for group, field in re.findall(r"\b(ai|label|provenance|people|post)\.([a-z_]+)\b", "".join(blocks("yaml"))):
        assert field in FACTS.groups.get(group, FACTS.lists.get(group, {})), f"{group}.{field}"
    assert load_policy("tiktok").id == "tiktok"
