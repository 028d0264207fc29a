from __future__ import annotations

import wave
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from checker import calibration, weights
from checker.detector import Incomplete, Settings
from checker.detectors.synthetic_voice import PRIOR, SyntheticVoice
from checker.errors import DetectorUnavailable, WeightsError
from checker.media import Media
from checker.post import Post
from checker.types import Observation, Segment, Strength
from tests.shared import data, models
from tests.sounds import vowel


@cache
def detector() -> SyntheticVoice:
    found = SyntheticVoice()
    found.load(Settings(models=models()))
    return found


def voice(number: int, *turns: tuple[float, float]) -> Observation:
    spans = [Segment(*turn) for turn in turns]
    return Observation(f"voices/{number}", "voice", {"speaker": number}, segment=spans[0], data={"turns": spans})


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((vowel(110, 9.0) * 32767).astype("<i2").tobytes())
    return path


def listen(clip: Path, *voices: Observation) -> list[Observation]:
    with Media.open(clip) as media:
        return list(detector().detect(media, Post(), list(voices)))


def test_without_weights_it_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="run `checker models pull aasist`"):
        SyntheticVoice().load(Settings(models=tmp_path))


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "aasist").mkdir()
    (tmp_path / "aasist/AASIST.pth").write_bytes(b"not weights")
    with pytest.raises(WeightsError, match="expected"):
        SyntheticVoice().load(Settings(models=tmp_path))


def test_each_voice_gets_an_estimate_that_claims_little(clip: Path) -> None:
    seen = listen(clip, voice(0, (0.0, 4.0)), voice(1, (4.0, 6.0), (7.0, 9.0)))
    assert [o.value["voice"] for o in seen] == ["voices/0", "voices/1"]
    for o in seen:
        assert o.strength is Strength.ESTIMATED and o.segment is not None
        expected = calibration.load("aasist").probability(o.value["score"], PRIOR)
        assert o.confidence == pytest.approx(expected, abs=1e-3)
        assert PRIOR / 3 < o.confidence < 3 * PRIOR  # less than a pack's band takes for a doubt


def test_more_is_believed_where_more_is_synthetic() -> None:
    fit = calibration.load("aasist")
    assert fit.probability(0.0, 0.1) < fit.probability(0.0) == fit.probability(0.0, 0.5) < fit.probability(0.0, 0.9)


def test_no_voice_no_estimate(clip: Path) -> None:
    assert listen(clip) == []


def test_a_voice_heard_for_less_than_a_second_leaves_it_incomplete(clip: Path) -> None:
    with pytest.raises(Incomplete, match="1 of 1 voices"):
        listen(clip, voice(0, (0.0, 0.7)))


def test_the_calibration_is_for_these_weights() -> None:
    assert calibration.table()["aasist"]["sha256"] == weights.entry("aasist").files[0].sha256


@pytest.mark.slow
def test_equal_error_rate_is_what_the_data_documents() -> None:
    """About 40 % over all clips, as the data's README says; here on every eighth clip."""
    import csv

    from checker.nets import aasist
    from tests.bench.likeness import eer

    folder = data() / "voices"
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::8]
    network = aasist.load("aasist", models())
    scores = []
    for row in rows:
        with Media.open(folder / row["file"]) as media:
            scores.append(aasist.scores(network, aasist.windows(media.samples(), 1))[0])
    assert eer(-np.array(scores), np.array([row["label"] == "fake" for row in rows])) == pytest.approx(0.40, abs=0.07)
