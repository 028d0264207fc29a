from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from checker.nets.voice import Encoder, level, mean, mel_filters, mel_spectrogram

from ..sounds import vowel


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def buzz() -> NDArray[np.float32]:
    """(64000,) samples of a voice-like sound, the same on every machine."""
    t = np.arange(64_000) / 16_000
    waves = sum(np.sin(2 * np.pi * k * 120 * t + 0.3 * k * np.sin(2 * np.pi * 5 * t)) / k for k in range(1, 30))
    return (waves * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * t)) * 0.05).astype(np.float32)


def test_mel_spectrogram_is_that_of_librosa() -> None:
    # librosa 0.11.0, feature.melspectrogram(y=buzz(), sr=16000, n_fft=400, hop_length=160, n_mels=40)[:, 100]
    row = mel_spectrogram(buzz())[100]
    assert row[:4] == pytest.approx([0.07014403, 0.10917626, 0.03462271, 0.01848408], rel=1e-4)
    assert float(row.sum()) == pytest.approx(0.28952655, rel=1e-4)


def test_embedding_is_that_of_resemblyzer(encoder: Encoder) -> None:
    # Resemblyzer 0.1.4, VoiceEncoder.embed_utterance(buzz(), rate=1.25): its five largest numbers
    windows = encoder.windows(buzz())
    assert windows.shape == (4, 256)
    expected = {136: 0.22014298, 121: 0.16814044, 87: 0.16284657, 89: 0.16200417, 42: 0.16127443}
    found = mean(windows)
    assert {i: float(found[i]) for i in expected} == pytest.approx(expected, abs=1e-4)


def test_every_embedding_has_length_one(encoder: Encoder) -> None:
    assert np.linalg.norm(encoder.windows(vowel(120, 3.0)), axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("seconds", "count"),
    [
        pytest.param(0.1, 1, id="shorter than a window"),
        pytest.param(1.6, 1, id="one window"),
        pytest.param(2.4, 2, id="two windows"),
        pytest.param(4.0, 4, id="four windows"),
    ],
)
def test_number_of_windows(encoder: Encoder, seconds: float, count: int) -> None:
    assert len(encoder.windows(np.ones(round(16_000 * seconds), np.float32) * 0.1)) == count


def test_loudness_does_not_change_a_quiet_voice(encoder: Encoder) -> None:
    sound = 0.02 * vowel(120, 3.0)
    assert float(encoder.voice(sound) @ encoder.voice(0.1 * sound)) > 0.999


def test_level_raises_and_never_lowers() -> None:
    quiet, loud = 0.001 * vowel(120, 1.0), vowel(120, 1.0)
    assert np.sqrt(np.mean(level(quiet) ** 2)) == pytest.approx(10 ** (-30 / 20), rel=1e-3)
    assert (level(loud) == loud).all()
    assert not level(np.zeros(100, np.float32)).any()


def test_filters_have_unit_area() -> None:
    assert mel_filters().shape == (40, 201)
    assert mel_filters().sum(axis=1)[5:] * 40 == pytest.approx(1.0, rel=0.15)  # bins are 40 Hz wide
