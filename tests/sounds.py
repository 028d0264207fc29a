"""Sounds for tests: drawn voices that a speaker network tells apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000


def vowel(
    pitch_hz: float, seconds: float, formants_hz: tuple[float, ...] = (700, 1200, 2500), seed: int = 0
) -> NDArray[np.float32]:
    """(n,) at 16 kHz: a buzz of `pitch_hz` with vibrato and syllables, through resonances."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * pitch_hz * t + 2.0 * np.sin(2 * np.pi * 4.3 * t + seed)
    out = np.zeros_like(t)
    for k in range(1, int(7000 / pitch_hz)):
        gain = sum(1.0 / (1.0 + ((k * pitch_hz - f) / 120.0) ** 2) for f in formants_hz)
        out += gain / k**0.5 * np.sin(k * phase)
    out *= 0.55 + 0.45 * np.sin(2 * np.pi * 3.1 * t + seed)
    out = 0.2 * out / np.abs(out).max() + 0.002 * rng.standard_normal(len(t))
    return out.astype(np.float32)
