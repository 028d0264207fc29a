"""The samples as files; `checker samples` compares their verdicts."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from checker.media import Media
from checker.post import read_post

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
FOLDERS = sorted(path.parent for path in SAMPLES.glob("*/expected.json"))
RULES = {rule["id"] for rule in yaml.safe_load((ROOT / "policies/tiktok.yaml").read_text(encoding="utf-8"))["rules"]}


def expected(folder: Path) -> dict:
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def maker() -> ModuleType:
    """samples/make.py, which is a script and no package."""
    sys.path.insert(0, str(SAMPLES))
    try:
        spec = importlib.util.spec_from_file_location("samples_make", SAMPLES / "make.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(SAMPLES))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_sample_is_small_and_whole(folder: Path) -> None:
    clip = folder / "clip.mp4"
    assert clip.stat().st_size <= 2**20
    with Media.open(clip) as media:
        assert 3 <= media.duration_s <= 8 and media.video is not None
        assert (media.audio is None) == (folder.name == "silent")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_sidecars_parse_and_expectation_names_what_exists(folder: Path) -> None:
    post = read_post(folder / "clip.mp4")
    assert post.platform == "tiktok" and post.caption and post.sources
    said = expected(folder)
    assert said["verdict"] in ("pass", "flag", "reject")
    assert said["rules"].keys() <= RULES
    assert all((ROOT / option).exists() for option in said["options"] if "/" in option)


def test_every_rule_is_violated_by_one_sample_and_satisfied_by_another() -> None:
    outcomes = {(rule, outcome) for folder in FOLDERS for rule, outcome in expected(folder)["rules"].items()}
    missing = {(rule, outcome) for rule in RULES for outcome in ("violated", "satisfied")} - outcomes
    assert not missing


def test_all_together_are_small() -> None:
    assert len(FOLDERS) >= 10
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 6 * 2**20


def test_text_beside_the_clips_is_what_the_script_writes(tmp_path: Path) -> None:
    make = maker()
    assert {folder.name for folder in FOLDERS} == make.SAMPLES.keys()
    for name, sample in make.SAMPLES.items():
        (tmp_path / name).mkdir()
        make.sidecars(tmp_path / name, sample)
        written = {p.name: p.read_bytes() for p in (tmp_path / name).iterdir()}
        kept = {p.name: p.read_bytes() for p in (SAMPLES / name).iterdir() if p.name != "clip.mp4"}
        assert written == kept, name


@pytest.mark.parametrize("name", ["no-ai", "ai-labelled"])
def test_script_makes_the_same_clip(name: str, tmp_path: Path) -> None:
    if name == "no-ai" and shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    pytest.importorskip("cryptography", reason="the script signs with it")
    make = maker()
    made = make.make(name, make.SAMPLES[name], tmp_path)
    with Media.open(made) as ours, Media.open(SAMPLES / name / "clip.mp4") as kept:
        (times_s, ours_seen), (kept_s, kept_seen) = ours.thumbnails(), kept.thumbnails()
        assert np.array_equal(times_s, kept_s)
        assert np.abs(ours_seen.astype(int) - kept_seen.astype(int)).mean() < 1.0
        assert np.abs(ours.samples() - kept.samples()).mean() < 0.002
