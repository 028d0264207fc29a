"""Strokes of text in a crop: the same text or not, its true height, its contrast.

A morphological top hat keeps what is thinner than a stroke's width, so that the same words compare as the same
whatever moves behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rect = tuple[int, int, int, int]
SHIFT = 3
"""Pixels that a text may move between two frames and still count as unmoved."""
SAME = 0.72
"""Least correlation of strokes; different words in the same place stay below 0.5, the same above 0.8."""
SAME_PART = 0.45
"""Least correlation of each part of a line, so that one changed word is noticed."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The strokes of one line of text."""

    rect: Rect
    bright: bool
    """Whether the text is brighter than its ground."""
    strokes: NDArray[np.uint8]
    """(h, w) how much each pixel stands out."""

    @classmethod
    def of(cls, grey: NDArray[np.uint8], rect: Rect) -> Ink:
        """From an (h, w) grey frame."""
        up, down = _strokes(grey, rect, True, _side(rect)), _strokes(grey, rect, False, _side(rect))
        share = _energy(up) / _energy(down)
        # capitals leave gaps as thin as their strokes; then the ground around the line tells which is which
        bright = share >= 1 if max(share, 1 / share) > 2.5 else _brighter(grey, rect)
        return cls(rect, bright, up if bright else down)

    def common(self, strokes: NDArray[np.uint8]) -> Ink:
        """What this and the strokes of another frame share: the text without what passes behind it."""
        import numpy as np

        shared = np.minimum(self.strokes, strokes)
        return Ink(self.rect, self.bright, shared) if _energy(shared) > 0.3 * _energy(self.strokes) else self

    def seen_in(self, grey: NDArray[np.uint8]) -> bool:
        """Whether the same text stands at the same place of another frame."""
        return self.found_in(grey) is not None

    def found_in(self, grey: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """The strokes of the same text at the same place of another frame; None when it is not there."""
        import cv2
        import numpy as np

        x0, y0, x1, y1 = self.rect
        area = (max(0, x0 - SHIFT), max(0, y0 - SHIFT), x1 + SHIFT, y1 + SHIFT)
        there = _strokes(grey, area, self.bright, _side(self.rect))
        if there.shape[0] < self.strokes.shape[0] or there.shape[1] < self.strokes.shape[1]:
            return None
        if _energy(there) < 0.35 * _energy(self.strokes):  # gone, or faded
            return None
        match = cv2.matchTemplate(there, self.strokes, cv2.TM_CCOEFF_NORMED)
        y, x = divmod(int(np.argmax(match)), match.shape[1])
        if match[y, x] < SAME:
            return None
        placed = there[y : y + self.strokes.shape[0], x : x + self.strokes.shape[1]]
        return placed if _parts_agree(self.strokes, placed) else None


def _crop(image: NDArray[Any], rect: Rect) -> NDArray[Any]:
    x0, y0, x1, y1 = rect
    return image[max(0, y0) : y1, max(0, x0) : x1]


def _brighter(grey: NDArray[np.uint8], rect: Rect) -> bool:
    """Whether the line stands out from the ground around it rather upwards than downwards."""
    import numpy as np

    x0, y0, x1, y1 = rect
    above, below = grey[max(0, y0 - 2) : y0 + 1, x0:x1], grey[y1 - 1 : y1 + 2, x0:x1]
    ground = float(np.median(np.concatenate([above.ravel(), below.ravel()])))
    low, high = np.percentile(grey[y0:y1, x0:x1], [4, 96])
    return bool(high - ground >= ground - low)


def _side(rect: Rect) -> int:
    """Pixels that no stroke of a line in `rect` is as thick as."""
    return max(3, int(0.5 * min(rect[2] - rect[0], rect[3] - rect[1]))) | 1


def _strokes(grey: NDArray[np.uint8], rect: Rect, bright: bool, side: int) -> NDArray[np.uint8]:
    """What is thinner than `side` in the part of the frame; seen with a margin, so that its rim is no stroke."""
    import cv2

    x0, y0, x1, y1 = max(0, rect[0]), max(0, rect[1]), rect[2], rect[3]
    left, top = min(side, x0), min(side, y0)
    crop = grey[y0 - top : y1 + side, x0 - left : x1 + side]
    kind = cv2.MORPH_TOPHAT if bright else cv2.MORPH_BLACKHAT
    found = cv2.morphologyEx(crop, kind, cv2.getStructuringElement(cv2.MORPH_RECT, (side, side)))
    part: NDArray[np.uint8] = found[top : top + y1 - y0, left : left + x1 - x0]
    return part


def _energy(strokes: NDArray[Any]) -> float:
    import numpy as np

    return float(np.square(strokes.astype(np.float32)).sum()) + 1e-6


def _parts_agree(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    import numpy as np

    width = max(8, round(1.5 * a.shape[0]))
    whole = _energy(a) / a.shape[1]
    for x in range(0, a.shape[1], width):
        p, q = a[:, x : x + width].astype(np.float32), b[:, x : x + width].astype(np.float32)
        if p.shape[1] < width // 2 or max(_energy(p), _energy(q)) / p.shape[1] < 0.2 * whole:
            continue
        p, q = p - p.mean(), q - q.mean()
        if float((p * q).sum()) < SAME_PART * float(np.sqrt((p * p).sum() * (q * q).sum())):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Measure:
    """What can be measured on one line of text."""

    rect: Rect
    """Tight around the strokes."""
    contrast: float
    """WCAG 2 contrast ratio of text and ground, 1 to 21."""


def measure(image: NDArray[np.uint8], ink: Ink) -> Measure:
    """Height and contrast of the text `ink` in an (h, w, 3) RGB frame."""
    import cv2
    import numpy as np

    rect = ink.rect
    crop = _crop(image, rect)[: ink.strokes.shape[0], : ink.strokes.shape[1]]
    # the edge of a stroke is where it stands out by half
    mask = ink.strokes > 0.5 * np.percentile(ink.strokes, 97)
    x0, y0 = max(0, rect[0]), max(0, rect[1])
    rows, columns = _extent(mask.sum(axis=1)), _extent(mask.sum(axis=0))
    tight = rect
    if rows is not None and columns is not None and rows[1] - rows[0] >= 0.35 * crop.shape[0]:
        tight = (x0 + columns[0], y0 + rows[0], x0 + columns[1], y0 + rows[1])
    luminance = _luminance(crop)
    core = ink.strokes >= np.percentile(ink.strokes[mask], 50) if mask.any() else mask
    ground = ~cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    if not core.any() or not ground.any():
        return Measure(tight, 1.0)
    text, around = float(np.median(luminance[core])), float(np.median(luminance[ground]))
    high, low = max(text, around), min(text, around)
    return Measure(tight, (high + 0.05) / (low + 0.05))


def _extent(profile: NDArray[np.int64]) -> tuple[int, int] | None:
    """First and last + 1 index with ink."""
    import numpy as np

    found = np.flatnonzero(profile >= max(1.0, 0.02 * float(profile.max())))
    return (int(found[0]), int(found[-1]) + 1) if len(found) else None


def _luminance(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    import numpy as np

    share = rgb.astype(np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    result: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return result
