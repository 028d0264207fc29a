"""What every built-in detector keeps to, whatever it looks for."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from checker.detector import Detector, Settings
from checker.errors import DetectorUnavailable
from checker.facts import KINDS
from checker.media import Media
from checker.post import Post
from checker.registry import detectors
from checker.types import Observation, Strength
from checker.weights import REGISTRY
from tests.clips import make_clip

SAMPLES = Path(__file__).parents[2] / "samples"
CLIPS = ("no-ai", "visible-mark", "figure-endorses")
"""Samples that between them have a face, a voice, on-screen text, a mark and a shot."""
POST = Post(
    platform="tiktok",
    caption="Barack Obama says: buy this now with code SAVE20! Made with AI, my 9 year old loves it #ad #ai",
    hashtags=("ad", "ai"),
)
QUIET = {"shot", "c2pa"}
"""Kinds of which there is always one."""
CLASSES = detectors(plugins=False)
Seen = dict[str, list[Observation]]


class Bench:
    """Every detector that this machine can load, run over files in the order of their needs."""

    def __init__(self) -> None:
        self.detectors: dict[str, Detector] = {}
        self.unavailable: dict[str, str] = {}
        for name, cls in CLASSES.items():
            detector: Detector = cls()
            try:
                detector.load(Settings(threads=1))
            except DetectorUnavailable as error:
                self.unavailable[name] = str(error)
            else:
                self.detectors[name] = detector

    def run(self, path: Path, post: Post) -> Seen:
        """What each detector sees; those to which the file does not apply are left out."""
        seen: Seen = {}
        with Media.open(path) as media:
            for name, detector in self.detectors.items():
                if detector.applies_to(media):
                    prior = [o for found in seen.values() for o in found if o.kind in detector.needs]
                    seen[name] = list(detector.detect(media, post, prior))
        return seen


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def runs(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """The samples by name, a blank silent clip, and the first sample once more, all by the same instances."""
    blank = make_clip(tmp_path_factory.mktemp("contract") / "blank.mp4", picture=_black, seconds=1.0)
    seen = {name: bench.run(_clip(name), POST) for name in CLIPS}
    return seen | {"blank": bench.run(blank, Post()), "again": bench.run(_clip(CLIPS[0]), POST)}


def _black(_: float) -> NDArray[np.uint8]:
    return np.zeros((320, 180, 3), np.uint8)


def _clip(name: str) -> Path:
    return next(p for p in sorted((SAMPLES / name).iterdir()) if p.suffix in (".mp4", ".mov", ".webm", ".mkv"))


def _duration_s(name: str) -> float:
    with Media.open(_clip(name)) as media:
        media.decode(frames_hz=0)
        frame_s = 1 / media.video.frame_rate_hz if media.video and media.video.frame_rate_hz else 0.04
        return media.duration_s + frame_s


@pytest.fixture(params=list(CLASSES))
def name(request: pytest.FixtureRequest, bench: Bench) -> str:
    chosen: str = request.param
    if chosen in bench.unavailable:
        pytest.skip(bench.unavailable[chosen])
    return chosen


@pytest.mark.parametrize("name", list(CLASSES))
def test_attributes_say_what_it_is(name: str) -> None:
    cls = CLASSES[name]
    assert cls.name == name == cls.__module__.rpartition(".")[2]
    assert cls.version
    assert cls.emits <= KINDS.keys() and cls.needs <= KINDS.keys()
    assert not cls.emits & cls.needs
    assert set(cls.weights) <= REGISTRY.keys()
    assert cls.frames_hz >= 0


def test_observations_are_well_formed(name: str, runs: dict[str, Seen]) -> None:
    for clip in CLIPS:
        found = runs[clip].get(name, [])
        end_s = _duration_s(clip)
        indices = [int(o.id.removeprefix(f"{name}/")) for o in found]
        assert indices == sorted(set(indices)) and all(i >= 0 for i in indices)
        for o in found:
            assert o.kind in CLASSES[name].emits, o
            assert 0.0 <= o.confidence <= 1.0 and not math.isnan(o.confidence), o
            assert isinstance(o.strength, Strength)
            assert o.segment is None or o.segment.end_s <= end_s, o
            if o.box is not None:
                assert 0 <= o.box.x0 <= o.box.x1 <= 1 and 0 <= o.box.y0 <= o.box.y1 <= 1, o
            assert json.loads(json.dumps(o.value, allow_nan=False)) == dict(o.value), o


def test_the_same_file_gives_the_same_observations(name: str, runs: dict[str, Seen]) -> None:
    first, again = runs[CLIPS[0]].get(name, []), runs["again"].get(name, [])
    assert len(first) == len(again)
    for a, b in zip(first, again, strict=True):
        assert (a.id, a.kind, a.value, a.segment, a.box) == (b.id, b.kind, b.value, b.segment, b.box)
        assert a.confidence == pytest.approx(b.confidence, abs=0.02)


def test_a_blank_silent_clip_is_quiet(name: str, runs: dict[str, Seen]) -> None:
    assert [o for o in runs["blank"].get(name, []) if o.kind not in QUIET] == []


def test_used_weights_have_a_hash(name: str, bench: Bench) -> None:
    assert all("@sha256:" in weights for weights in bench.detectors[name].used_weights())


def test_the_samples_show_something(runs: dict[str, Seen]) -> None:
    kinds = {o.kind for clip in CLIPS for found in runs[clip].values() for o in found}
    assert {"c2pa", "shot", "screen_text", "generator_mark", "face", "utterance"} <= kinds


def test_the_modules_import_cheaply() -> None:
    heavy = {"torch", "cv2", "av", "onnxruntime", "dlib", "spacy", "transformers", "whisper", "rapidocr", "numpy"}
    modules = sorted(cls.__module__ for cls in CLASSES.values())
    code = f"import sys\nfor m in {modules!r}: __import__(m)\nprint(*({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
