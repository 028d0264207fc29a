"""Statistics of speech in which synthesis leaves traces, from a window of samples.

They say how fast, and how smoothly, the fine structure of the spectrum moves from one short frame to the next, and
leave out what a channel sets: level, and the mean spectrum. Natural excitation is never the same twice; what comes
out of a vocoder is smoother, or rough in another way, at some quefrencies and time scales.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

RATE_HZ = 16_000
LOW_HZ, TOP_HZ = 50.0, 7200.0
"""Nothing outside is looked at: many uploads have nothing there."""
BANDS, KEPT = 40, 32
FRAMES = ((256, 80), (192, 40), (320, 160))
"""Frame and hop in samples of each resolution."""
FEWEST = 20
"""Frames without which a part of speech is not looked at alone."""
PARTS = 6
COUNT = len(FRAMES) * (PARTS * 3 + 1) * KEPT
"""Length of `vector`."""

Array = NDArray[Any]


@cache
def _window(size: int) -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


@cache
def bands(size: int) -> NDArray[np.float32]:
    """(BANDS, size // 2 + 1) triangles, equally far apart in Hz, each of sum one."""
    edges = np.linspace(LOW_HZ, TOP_HZ, BANDS + 2)
    hz = np.linspace(0, RATE_HZ / 2, size // 2 + 1)
    up, down = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None], (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    found = np.maximum(0, np.minimum(up, down))
    return (found / (found.sum(axis=1, keepdims=True) + 1e-9)).astype(np.float32)


def normal(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without offset, at an RMS of 0.1."""
    x = window - window.mean()
    return (x * (0.1 / (np.sqrt((x.astype(np.float64) ** 2).mean()) + 1e-7))).astype(np.float32)


def power(x: NDArray[np.float32], size: int, hop: int) -> NDArray[np.float32]:
    """(size // 2 + 1, frames) short-time power."""
    frames = np.lib.stride_tricks.sliding_window_view(x, size)[::hop] * _window(size)
    found: NDArray[np.float32] = np.ascontiguousarray((np.abs(fft.rfft(frames, axis=1)) ** 2).T)
    return found


def _ratios(orders: list[Array], chosen: Array) -> Array:
    """Log ratios of the spreads of successive differences along time, over the chosen frames."""
    spreads = [o[:, chosen[k:]].std(axis=1) + 1e-6 for k, o in enumerate(orders)]
    return np.log(np.stack(spreads[1:]) / np.stack(spreads[:-1])).ravel()


def _parts(p: Array) -> list[Array]:
    """(frames,) masks of all speech, its loud and soft frames, vowels, what is between, and fricatives."""
    hz = np.linspace(0, RATE_HZ / 2, len(p))
    loud = 10 * np.log10(p.sum(axis=0) + 1e-7)
    loud = loud - loud.max()
    high = p[(hz > 3500) & (hz < TOP_HZ)].sum(axis=0) + 1e-7
    tilt = 10 * np.log10(high / (p[(hz > 80) & (hz < 1200)].sum(axis=0) + 1e-7))
    speech = loud > -35
    found = [loud > -15, (loud > -45) & (loud < -20)]
    found += [speech & (tilt < -18), speech & (tilt >= -18) & (tilt < -6), (loud > -45) & (tilt > -3)]
    return [speech, *(part if part.sum() > FEWEST else speech for part in found)]


def _resolution(x: NDArray[np.float32], size: int, hop: int) -> list[Array]:
    p = power(x, size, hop)
    cepstrum = fft.dct(np.log(np.maximum(bands(size) @ p, 1e-7)), axis=0, norm="ortho")[:KEPT]
    orders = [np.diff(cepstrum, n=k, axis=1) for k in range(4)]
    parts = _parts(p)
    return [np.log(cepstrum[:, parts[0]].std(axis=1) + 1e-6), *(_ratios(orders, part) for part in parts)]


def vector(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """(COUNT,) all statistics of one window of samples."""
    x = normal(window)
    parts = [part for size, hop in FRAMES for part in _resolution(x, size, hop)]
    return np.nan_to_num(np.concatenate(parts)).astype(np.float32)
