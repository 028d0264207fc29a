from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checker import calibration, weights
from checker.calibration import Logistic
from checker.detector import Incomplete, Settings
from checker.detectors.synthetic_voice import MOST_TURNS, SyntheticVoice
from checker.errors import WeightsError
from checker.media import Media
from checker.nets.panel import PRIOR, Panel
from checker.post import Post
from checker.types import Observation, Segment, Strength
from tests.networks import loudness, member
from tests.shared import data, models
from tests.sounds import vowel

FIT = Logistic(0.3, 9.6, 5.0)  # even odds at -32 dBFS


def detector(*members: Any) -> SyntheticVoice:
    """With these networks, by default one that takes loud voices for synthetic."""
    found = SyntheticVoice()
    found._panel = Panel(members or [member("loud", loudness, FIT)], "synthetic voices")
    return found


def voice(number: int, *turns: tuple[float, float]) -> Observation:
    spans = [Segment(*turn) for turn in turns]
    return Observation(f"voices/{number}", "voice", {"speaker": number}, segment=spans[0], data={"turns": spans})


def write(path: Path, sound: NDArray[np.float32]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def syllables(seconds: float) -> NDArray[np.float32]:
    """A voice with pauses between its words, as speech has them."""
    t = np.arange(round(seconds * 16_000)) / 16_000
    return (vowel(110, seconds) * (np.sin(2 * np.pi * 1.7 * t) > -0.4)).astype(np.float32)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quiet until 4 s, loud afterwards."""
    sound = syllables(9.0)
    sound[:64_000] *= 0.2
    return write(tmp_path_factory.mktemp("voice") / "voice.wav", sound)


def listen(clip: Path, *voices: Observation, by: SyntheticVoice | None = None) -> list[Observation]:
    with Media.open(clip) as media:
        return list((by or detector()).detect(media, Post(), list(voices)))


def test_each_voice_gets_an_estimate(clip: Path) -> None:
    quiet, loud = listen(clip, voice(0, (0.0, 4.0)), voice(1, (4.0, 6.0), (7.0, 9.0)))
    assert (quiet.value["voice"], loud.value["voice"]) == ("voices/0", "voices/1")
    assert quiet.confidence < PRIOR < loud.confidence
    for o in (quiet, loud):
        assert o.strength is Strength.ESTIMATED and o.segment is not None
        assert o.confidence == pytest.approx(calibration.probability(o.value["score"], PRIOR), abs=1e-3)


def test_each_turn_gets_its_own_and_the_speaker_one_for_all(clip: Path) -> None:
    (seen,) = listen(clip, voice(0, (1.0, 4.0), (4.0, 4.3), (5.0, 6.0)))
    assert [turn[:2] for turn in seen.value["turns"]] == [[1.0, 4.0], [5.0, 6.0]]  # what is short is left out
    first, last = (turn[2] for turn in seen.value["turns"])
    assert first < seen.confidence < last
    assert abs(seen.confidence - first) < abs(seen.confidence - last)  # three seconds against one


def test_many_turns_are_bounded(clip: Path) -> None:
    turns = [(i * 0.4, i * 0.4 + 1.0) for i in range(20)]
    (seen,) = listen(clip, voice(0, *turns))
    assert len(seen.value["turns"]) == MOST_TURNS
    assert seen.value["turns"] == sorted(seen.value["turns"])


def test_short_turns_are_joined_where_there_is_nothing_longer(clip: Path) -> None:
    (seen,) = listen(clip, voice(0, (0.0, 0.7), (2.0, 2.7)))
    assert [turn[:2] for turn in seen.value["turns"]] == [[0.0, 2.7]]


def test_no_voice_no_estimate(clip: Path) -> None:
    assert listen(clip) == []


def test_a_voice_heard_for_less_than_a_second_is_unknown(clip: Path) -> None:
    with pytest.raises(Incomplete, match="1 voices are heard for less than 1 s") as told:
        listen(clip, voice(0, (0.0, 0.7)))
    assert told.value.hole


def test_beside_a_voice_that_is_judged_a_short_one_leaves_no_hole(clip: Path) -> None:
    with pytest.raises(Incomplete, match="1 voices") as told:
        listen(clip, voice(0, (0.0, 4.0)), voice(1, (5.0, 5.5)))
    assert not told.value.hole


@pytest.mark.parametrize(("music_db", "judged"), [(-40.0, True), (-15.0, True), (6.0, False)])
def test_speech_under_loud_music_is_unknown(tmp_path: Path, music_db: float, judged: bool) -> None:
    speech = syllables(5.0)
    t = np.arange(len(speech)) / 16_000
    music = sum(np.sin(2 * np.pi * hz * t) for hz in (220, 277, 330, 440))
    level = np.sqrt(np.mean(speech**2)) / np.sqrt(np.mean(music**2)) * 10 ** (music_db / 20)
    clip = write(tmp_path / "music.wav", (0.3 * (speech + level * music)).astype(np.float32))
    if judged:
        assert len(listen(clip, voice(0, (0.5, 4.5)))) == 1
    else:
        with pytest.raises(Incomplete, match="music or noise") as told:
            listen(clip, voice(0, (0.5, 4.5)))
        assert told.value.hole


def test_each_network_has_its_say(clip: Path) -> None:
    two = [member("loud", loudness, FIT), member("never", lambda s, most: np.zeros(1), Logistic(1, -4, 5, auc=0.8))]
    (seen,) = listen(clip, voice(0, (4.0, 8.0)), by=detector(*two))
    loud, never = (seen.value["networks"][name]["confidence"] for name in ("loud", "never"))
    assert never < seen.confidence < loud


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "aasist").mkdir()
    (tmp_path / "aasist/AASIST.pth").write_bytes(b"not weights")
    with pytest.raises(WeightsError, match="expected"):
        SyntheticVoice().load(Settings(models=tmp_path))


def test_pulled_networks_join_and_aasist_claims_little(clip: Path, tmp_path: Path) -> None:
    for name in ("aasist", "aasist-l"):
        (tmp_path / name).symlink_to(models() / name)
    found = SyntheticVoice()
    found.load(Settings(models=tmp_path, threads=1))
    (seen,) = listen(clip, voice(0, (0.0, 4.0)), by=found)
    assert {"aasist", "aasist-l"} <= set(seen.value["networks"])
    assert (
        PRIOR / 3 < seen.value["networks"]["aasist"]["confidence"] < 3 * PRIOR
    )  # less than what a band takes for doubt


def test_more_is_believed_where_more_is_synthetic() -> None:
    fit = calibration.load("aasist")
    assert fit.probability(0.0, 0.1) < fit.probability(0.0) == fit.probability(0.0, 0.5) < fit.probability(0.0, 0.9)


def test_the_calibration_is_for_these_weights() -> None:
    assert calibration.table()["aasist"]["sha256"] == weights.entry("aasist").files[0].sha256


@pytest.mark.slow
def test_equal_error_rate_is_what_the_data_documents() -> None:
    """About 40 % over all clips, as the data's README says; here on every eighth clip."""
    import csv

    from checker.evaluation.measure import eer
    from checker.nets import aasist

    folder = data() / "voices"
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::8]
    network = aasist.load("aasist", models())
    scores = []
    for row in rows:
        with Media.open(folder / row["file"]) as media:
            scores.append(aasist.scores(network, aasist.windows(media.samples(), 1))[0])
    assert eer([-s for s in scores], [row["label"] == "fake" for row in rows]) == pytest.approx(0.40, abs=0.07)
