"""Fakes made from real clips by copy synthesis: the same words and voice, rebuilt as a generator's last stage would.

Each maker takes (n,) samples at 16 kHz and a random generator and returns as many samples. What they lose is what
vocoders lose: phase, the fine structure between the bands of a mel spectrogram, and the noise between harmonics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from .data import RATE_HZ

Samples = NDArray[np.float32]
Random = np.random.Generator


def mel_bands(size: int, bands: int, top_hz: float) -> NDArray[np.float64]:
    """(bands, size // 2 + 1) triangles, equally far apart on the mel scale."""
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + top_hz / 700), bands + 2) / 2595) - 1)
    hz = np.linspace(0, RATE_HZ / 2, size // 2 + 1)
    up = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    down = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    found: NDArray[np.float64] = np.maximum(0, np.minimum(up, down))
    return found


class Frames:
    """A short-time transform and back, so that makers can work on magnitude and phase."""

    def __init__(self, random: Random, length: int) -> None:
        self.size = int(random.choice([512, 800, 1024]))
        hop = int(random.choice([128, 160, 186, 200, 256])) if self.size > 512 else int(random.choice([80, 128, 160]))
        self.length = length
        self.transform = signal.ShortTimeFFT(signal.windows.hann(self.size, sym=False), hop, RATE_HZ)

    def there(self, x: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(self.transform.stft(np.asarray(x, dtype=np.float64)))

    def back(self, s: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(self.transform.istft(s, k1=self.length)).real

    def settle(self, magnitude: NDArray[Any], phase: NDArray[Any], rounds: int) -> NDArray[Any]:
        """Griffin-Lim with momentum from a first guess of the phase."""
        last = now = np.exp(1j * phase)
        for _ in range(rounds):
            new = self.there(self.back(magnitude * now))[:, : magnitude.shape[1]]
            now = new + 0.99 * (new - last)
            now, last = now / (np.abs(now) + 1e-9), new
        return self.back(magnitude * now)


def through_mel(magnitude: NDArray[Any], random: Random, size: int) -> NDArray[Any]:
    """Magnitudes as they come back from a mel spectrogram."""
    bands = mel_bands(size, int(random.choice([64, 80, 80, 100])), float(random.choice([7600.0, 8000.0])))
    energy = bands @ magnitude
    spread = bands / (bands.sum(axis=1, keepdims=True) + 1e-9)
    found = np.maximum(1e-6, np.linalg.pinv(bands) @ energy)
    smooth = (spread.T @ energy) / (spread.T @ bands.sum(axis=1, keepdims=True) + 1e-9)
    return np.where(found < 0.05 * smooth, 0.3 * smooth, found)


def blur(magnitude: NDArray[Any], random: Random) -> NDArray[Any]:
    """Log magnitudes smoothed along time, as an acoustic model's average over what could have been said."""
    width = random.uniform(0.5, 1.6)
    taps = np.exp(-0.5 * (np.arange(-4, 5) / width) ** 2)
    return np.exp(signal.convolve(np.log(magnitude + 1e-6), taps[None] / taps.sum(), mode="same"))


def griffin_lim(x: Samples, random: Random) -> NDArray[Any]:
    frames = Frames(random, len(x))
    magnitude = through_mel(np.abs(frames.there(x)), random, frames.size)
    if random.random() < 0.4:
        magnitude = blur(magnitude, random)
    return frames.settle(magnitude, random.uniform(-np.pi, np.pi, magnitude.shape), int(random.integers(6, 40)))


def phase_error(x: Samples, random: Random) -> NDArray[Any]:
    """The magnitudes kept, the phase wrong by an error that wanders along time or frequency."""
    frames = Frames(random, len(x))
    s = frames.there(x)
    error = random.normal(size=s.shape)
    low = signal.butter(1, random.uniform(0.1, 0.8))
    error = signal.lfilter(*low, error, axis=int(random.integers(2)))
    error *= random.uniform(0.4, 1.4) / error.std()
    rise = np.linspace(random.uniform(0.2, 1.0), 1.0, len(s))[:, None]
    return frames.settle(np.abs(s), np.angle(s) + error * rise, int(random.integers(0, 4)))


def _analysis(x: Samples, random: Random) -> tuple[Any, Any, Any]:
    import pyworld

    y = x.astype(np.float64)
    f0, t = pyworld.dio(y, RATE_HZ)
    f0 = pyworld.stonemask(y, f0, t, RATE_HZ)
    envelope, aperiodicity = pyworld.cheaptrick(y, f0, t, RATE_HZ), pyworld.d4c(y, f0, t, RATE_HZ)
    if random.random() < 0.5:
        coded = pyworld.code_spectral_envelope(envelope, RATE_HZ, int(random.integers(24, 60)))
        envelope = pyworld.decode_spectral_envelope(coded, RATE_HZ, (envelope.shape[1] - 1) * 2)
    return f0, envelope, aperiodicity


def _world(f0: Any, envelope: Any, aperiodicity: Any, length: int) -> NDArray[Any]:
    import pyworld

    return np.resize(pyworld.synthesize(f0, envelope, aperiodicity, RATE_HZ), length)


def world(x: Samples, random: Random) -> NDArray[Any]:
    """The WORLD vocoder, at times with another pitch and another vocal tract, as in voice conversion."""
    f0, envelope, aperiodicity = _analysis(x, random)
    if random.random() < 0.5:
        f0 = f0 * random.uniform(0.8, 1.3)
    if random.random() < 0.4:
        bins = np.arange(envelope.shape[1]) * random.uniform(0.88, 1.14)
        envelope = np.stack([np.interp(bins, np.arange(len(row)), row) for row in envelope])
    return _world(f0, np.ascontiguousarray(envelope), aperiodicity, len(x))


def codebook(x: Samples, random: Random) -> NDArray[Any]:
    """Log-mel frames through a bottleneck of a few components and levels, as in discrete tokens, then a vocoder."""
    frames = Frames(random, len(x))
    s = frames.there(x)
    bands = mel_bands(frames.size, 80, 8000.0)
    log_mel = np.log(bands @ np.abs(s) + 1e-5)
    mean = log_mel.mean(axis=1, keepdims=True)
    u, d, v = np.linalg.svd(log_mel - mean, full_matrices=False)
    kept = int(random.integers(10, 30))
    step = random.uniform(0.3, 1.2)
    codes = np.round(d[:kept, None] * v[:kept] / step) * step
    gain = np.exp(u[:, :kept] @ codes + mean - log_mel)
    spread = bands / (bands.sum(axis=0, keepdims=True) + 1e-9)
    magnitude = np.abs(s) if random.random() < 0.5 else through_mel(np.abs(s), random, frames.size)
    start = np.angle(s) if random.random() < 0.5 else random.uniform(-np.pi, np.pi, s.shape)
    return frames.settle(magnitude * (spread.T @ gain), start, int(random.integers(1, 24)))


MAKERS: dict[str, Callable[[Samples, Random], NDArray[Any]]] = {
    "griffin-lim": griffin_lim,
    "phase-error": phase_error,
    "world": world,
    "codebook": codebook,
}


def make(x: Samples, kind: str, random: Random) -> Samples:
    """One copy of `x` at its loudness."""
    y = np.nan_to_num(MAKERS[kind](x, random))
    level = np.sqrt((x.astype(np.float64) ** 2).mean() / ((y**2).mean() + 1e-12))
    return np.clip(y * level, -1, 1).astype(np.float32)
