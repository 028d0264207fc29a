"""Shot boundaries from grey thumbnails: hard cuts, fades through black or white, dissolves.

Input: the thumbnails of the one decode pass (12.5 Hz, 64 x 36). Output: `shot` observations that cover the whole
picture without holes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from ..types import Observation, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..detector import Settings
    from ..media import Media
    from ..post import Post

CUT_LEVELS = 12.0
"""Mean absolute difference (of 255 levels) below which two neighbouring thumbnails are one shot."""
CUT_RATIO = 3.0
"""A cut stands out this many times over the differences around it, so that a fast pan is no cut."""
DISSOLVE_LEVELS = 22.0
"""Difference of the pictures before and after a dissolve."""
MIN_SHOT_S = 0.4


class Shots:
    """Divides the picture into shots."""

    name: ClassVar[str] = "shots"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"shot"})
    needs: ClassVar[frozenset[str]] = frozenset()
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        pass

    def used_weights(self) -> tuple[str, ...]:
        return ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        times_s, thumbnails = media.thumbnails()
        edges = [0.0, *(t for t in boundaries(times_s, thumbnails) if t < media.duration_s), media.duration_s]
        for i, (start_s, end_s) in enumerate(pairwise(edges)):
            yield Observation(f"shots/{i}", "shot", {"index": i}, segment=Segment(start_s, end_s))


def boundaries(times_s: NDArray[np.float64], thumbnails: NDArray[np.uint8]) -> list[float]:
    """Times at which a new shot begins, ascending, without 0."""
    import numpy as np

    if len(thumbnails) < 2:
        return []
    pictures = thumbnails.reshape(len(thumbnails), -1).astype(np.int16)
    steps = np.abs(np.diff(pictures, axis=0)).mean(axis=1)
    found = [(0, i) for i in _fades(pictures)]
    found += [(1, i) for i in _cuts(pictures, steps)]
    found += [(2, i) for i in _dissolves(pictures, steps)]
    kept: list[float] = []
    for _, i in sorted(found):  # a fade explains the steps into and out of its plain stretch
        time_s = float(times_s[i])
        if time_s >= MIN_SHOT_S and all(abs(time_s - other) >= MIN_SHOT_S for other in kept):
            kept.append(time_s)
    return sorted(kept)


def _difference(a: NDArray[np.int16], b: NDArray[np.int16]) -> float:
    import numpy as np

    return float(np.abs(a - b).mean())


def _cuts(pictures: NDArray[np.int16], steps: NDArray[np.float64]) -> Iterator[int]:
    """Indices of the first thumbnail after a hard cut."""
    import numpy as np

    for i in np.flatnonzero(steps >= CUT_LEVELS).tolist():
        around = np.concatenate([steps[max(0, i - 4) : i], steps[i + 1 : i + 5]])
        if len(around) and steps[i] < CUT_RATIO * max(1.0, float(np.median(around))):
            continue
        before, after = pictures[max(0, i - 3)], pictures[min(len(pictures) - 1, i + 4)]
        if _difference(before, after) < 0.5 * steps[i]:  # the old picture is back: a flash
            continue
        yield i + 1


def _fades(pictures: NDArray[np.int16]) -> Iterator[int]:
    """Middles of the short stretches of plain black or white that lie between two pictures."""
    import numpy as np

    levels, spread = pictures.mean(axis=1), pictures.std(axis=1)
    plain = ((levels < 20) | (levels > 235)) & (spread < 6)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], plain.astype(np.int8), [0]])))
    for start, end in edges.reshape(-1, 2).tolist():
        if start == 0 or end == len(plain) or end - start > 12:  # a longer one is a shot of its own
            continue
        if _difference(pictures[start - 1], pictures[end]) >= CUT_LEVELS:  # else a flash, or a blink
            yield (start + end) // 2


def _dissolves(pictures: NDArray[np.int16], steps: NDArray[np.float64]) -> Iterator[int]:
    """Middles of gradual changes between two pictures that are each at rest."""
    import numpy as np

    reach = 7  # thumbnails to each side, 0.56 s: dissolves take about a second
    n = len(pictures)
    if n < 4 * reach:
        return
    across = np.zeros(n)
    for i in range(reach, n - reach):
        across[i] = _difference(pictures[i - reach], pictures[i + reach])
    for i in range(2 * reach, n - 2 * reach):
        if across[i] < DISSOLVE_LEVELS or across[i] < across[i - reach : i + reach + 1].max():
            continue
        rest = max(
            _difference(pictures[i - 2 * reach], pictures[i - reach]),
            _difference(pictures[i + reach], pictures[i + 2 * reach]),
        )
        gradual = steps[i - reach : i + reach].max() < 0.5 * across[i]
        if gradual and rest < across[i] / 3:
            yield i
