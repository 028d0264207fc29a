"""The README is true: its commands run, its packs load, its code prints what it says, its files exist."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from typer.main import get_command

from checker.cli import app
from checker.facts import FACTS
from checker.media import Media
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
NOT_RUN = ("models pull", "models add", "--cert", "eval ", "calibrate ", "--calibration")
"""What needs a network, somebody's certificate or clips; tests/cli/test_eval.py and test_calibrate.py run the last."""
CODES = {"scan": {0, 10, 20}, "judge": {0, 10, 20}, "policy check mine.yaml": {2}, "policy test mine.yaml": {1},
         "policy diff": {10}, "compare": {0, 10}}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the README's commands name."""
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "samples", place / "samples")
    for file in (ROOT / "samples/silent").glob("clip.*"):
        shutil.copy(file, place / file.name)
    (place / "inbox").mkdir()
    shutil.copy(place / "clip.mp4", place / "inbox/one.mp4")
    (place / "post.yaml").write_text("platform: tiktok\nai_declared: false\n")
    (place / "mine.yaml").write_text(example("policy: mine\nversion"))
    (place / "my-policy.yaml").write_text(
        example("policy: mine\nversion").replace("label.height ", "label.height_ratio ")
    )
    (place / "tests").mkdir()
    (place / "tests/mine.yaml").write_text(example("policy: mine\nbase"))
    pack = (ROOT / "policies/tiktok.yaml").read_text()
    (place / "my-tiktok.yaml").write_text(pack.replace("verdict: reject", "verdict: flag"))
    from skimage import data
    from skimage import io as images

    for name in ("ada.jpg", "bob.jpg"):
        images.imsave(place / name, data.astronaut())
    (place / "names.csv").write_text("name,role\nZora Quill,politician\n")
    label = {"en": {"value": "Ada Example"}}
    (place / "wikidata.json").write_text(json.dumps({"entities": {"Q1": {"labels": label, "claims": {}}}}))
    (place / "bob.pdf").write_bytes(b"%PDF-1.4 consent")
    speech(place / "ada.wav")
    return place


def example(start: str) -> str:
    return next(block for block in blocks("yaml") if block.startswith(start))


def mended() -> str:
    return example("policy: mine\nversion").replace("label.height ", "label.height_ratio ")


def speech(path: Path) -> None:
    """The spoken words of a sample as a sound file."""
    with Media.open(ROOT / "samples/no-ai/clip.mp4") as media, wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((media.samples() * 32767).astype("<i2").tobytes())


@pytest.mark.parametrize("command", [c for c in COMMANDS if not any(part in c for part in NOT_RUN)])
def test_commands_run(folder: Path, command: str) -> None:
    words = shlex.split(command.replace("checker", f"{sys.executable} -m checker", 1), comments=True)
    target = None
    if ">" in words:
        target = folder / words[-1]
        words = words[: words.index(">")]
    if command == "checker policy test mine.yaml":  # its mistake has been shown and mended by then
        (folder / "mine.yaml").write_text(mended())
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHECKER_")}
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=environment, timeout=240)
    expected = next((codes for part, codes in CODES.items() if command.startswith(f"checker {part}")), {0})
    assert done.returncode in expected, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    for line in said_of(command):
        assert line in done.stdout + done.stderr
    if target:
        target.write_text(done.stdout)


def said_of(command: str) -> list[str]:
    """What the README shows below a command."""
    for block in blocks("console"):
        lines = block.splitlines()
        for i, line in enumerate(lines):
            if line[2:].split("  #")[0].strip() == command:
                shown = lines[i + 1 :]
                end = next((k for k, other in enumerate(shown) if other.startswith("$ ")), len(shown))
                return [text.strip() for text in shown[:end] if text.strip(" ^")]
    return []


def test_the_first_rule_is_mended_as_the_page_says(tmp_path: Path) -> None:
    pack = tmp_path / "mine.yaml"
    pack.write_text(mended())
    (tmp_path / "tests").mkdir()
    third = next(block for block in blocks("yaml") if block.startswith("  - name: its height"))
    (tmp_path / "tests/mine.yaml").write_text(example("policy: mine\nbase") + third)
    for command in ("check", "test"):
        words = [sys.executable, "-m", "checker", "policy", command, str(pack)]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_commands_that_are_named_exist() -> None:
    group = get_command(app)
    for names in set(re.findall(r"`checker ([a-z]+)|^\$ checker ([a-z]+)", README, re.MULTILINE)):
        name = "".join(names)
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
    for group, field in re.findall(r"\b(ai|label|provenance|people)\.([a-z_]+)\b", "".join(blocks("yaml"))):
        if (group, field) == ("label", "height"):
            continue  # the mistake on the page
        assert field in FACTS.groups.get(group, FACTS.lists.get(group, {})), f"{group}.{field}"
    assert load_policy("tiktok").id == "tiktok"
