"""The command line as a user meets it: streams, exit codes, formats, messages. In a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from checker.cli.scan import FailOn, exit_code
from checker.report import v1
from tests.markings.files import AI, clip, created, credentials, sign

SAMPLES = Path(__file__).parents[2] / "samples"
PACK = """
policy: tiny
version: "1"
title: Tiny
requires: [provenance]
rules:
  - id: tiny-label
    title: AI content is declared
    when: {all: [{provenance.c2pa_ai: full}, {not: label.platform}]}
    verdict: reject
    clause: {text: t, url: "https://example.com", as_of: 2026-01-01, confidence: high}
    fix: Turn on the toggle.
"""


def checker(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "checker", *map(str, words)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHECKER_")}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack that needs provenance alone, so that nothing heavy is loaded."""
    path = tmp_path / "tiny.yaml"
    path.write_text(PACK)
    return path


@pytest.mark.parametrize(
    ("sample", "code", "verdict"), [("ai-unlabelled", 20, "reject"), ("ai-labelled", 0, "pass"), ("no-ai", 0, "pass")]
)
def test_exit_code_and_report_on_stdout_alone(pack: Path, sample: str, code: int, verdict: str) -> None:
    done = checker("scan", SAMPLES / sample / "clip.mp4", "--policy", pack, "--format", "json")
    assert (done.returncode, done.stderr) == (code, "")
    report = json.loads(done.stdout)
    jsonschema.validate(report, json.loads(v1.SCHEMA_FILE.read_text()))
    assert report["verdict"] == verdict


def test_a_folder_streams_a_line_per_file_and_one_bad_file_stops_nobody(pack: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in ("ai-unlabelled", "ai-labelled"):
        for file in (SAMPLES / name).glob("clip.*"):
            (inbox / file.name.replace("clip", name)).write_bytes(file.read_bytes())
    (inbox / "broken.mp4").write_bytes(b"no video")
    (inbox / "sidecar.mp4").write_bytes((SAMPLES / "ai-labelled/clip.mp4").read_bytes())
    (inbox / "sidecar.post.yaml").write_text("platform: tiktok\nai_declared: perhaps\n")
    done = checker("scan", inbox, "--policy", pack, "--format", "jsonl", "--jobs", 2)
    found = {Path(r["path"]).stem: r for r in map(json.loads, done.stdout.splitlines())}
    assert {name: r["verdict"] for name, r in found.items()} == {
        "ai-unlabelled": "reject", "ai-labelled": "pass", "broken": "error", "sidecar": "error",
    }  # fmt: skip
    assert "sidecar.post.yaml" in found["sidecar"]["error"]["message"]
    assert done.returncode == 20


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["gone.mp4"], 4, "does not exist"),
        (["."], 3, "no media file"),
        (["*.mp4"], 3, "no media file"),
        (["clip.mp4", "--policy", "nosuch"], 2, "nosuch"),
        (["clip.mp4", "--post", "gone.yaml"], 2, "gone.yaml"),
        (["clip.mp4", "--policy", "bad.yaml"], 2, "bad.yaml:9:"),
        (["clip.mp4", "--format", "pdf"], 2, "pdf"),
    ],
    ids=["no file", "empty folder", "empty glob", "no pack", "no sidecar", "bad pack", "no format"],
)
def test_what_is_wrong_is_said_with_its_exit_code(
    tmp_path: Path, pack: Path, words: list[str], code: int, part: str
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "bad.yaml").write_text(PACK.replace("c2pa_ai", "c2pa_ia"))
    if "clip.mp4" in words:
        (folder / "clip.mp4").write_bytes((SAMPLES / "no-ai/clip.mp4").read_bytes())
    done = checker("scan", *words, *([] if "--policy" in words else ["--policy", pack]), cwd=folder)
    assert done.returncode == code
    assert part in done.stderr + done.stdout and "Traceback" not in done.stderr


def test_judge_needs_no_media(pack: Path, tmp_path: Path) -> None:
    stored = tmp_path / "reports.jsonl"
    stored.write_text(checker("scan", SAMPLES / "ai-unlabelled", "--policy", pack, "--format", "jsonl").stdout)
    milder = tmp_path / "milder.yaml"
    milder.write_text(PACK.replace("verdict: reject", "verdict: flag"))
    again = checker("judge", stored, "--policy", milder, "--format", "json")
    assert again.returncode == 10 and json.loads(again.stdout)["policies"][0]["findings"][0]["outcome"] == "violated"


@pytest.mark.parametrize(
    ("seen", "fail_on", "code"),
    [
        ([("pass", 4)], FailOn.flag, 0),
        ([("pass", 4), ("flag", 4)], FailOn.flag, 10),
        ([("pass", 4), ("flag", 4)], FailOn.reject, 0),
        ([("flag", 4), ("reject", 4), ("error", 4)], FailOn.reject, 20),
        ([("flag", 4), ("error", 4)], FailOn.reject, 4),
        ([("error", 2)], FailOn.flag, 2),
        ([("error", 2), ("pass", 4)], FailOn.flag, 4),
    ],
)
def test_exit_codes_of_many(seen: list[tuple[str, int]], fail_on: FailOn, code: int) -> None:
    assert exit_code(seen, fail_on) == code


@pytest.mark.parametrize("command", [["scan"], ["judge"], ["policy"], ["policy", "check"], ["detectors"], ["models"],
                                     ["people"], ["samples"]])  # fmt: skip
def test_every_command_has_help(command: list[str]) -> None:
    done = checker(*command, "--help")
    assert done.returncode == 0 and "Usage" in done.stdout


def test_a_trust_list_of_ones_own_makes_a_manifest_trusted(pack: Path, tmp_path: Path) -> None:
    _, _, root = credentials()
    sign(clip(tmp_path / "plain.mp4"), tmp_path / "signed.mp4", created(AI))
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(root)
    states = {}
    for name, words in {"without": [], "with": ["--trust-list", anchors]}.items():
        done = checker("scan", tmp_path / "signed.mp4", "--policy", pack, "--format", "json", *words)
        seen = json.loads(done.stdout)["observations"]
        states[name] = next(o["value"]["state"] for o in seen if o["kind"] == "c2pa")
    assert states == {"without": "valid", "with": "trusted"}


@pytest.mark.parametrize(("content", "code"), [(None, 2), (b"no certificate", 10)])
def test_a_trust_list_that_cannot_be_used_is_never_passed_over(
    content: bytes | None, code: int, pack: Path, tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors.pem"
    if content is not None:
        anchors.write_bytes(content)
    done = checker("scan", SAMPLES / "ai-unlabelled/clip.mp4", "--policy", pack, "--trust-list", anchors)
    assert done.returncode == code
    assert "anchors.pem" in done.stdout + done.stderr


def test_a_speech_engine_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    done = checker("scan", tmp_path / "a.mp4", "--speech", "nobody")
    assert done.returncode == 2 and done.stdout == ""
    assert "no speech engine `nobody`; there are whisper, pocketsphinx" in " ".join(done.stderr.split())
