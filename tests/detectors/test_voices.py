from __future__ import annotations

import json
import wave
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from checker import gallery as galleries
from checker.detector import Settings
from checker.detectors.voices import Voices, cluster
from checker.gallery import Gallery
from checker.media import Media
from checker.post import Post
from checker.types import Observation, Segment
from tests.sounds import vowel

DEEP = {"pitch_hz": 95.0, "formants_hz": (500.0, 900.0, 2200.0)}
HIGH = {"pitch_hz": 260.0, "formants_hz": (900.0, 1900.0, 3300.0)}


def sound(path: Path, *parts: NDArray[np.float32]) -> Path:
    samples = np.concatenate(parts)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * 16_000), np.float32)


@cache
def voices() -> Voices:
    detector = Voices()
    detector.load(Settings())
    assert detector.used_weights()[0].startswith("resemblyzer-ge2e@sha256:")
    return detector


def listen(path: Path, speech: list[tuple[float, float]], gallery: Gallery | None = None) -> list[Observation]:
    detector = voices()
    detector._gallery = gallery
    prior = [Observation(f"speech/{i}", "speech", {}, segment=Segment(*span)) for i, span in enumerate(speech)]
    with Media.open(path) as media:
        return list(detector.detect(media, Post(), prior))


@pytest.fixture(scope="module")
def dialogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deep 0 to 4 s, high 5 to 9 s, deep again 10 to 13 s."""
    return sound(
        tmp_path_factory.mktemp("voices") / "dialogue.wav",
        vowel(seconds=4, **DEEP),
        silence(1),
        vowel(seconds=4, **HIGH),
        silence(1),
        vowel(seconds=3, seed=1, **DEEP),
    )


TURNS = [(0.0, 4.0), (5.0, 9.0), (10.0, 13.0)]


def test_two_voices_are_told_apart_and_found_again(dialogue: Path) -> None:
    first, second = listen(dialogue, TURNS)
    assert (first.value["speaker"], second.value["speaker"]) == (0, 1)
    assert first.data["turns"] == [Segment(0.0, 4.0), Segment(10.0, 13.0)]
    assert second.data["turns"] == [Segment(5.0, 9.0)]
    assert first.value["seconds"] == 7.0 and first.segment == Segment(0.0, 4.0)
    assert first.data["embedding"].shape == (256,) and "embedding" not in json.dumps(dict(first.value))


def test_one_voice_is_one_speaker(tmp_path: Path) -> None:
    path = sound(tmp_path / "one.wav", vowel(seconds=8, **DEEP))
    assert [o.value["seconds"] for o in listen(path, [(0.0, 4.0), (4.0, 8.0)])] == [8.0]


def test_a_change_of_voice_within_one_stretch_is_split(tmp_path: Path) -> None:
    path = sound(tmp_path / "both.wav", vowel(seconds=6, **DEEP), vowel(seconds=6, **HIGH))
    seen = listen(path, [(0.0, 12.0)])
    long = [o for o in seen if o.value["seconds"] > 3]
    assert len(long) == 2
    assert sum(o.value["seconds"] for o in seen) == pytest.approx(12.0, abs=0.01)
    assert long[1].segment is not None and long[1].segment.start_s == pytest.approx(6.0, abs=1.0)


def test_a_short_word_is_no_new_speaker(tmp_path: Path) -> None:
    path = sound(tmp_path / "word.wav", vowel(seconds=0.6, seed=3, **HIGH), silence(1), vowel(seconds=4, **DEEP))
    assert [o.value["seconds"] for o in listen(path, [(0.0, 0.6), (1.6, 5.6)])] == [4.6]
    assert [o.value["seconds"] for o in listen(path, [(0.0, 0.6)])] == [0.6]


def test_no_speech_no_voice(dialogue: Path) -> None:
    assert listen(dialogue, []) == []


def test_digital_silence_is_no_voice(tmp_path: Path) -> None:
    assert listen(sound(tmp_path / "silent.wav", silence(3)), [(0.0, 3.0)]) == []


def test_an_enrolled_voice_is_matched_and_another_is_not(dialogue: Path, tmp_path: Path) -> None:
    deep, _ = listen(dialogue, TURNS)
    galleries.add(tmp_path / "g", "Ada", "public_figure", voices=[deep.data["embedding"]])
    other = sound(tmp_path / "later.wav", vowel(seconds=4, seed=5, **DEEP))
    voice, match = listen(other, [(0.0, 4.0)], Gallery.open(tmp_path / "g"))
    assert match.kind == "voice_match" and match.value["voice"] == voice.id == "voices/0"
    assert match.value["person"] == "Ada" and match.value["kind"] == "public_figure" and match.confidence > 0.75
    stranger = sound(tmp_path / "stranger.wav", vowel(seconds=4, seed=5, **HIGH))
    probable = [o for o in listen(stranger, [(0.0, 4.0)], Gallery.open(tmp_path / "g")) if o.confidence > 0.3]
    assert [o.kind for o in probable if o.kind == "voice_match"] == []


def test_speech_under_a_second_is_not_matched(tmp_path: Path, dialogue: Path) -> None:
    galleries.add(tmp_path / "g", "Ada", "private", voices=[listen(dialogue, TURNS)[0].data["embedding"]])
    path = sound(tmp_path / "short.wav", vowel(seconds=0.8, **DEEP))
    assert [o.kind for o in listen(path, [(0.0, 0.8)], Gallery.open(tmp_path / "g"))] == ["voice"]


def test_cluster_joins_what_is_alike() -> None:
    a, b = np.eye(4, dtype=np.float32)[:2]
    first, second, third, fourth = cluster(np.stack([b, a, b, a]))
    assert first == third != second == fourth
    assert len(set(cluster(np.stack([a, a, a])))) == 1
