"""Pictures for people who read a report: telling crops of faces, their confidence over time, spectrograms of voices.

Written only when asked (`checker scan --evidence FOLDER`), below a folder named by the sha256 of the file, and named in
the report by paths relative to FOLDER. They show people: keep them as private as the clip itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .types import Observation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 16_000
FFT, HOP = 512, 128
DYNAMIC_DB = 70.0
MOST_TURNS = 12
MOST_WIDTH = 1600
CHART = (480, 120)
COLOURS = ((8, 8, 40), (80, 18, 123), (182, 55, 84), (251, 136, 37), (252, 253, 191))
"""From silent to loud."""


def write(
    folder: Path, sha256: str, observations: Sequence[Observation], samples: Callable[[], NDArray[np.float32]]
) -> tuple[Observation, ...]:
    """The observations, those of faces and voices with their pictures.

    Args:
        folder: Receives a folder named by the file's `sha256`.
        samples: (n,) mono at 16 kHz; asked for only where a voice was judged.

    Raises:
        OSError: The folder cannot be written.
    """
    home = folder / sha256[:16]
    done = []
    for o in observations:
        made = list(_faces(home, o) if o.kind == "synthetic_face" else _voices(home, o, samples))
        done.append(replace(o, pictures=tuple(str(path.relative_to(folder)) for path in made)) if made else o)
    return tuple(done)


def _faces(home: Path, o: Observation) -> Iterator[Path]:
    """The looks that were most and least taken for synthetic, and the confidence over time."""
    if not o.data:
        return
    series = o.value["looks"]
    order = sorted(range(len(series)), key=lambda i: series[i][1])
    for name, i in {"highest": order[-1], "lowest": order[0]}.items():
        if name == "lowest" and i == order[-1]:
            continue
        stem = f"{o.id.replace('/', '-')}-{name}-{series[i][0]:.2f}s-{series[i][1]:.2f}"
        yield _save(home / f"{stem}.png", o.data["looks"][i].crop)
    if len(series) > 1:
        yield _save(home / f"{o.id.replace('/', '-')}-over-time.png", chart(series))


def _voices(home: Path, o: Observation, samples: Callable[[], NDArray[np.float32]]) -> Iterator[Path]:
    """A spectrogram of each turn, the one most taken for synthetic first."""
    if o.kind != "synthetic_voice":
        return
    sound = samples()
    for start_s, end_s, confidence in sorted(o.value["turns"], key=lambda t: -t[2])[:MOST_TURNS]:
        part = sound[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        if len(part) >= FFT:
            stem = f"{o.id.replace('/', '-')}-{start_s:.2f}s-{end_s:.2f}s-{confidence:.2f}"
            yield _save(home / f"{stem}.png", spectrogram(part))


def _save(path: Path, image: NDArray[np.uint8]) -> Path:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    Image.fromarray(image).save(path, optimize=True)
    return path


def spectrogram(samples: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(256, w, 3) RGB of (n,) samples at 16 kHz: 0 Hz below, 8 kHz above, a column every 8 ms or, of long turns, more;
    the loudest is the brightest, and what is 70 dB below it is black.
    """
    import numpy as np

    frames = np.lib.stride_tricks.sliding_window_view(samples, FFT)[::HOP]
    if len(frames) > MOST_WIDTH:
        frames = frames[np.linspace(0, len(frames) - 1, MOST_WIDTH).round().astype(int)]
    power = np.abs(np.fft.rfft(frames * np.hanning(FFT).astype(np.float32), axis=1)[:, 1:]) ** 2
    level = 10 * np.log10(power.T[::-1] + 1e-12)
    share = np.clip((level - level.max()) / DYNAMIC_DB + 1.0, 0.0, 1.0)
    at = np.linspace(0, 1, len(COLOURS))
    return np.stack([np.interp(share, at, [c[k] for c in COLOURS]) for k in range(3)], axis=2).astype(np.uint8)


def chart(series: Sequence[Sequence[float]]) -> NDArray[np.uint8]:
    """(120, 480, 3) RGB: (time, confidence) as a line; lines across at 0, 0.5 and 1."""
    import numpy as np
    from PIL import Image, ImageDraw

    width, height = CHART
    image = Image.new("RGB", CHART, (255, 255, 255))
    draw = ImageDraw.Draw(image)
    edge = 6
    first, last = series[0][0], max(series[-1][0], series[0][0] + 1e-6)

    def place(time_s: float, confidence: float) -> tuple[float, float]:
        across = (time_s - first) / (last - first)
        return edge + across * (width - 2 * edge), height - edge - confidence * (height - 2 * edge)

    for level in (0.0, 0.5, 1.0):
        draw.line([place(first, level), place(last, level)], fill=(200, 200, 200))
    points = [place(t, c) for t, c in series]
    draw.line(points, fill=(182, 55, 84), width=2)
    for x, y in points:
        draw.ellipse([x - 3, y - 3, x + 3, y + 3], fill=(80, 18, 123))
    return np.asarray(image)
