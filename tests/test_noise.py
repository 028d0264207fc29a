"""How far speech stands out: the estimate against mixtures whose ratio is known."""

from __future__ import annotations

import numpy as np
import pytest

from checker.speech.noise import MOST_DB, snr_db
from checker.types import Segment
from tests.sounds import vowel

RATE_HZ = 16_000


def words(seconds: float) -> np.ndarray:
    """(n,) speech-like: a voice with a pause after every word, and hardly any noise of its own."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (vowel(120, seconds) * (t % 0.6 < 0.42)).astype(np.float32)


@pytest.mark.parametrize("db", [20, 10, 5, 0, -5])
@pytest.mark.parametrize("colour", ["white", "chord"])
def test_the_estimate_is_near_the_truth(db: int, colour: str) -> None:
    speech, rng = words(5.0), np.random.default_rng(0)
    t = np.arange(len(speech)) / RATE_HZ
    noise = (
        rng.standard_normal(len(speech)) if colour == "white" else sum(np.sin(2 * np.pi * f * t) for f in (220, 277.2))
    )
    noise *= np.sqrt(np.mean(speech**2) / np.mean(noise**2)) * 10 ** (-db / 20)
    found = snr_db((speech + noise).astype(np.float32), Segment(0.5, 4.5))
    assert found == pytest.approx(db, abs=2.5)


def test_clean_speech_stands_out() -> None:
    assert snr_db(words(4.0), Segment(0.0, 4.0)) > 25


def test_what_sounds_before_and_after_counts() -> None:
    """Even speech has no pauses, but the music goes on when it ends."""
    even = vowel(120, 3.0)
    music = np.zeros(5 * RATE_HZ, np.float32)
    music[:] = 0.3 * np.std(even) * np.random.default_rng(0).standard_normal(len(music))
    music[RATE_HZ : 4 * RATE_HZ] += even
    assert snr_db(music, Segment(1.0, 4.0)) == pytest.approx(10.5, abs=2.0)


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(100, np.float32), np.zeros(32_000, np.float32)])
def test_silence_has_an_answer(samples: np.ndarray) -> None:
    assert -200 < snr_db(samples, Segment(0.0, len(samples) / RATE_HZ)) <= MOST_DB
