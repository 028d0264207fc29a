"""What happens to a voice between the microphone and the upload: rooms, noise, music, filters, codecs.

Every function takes (n,) samples at 16 kHz and returns as many; real and synthetic clips go through the same draw.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from .data import RATE_HZ

Samples = NDArray[np.float32]
Random = np.random.Generator
CODECS = {"aac": ("adts", "aac", 16_000), "mp3": ("mp3", "libmp3lame", 16_000), "opus": ("ogg", "libopus", 16_000)}


def through_codec(x: Samples, codec: str, bit_rate: int) -> Samples:
    """Encoded and decoded in memory; the codec's delay is taken out by correlation."""
    import av

    container, name, rate = CODECS[codec]
    stream_bytes = io.BytesIO()
    with av.open(stream_bytes, "w", format=container) as out:
        stream = out.add_stream(name, rate=rate, layout="mono")
        stream.bit_rate = bit_rate
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate, frame_size=stream.frame_size)
        frame = av.AudioFrame.from_ndarray(np.clip(x, -1, 1).astype(np.float32)[None], format="fltp", layout="mono")
        frame.sample_rate = RATE_HZ
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            out.mux(stream.encode(piece))
    stream_bytes.seek(0)
    with av.open(stream_bytes) as back:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        parts = [f for frame in back.decode(audio=0) for f in resampler.resample(frame)] + resampler.resample(None)
        y = np.concatenate([f.to_ndarray().reshape(-1) for f in parts])
    y = np.concatenate([y, np.zeros(max(0, len(x) + 4000 - len(y)), dtype=y.dtype)])
    near = signal.correlate(y[: len(x) + 4000], x, mode="valid", method="fft")
    start = int(np.argmax(near))
    return y[start : start + len(x)].astype(np.float32)


def resampled(x: Samples, rate_hz: int) -> Samples:
    """At another rate and back."""
    there = signal.resample_poly(x, rate_hz // 1000, RATE_HZ // 1000)
    return signal.resample_poly(there, RATE_HZ // 1000, rate_hz // 1000)[: len(x)].astype(np.float32)


def noise(random: Random, n: int) -> NDArray[Any]:
    """Noise of a random colour whose level may breathe."""
    spectrum = np.fft.rfft(random.normal(size=n))
    hz = np.maximum(30.0, np.fft.rfftfreq(n, 1 / RATE_HZ))
    found = np.fft.irfft(spectrum * hz ** -random.uniform(0.0, 1.2), n)
    if random.random() < 0.5:
        sway = np.interp(np.arange(n), np.linspace(0, n, 12), random.uniform(0.2, 1.0, 12))
        found = found * sway
    return found


def music(random: Random, n: int) -> NDArray[Any]:
    """Chords of decaying harmonics, a bass and a beat."""
    t = np.arange(n) / RATE_HZ
    beat_s = 60 / random.uniform(70, 150)
    found = np.zeros(n)
    root = 110 * 2 ** (random.integers(0, 12) / 12)
    for start in np.arange(0, n / RATE_HZ, beat_s):
        here = slice(int(start * RATE_HZ), int(min(n, (start + 2 * beat_s) * RATE_HZ)))
        s = t[here] - start
        for step in random.choice([0, 3, 4, 7, 9, 12], 3):
            f = root * 2 ** ((step + random.choice([0, 5, 7])) / 12)
            tone = sum(np.sin(2 * np.pi * f * k * s) / k ** random.uniform(0.8, 2) for k in range(1, 9) if f * k < 7500)
            found[here] += tone * np.exp(-s * random.uniform(1, 6))
        hit = random.normal(size=len(s)) * np.exp(-s * random.uniform(20, 80))
        found[here] += hit * random.uniform(0, 2)
    return found


def added(x: Samples, other: NDArray[Any], snr_db: float) -> Samples:
    power = (x.astype(np.float64) ** 2).mean() / ((other**2).mean() + 1e-12)
    return (x + other * np.sqrt(power * 10 ** (-snr_db / 10))).astype(np.float32)


def room(x: Samples, random: Random, decay_s: float | None = None) -> Samples:
    """Reverberation by a decaying, darkening noise after the direct sound."""
    decay = random.uniform(0.1, 0.7) if decay_s is None else decay_s
    n = int(decay * RATE_HZ)
    tail = random.normal(size=n) * 10 ** (-3 * np.arange(n) / n)
    tail = signal.lfilter([1 - 0.5], [1, -0.5 * random.random()], tail)
    tail *= 10 ** (-random.uniform(0, 14) / 20) / np.sqrt((tail**2).sum())
    tail[: int(random.uniform(0.001, 0.02) * RATE_HZ)] = 0
    tail[0] = 1
    y = signal.fftconvolve(x, tail)[: len(x)]
    return (y * np.sqrt((x**2).mean() / ((y**2).mean() + 1e-12))).astype(np.float32)


def equalised(x: Samples, random: Random) -> Samples:
    """A smooth random gain of up to 10 dB over frequency."""
    gains = np.cumsum(random.normal(0, 3, 8))
    hz = np.geomspace(60, 8000, 8)
    gains = np.clip(gains - gains.mean(), -10, 10)
    taps = signal.firwin2(255, [0, *hz[:-1], 8000], 10 ** (np.array([gains[0], *gains]) / 20), fs=RATE_HZ)
    return signal.fftconvolve(x, taps, mode="same").astype(np.float32)


def squeezed(x: Samples, random: Random) -> Samples:
    """A compressor or a limiter."""
    level = np.sqrt(signal.lfilter([0.01], [1, -0.99], x.astype(np.float64) ** 2)) + 1e-4
    y = x * level ** -random.uniform(0.1, 0.5)
    y = y / np.abs(y).max()
    return (np.tanh(y * random.uniform(1, 3)) if random.random() < 0.5 else y).astype(np.float32)


def band_limited(x: Samples, random: Random) -> Samples:
    if random.random() < 0.4:
        return resampled(x, 8000)
    sos = signal.butter(int(random.integers(3, 9)), random.uniform(3400, 7000), fs=RATE_HZ, output="sos")
    y = signal.sosfilt(sos, x)
    if random.random() < 0.3:
        y = signal.sosfilt(signal.butter(2, random.uniform(80, 300), "high", fs=RATE_HZ, output="sos"), y)
    return y.astype(np.float32)


def sped(x: Samples, random: Random) -> Samples:
    """Played up to 8 % faster or slower; repeated or cut to the same length."""
    y = signal.resample(x, int(len(x) * random.uniform(0.92, 1.08)))
    return np.resize(y, len(x)).astype(np.float32)


def drawn_codec(x: Samples, random: Random) -> Samples:
    codec = str(random.choice(["aac", "aac", "mp3", "opus"]))
    rates = {"aac": (24, 32, 48, 64), "mp3": (32, 40, 48, 64), "opus": (12, 16, 24, 32)}[codec]
    return through_codec(x, codec, int(random.choice(rates)) * 1000)


def drawn(x: Samples, random: Random) -> Samples:
    """A random chain, in the order in which the world does it."""
    if random.random() < 0.25:
        x = sped(x, random)
    if random.random() < 0.3:
        x = room(x, random)
    if random.random() < 0.35:
        x = added(x, noise(random, len(x)), random.uniform(5, 35))
    if random.random() < 0.3:
        x = equalised(x, random)
    if random.random() < 0.2:
        x = squeezed(x, random)
    if random.random() < 0.2:
        x = added(x, music(random, len(x)), random.uniform(3, 25))
    if random.random() < 0.2:
        x = band_limited(x, random)
    peak = np.abs(x).max() + 1e-9
    x = (x / peak * 10 ** random.uniform(-1.2, -0.05)).astype(np.float32)
    if random.random() < 0.6:
        x = drawn_codec(x, random)
    return x
