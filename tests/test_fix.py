from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from checker import load_policy
from checker.fix import suggest
from checker.label import Labels
from checker.label import label as write
from checker.pipeline import judge
from checker.policy import Policy
from checker.post import Post
from checker.types import Observation, Verdict
from tests.clips import make_clip
from tests.evidence import PLAIN_POST, c2pa, evidence, seen
from tests.markings.files import clip

UNSAID = replace(PLAIN_POST, ai_declared=None)
TOGGLE_ON = replace(PLAIN_POST, ai_declared=True)
TEXT = ("--text", "AI-generated")
PACK = """
policy: tiny
version: "1"
title: Tiny
requires: [provenance, screen_text, language]
rules:
  - id: tiny-label
    title: AI content is labelled on screen from the beginning
    when: {all: [ai.used, {any: [{not: label.on_screen}, {not: label.at_start}, "label.height_ratio < 0.05"]}]}
    verdict: reject
    clause: {text: t, url: "https://example.com", as_of: 2026-01-01, confidence: high}
    fix: Write it on screen.
"""


def xmp() -> Observation:
    return seen("xmp", 1.0, "declared", digital_source_type="trainedAlgorithmicMedia", ai=True)


def mark() -> Observation:
    return seen("generator_mark", at=(0, 4), generator="Sora", text="Sora")


@pytest.mark.parametrize(
    ("pack", "observations", "post", "label", "toggle", "rest"),
    [
        pytest.param("tiktok", [xmp()], UNSAID, TEXT, False, [], id="text suffices"),
        pytest.param("tiktok", [mark()], PLAIN_POST, TEXT, False, [], id="a visible mark"),
        pytest.param("tiktok", [xmp()], PLAIN_POST, (), True, [], id="the toggle says no, which a label cannot cure"),
        pytest.param(
            "tiktok", [c2pa("full")], UNSAID, (*TEXT, "--xmp", "--drop-c2pa"), False, [], id="a manifest is replaced"
        ),
        pytest.param(
            "tiktok",
            [c2pa("partial")],
            UNSAID,
            (*TEXT, "--xmp", "--source-type", "compositeWithTrainedAlgorithmicMedia", "--drop-c2pa"),
            False,
            [],
            id="a manifest that says in part",
        ),
        pytest.param("tiktok", [c2pa("full")], PLAIN_POST, (), True, [], id="a manifest is not dropped to hide it"),
        pytest.param("cn-labelling", [xmp()], TOGGLE_ON, (*TEXT, "--aigc", "PRODUCER"), False, [], id="both, in China"),
        pytest.param(
            "tiktok",
            [
                mark(),
                seen("endorsement", 0.95, kind="commercial", cue="use code", where="speech", quote="q", target=""),
            ],
            PLAIN_POST,
            TEXT,
            False,
            ["tt-commercial-toggle"],
            id="a label, and more",
        ),
        pytest.param(
            "tiktok",
            [seen("endorsement", 0.95, kind="commercial", cue="use code", where="speech", quote="q", target="")],
            PLAIN_POST,
            (),
            False,
            ["tt-commercial-toggle"],
            id="nothing of AI, no AI label",
        ),
    ],
)
def test_the_smallest_label_that_leaves_the_fewest_findings(
    pack: str,
    observations: list[Observation],
    post: Post,
    label: tuple[str, ...],
    toggle: bool,
    rest: list[str],
    tmp_path: Path,
) -> None:
    policy = load_policy(pack)
    path = clip(tmp_path / "a.mp4")
    report = judge(str(path), evidence(*observations, post=post), [policy])
    assert report.verdict is not Verdict.PASS
    fix = suggest(report, [policy])
    assert fix is not None
    assert (fix.label, fix.toggle, [f.rule for f in fix.rest]) == (label, toggle, rest)
    assert all(finding.fix for finding in fix.rest)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "tiny.yaml"
    path.write_text(PACK)
    return path


def test_what_passes_needs_nothing(tiny: Path, tmp_path: Path) -> None:
    policies: list[Policy] = [load_policy(tiny)]
    assert suggest(judge(str(clip(tmp_path / "a.mp4")), evidence(), policies), policies) is None


@pytest.mark.parametrize(("name", "label"), [("a.webm", TEXT), ("a.avi", TEXT), ("a.wav", ())])
def test_only_what_the_container_can_hold_is_advised(
    name: str, label: tuple[str, ...], tiny: Path, tmp_path: Path
) -> None:
    policies = [load_policy(tiny)]
    path = make_clip(tmp_path / name) if name == "a.webm" else tmp_path / name
    if name != "a.webm":
        path.write_bytes(b"RIFF\0\0\0\0" + (b"AVI " if name == "a.avi" else b"WAVE") + bytes(8))
    whole = evidence(xmp())
    if name == "a.wav":
        whole = replace(whole, media=replace(whole.media, kind="audio"))
    fix = suggest(judge(str(path), whole, policies), policies)
    assert fix is not None and fix.label == label
    assert bool(fix.rest) is (not label)


def test_the_output_has_a_name_that_is_free(tiny: Path, tmp_path: Path) -> None:
    policies = [load_policy(tiny)]
    path = clip(tmp_path / "a b.mp4")
    (tmp_path / "a b.labelled.mp4").touch()
    report = judge(str(path), evidence(xmp(), post=replace(UNSAID, sources=("a b.post.yaml",))), policies)
    fix = suggest(report, policies)
    assert fix is not None
    first, second = fix.commands(report, packs=["tiny.yaml"])
    target = str(tmp_path / "a b.labelled-2.mp4")
    assert shlex.split(first) == ["checker", "label", str(path), "-o", target, *TEXT]
    assert shlex.split(second) == [
        *("checker", "scan", target, "--policy", "tiny.yaml", "--post", str(tmp_path / "a b.post.yaml"))
    ]


def checker(*words: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHECKER_")}
    command = [sys.executable, "-m", "checker", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def test_following_the_command_really_makes_it_pass(tiny: Path, tmp_path: Path) -> None:
    write(make_clip(tmp_path / "plain.mp4", seconds=4.0), tmp_path / "clip.mp4", Labels(xmp=True))
    (tmp_path / "clip.post.yaml").write_text("platform: tiktok\ncaption: sunrise\n")
    first = checker("scan", tmp_path / "clip.mp4", "--policy", tiny, "--fix", "--format", "csv")
    assert first.returncode == 20
    assert "to make" in first.stderr and "to make" not in first.stdout
    lines = [shlex.split(line) for line in first.stderr.splitlines() if line.strip().startswith("checker ")]
    assert [words[:2] for words in lines] == [["checker", "label"], ["checker", "scan"]]
    codes = [checker(*words[1:]).returncode for words in lines]
    assert codes == [0, 0]
