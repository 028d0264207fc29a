"""What every speech engine has to keep, the embedded ones and one that a package adds by an entry point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from checker.detector import Settings
from checker.detectors import speech
from checker.detectors.speech import Speech, engine, engines
from checker.errors import DetectorUnavailable, UsageError
from checker.media import Media
from checker.post import Post
from checker.speech import Engine, Spoken, Word
from checker.speech.sphinx import Sphinx
from checker.speech.whisper import Whisper
from checker.types import Segment
from tests.clips import make_clip
from tests.sounds import vowel
from tests.whisper_weights import noise, write

REGIONS = [Segment(1.0, 2.5), Segment(3.0, 4.5)]


class Toy:
    """Says how loud each region is: the smallest engine that a package could bring."""

    name = "toy"

    def __init__(self) -> None:
        self.closed = 0

    def transcribe(self, samples: NDArray[np.float32], regions: Sequence[Segment]) -> Iterator[Spoken]:
        for region in regions:
            part = samples[round(region.start_s * 16_000) : round(region.end_s * 16_000)]
            text = f"loudness {np.abs(part).max():.1f}"
            yield Spoken(region, text, self.name, 0.9, "en", tuple(Word(word, region) for word in text.split()))

    def used(self) -> tuple[str, ...]:
        return ("toy@sha256:00",)

    def close(self) -> None:
        self.closed += 1


def load(settings: Settings) -> Toy:
    if settings.profile == "fast":
        raise DetectorUnavailable("package `toy-runtime` not found; run `pip install toy-runtime`")
    return Toy()


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("toy", f"{__name__}:load", "checker.speech")
    monkeypatch.setattr(EntryPoint, "load", lambda self: load)  # the module has no name of its own in a test run
    monkeypatch.setattr(speech, "entry_points", lambda group: [point] if group == "checker.speech" else [])


@pytest.fixture(scope="module")
def salut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("whisper") / "salut.pt", " Salut !")


@pytest.fixture(params=["toy", "pocketsphinx", "whisper"])
def any_engine(request: pytest.FixtureRequest, salut: Path) -> Iterator[Engine]:
    made: Engine = {"toy": Toy, "pocketsphinx": Sphinx, "whisper": lambda: Whisper(salut, threads=1)}[request.param]()
    yield made
    made.close()


def test_contract(any_engine: Engine) -> None:
    """Sees the regions alone, keeps to their times and order, serves file after file, can be closed twice."""
    samples = np.full(5 * 16_000, np.nan, np.float32)
    for region in REGIONS:
        samples[round(region.start_s * 16_000) : round(region.end_s * 16_000)] = noise(1.5, high=False)
    for _ in range(2):
        said = list(any_engine.transcribe(samples, REGIONS))
        assert all(s.source in (any_engine.name, "keywords") for s in said)
        assert all(0.0 <= s.confidence <= 1.0 and s.text == s.text.strip() != "" for s in said)
        assert all(any(r.start_s <= s.segment.start_s <= s.segment.end_s <= r.end_s for r in REGIONS) for s in said)
        assert all(a.segment.start_s <= b.segment.start_s for a, b in pairwise(said))
        for spoken in said:
            times = [word.segment for word in spoken.words]
            assert times == sorted(times)
            assert all(spoken.segment.overlap_s(t) == pytest.approx(t.seconds) for t in times)
    assert list(any_engine.transcribe(samples, [])) == []
    assert all("@sha256:" in name for name in any_engine.used())
    any_engine.close()


@pytest.mark.usefixtures("plugged")
def test_an_engine_of_a_package_is_used_without_touching_callers(tmp_path: Path) -> None:
    detector = Speech()
    detector.load(Settings(models=tmp_path))
    voice = np.repeat(np.concatenate([vowel(120, 2.0), np.zeros(8000, np.float32)]), 3)
    with Media.open(make_clip(tmp_path / "voice.mp4", picture=None, sound=voice)) as media:
        found = list(detector.detect(media, Post(), ()))
    assert {o.value["source"] for o in found if o.kind == "utterance"} <= {"toy"}
    assert detector.used_weights() == ("toy@sha256:00",)
    assert list(engines()) == ["toy", "whisper", "pocketsphinx"]


@pytest.mark.usefixtures("plugged")
def test_an_engine_that_lacks_something_is_passed_over_unless_it_was_asked_for(tmp_path: Path) -> None:
    with_sphinx = engine(Settings(models=tmp_path, profile="fast"))
    assert with_sphinx.name == "pocketsphinx"
    with_sphinx.close()
    with pytest.raises(DetectorUnavailable, match="pip install toy-runtime"):
        engine(Settings(models=tmp_path, profile="fast", speech="toy"))
    assert engine(Settings(models=tmp_path, speech="toy")).name == "toy"


def test_an_engine_that_is_asked_for_and_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="checker models pull whisper-small"):
        engine(Settings(models=tmp_path, speech="whisper"))
    with pytest.raises(DetectorUnavailable, match="there are whisper, pocketsphinx"):
        engine(Settings(models=tmp_path, speech="nobody"))


def test_two_engines_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    point = SimpleNamespace(name="whisper", value="other:load")
    monkeypatch.setattr(speech, "entry_points", lambda group: [point])
    with pytest.raises(UsageError, match="uninstall `other:load`"):
        engines()


def test_whisper_tells_the_language_of_each_region_and_when_each_word_was_said(tmp_path: Path) -> None:
    ear = Whisper(write(tmp_path / "a.pt", " one two"), threads=1)
    samples = np.concatenate([np.zeros(16_000, np.float32), noise(1.5, high=False), noise(2.0, high=True)])
    low, high = ear.transcribe(samples, [Segment(1.0, 2.5), Segment(2.5, 4.5)])
    assert [(s.text, s.language, s.source) for s in (low, high)] == [("one two", x, "whisper") for x in ("en", "fr")]
    for spoken, start_s in ((low, 1.0), (high, 2.5)):
        first, second = spoken.words
        assert (first.text, second.text) == ("one", "two")
        assert first.segment.start_s == pytest.approx(start_s, abs=0.05)
        assert first.segment.end_s == second.segment.start_s > first.segment.start_s
        assert second.segment.end_s == spoken.segment.end_s > second.segment.start_s
        assert spoken.confidence > 0.99


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param(" so good so good so good so good so good", 0, id="a loop"),
        pytest.param(" Thanks for coming to see us", 1, id="the same in every region, as it says of music"),
        pytest.param(" Yes.", 2, id="a short answer twice"),
    ],
)
def test_whisper_does_not_repeat_itself(tmp_path: Path, text: str, kept: int) -> None:
    ear = Whisper(write(tmp_path / "a.pt", text), threads=1)
    said = list(ear.transcribe(noise(5.0, high=False), [Segment(0.0, 2.0), Segment(3.0, 5.0)]))
    assert [s.text for s in said] == [text.strip()] * kept
