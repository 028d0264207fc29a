"""Follow lines of text over the frames of a clip, looking for new lines only where the picture changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from .ink import Ink, Rect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..media import Frame
    from .reader import Reader

BLOCK = 8
"""Pixels a side of the blocks whose mean levels are compared."""
CHANGE_LEVELS = 8.0
"""A block that moved by this many of 255 levels changed; noise stays below 3, a refined key frame below 8."""
GAP_S = 2.0
"""The same words that come back within this time are the same item."""
MIN_SCORE = 0.5
"""A reading below is no text: foliage, faces, patterns. It is remembered, so as not to be read again and again."""
MISREAD = 2
"""Letters in a row that OCR may get wrong in the same words."""
SIMILAR = 0.8
"""Least similarity of two readings of the same words."""


@dataclass(slots=True)
class Sighting:
    """One item in one frame."""

    time_s: float
    end_s: float
    rect: Rect


@dataclass(slots=True)
class Item:
    """The same words over time."""

    text: str
    score: float
    ink: Ink
    """Its strokes where it stands now, or stood last: what all frames since `ink_s` have in common there."""
    ink_s: float
    sightings: list[Sighting] = field(default_factory=list)
    before_s: float | None = None
    """Time of the last frame in which it was not yet there; None when it is there from the first."""

    @property
    def last(self) -> Sighting:
        return self.sightings[-1]


class Follower:
    """Takes frames in order and gathers items."""

    def __init__(self, reader: Reader, every_s: float) -> None:
        """Looks at changed frames at most once in `every_s`, and at once where text vanished."""
        self.reader, self.every_s = reader, every_s
        self.items: list[Item] = []
        self.looks = self.reads = 0
        self._visible: list[Item] = []
        self._blocks: NDArray[np.float32] | None = None
        self._looked_s = 0.0
        self._previous: tuple[float, float, NDArray[np.uint8]] | None = None

    def take(self, frame: Frame) -> None:
        """Look at the next frame, as much as it needs."""
        import cv2

        grey: NDArray[np.uint8] = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
        size = max(1, grey.shape[1] // BLOCK), max(1, grey.shape[0] // BLOCK)
        blocks: NDArray[np.float32] = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype("float32")
        still = []
        for item in self._visible:
            if (strokes := item.ink.found_in(grey)) is not None:
                item.ink = item.ink.common(strokes)
                item.sightings.append(Sighting(frame.time_s, frame.end_s, item.ink.rect))
                still.append(item)
        lost = [item for item in self._visible if not any(item is other for other in still)]
        self._visible = still
        for rows in self._where(frame, blocks, lost):
            self._look(frame, grey, rows)
        self._previous = (frame.time_s, frame.end_s, grey)

    def _where(self, frame: Frame, blocks: NDArray[np.float32], lost: list[Item]) -> list[tuple[int, int]]:
        """Bands of rows of the frame in which text can have changed."""
        import numpy as np

        height = frame.image.shape[0]
        bands: list[tuple[int, int]] = []
        if self._blocks is None or self._blocks.shape != blocks.shape:
            bands = [(0, height)]
        elif frame.time_s - self._looked_s >= self.every_s - 0.05:
            changed = np.flatnonzero((np.abs(blocks - self._blocks) > CHANGE_LEVELS).any(axis=1))
            bands = [((int(row) - 3) * BLOCK, (int(row) + 4) * BLOCK) for row in changed]
        if bands:  # a full look
            self._blocks, self._looked_s = blocks, frame.time_s
        for item in lost:
            if len(item.sightings) > 1 and item.score >= MIN_SCORE:  # moving text is met again at the next full look
                tall = item.ink.rect[3] - item.ink.rect[1]
                bands.append((item.ink.rect[1] - 2 * tall, item.ink.rect[3] + 2 * tall))
        return _joined(bands, height)

    def _look(self, frame: Frame, grey: NDArray[np.uint8], rows: tuple[int, int]) -> None:
        """Find lines between `rows`, read those that are new."""
        import numpy as np

        from .reader import Line

        top, bottom = rows
        height, width = frame.image.shape[:2]
        lines = self.reader.find(frame.image[top:bottom], self.reader.side / min(height, width))
        self.looks += 1
        moved = [Line(line.corners + np.array([0, top], np.float32)) for line in lines]
        whole = [
            line
            for line in moved
            if (line.rect[1] > top + 2 or top == 0) and (line.rect[3] < bottom - 2 or bottom == height)
        ]
        fresh = [line for line in whole if not any(_covers(item, line.rect) for item in self._visible)]
        self.reads += len(fresh)
        for line, (text, score) in zip(fresh, self.reader.read(frame.image, fresh), strict=True):
            self._visible.append(self._meet(frame, grey, line.rect, text, score))

    def _meet(self, frame: Frame, grey: NDArray[np.uint8], rect: Rect, text: str, score: float) -> Item:
        """The item that these words belong to, a new one if need be."""
        ink = Ink.of(grey, rect)
        sighting = Sighting(frame.time_s, frame.end_s, rect)
        for item in reversed(self.items):
            if frame.time_s - item.last.end_s > GAP_S or any(item is other for other in self._visible):
                continue
            grown = _overlap(item.last.rect, rect) > 0.5 and _part(item.text, text)
            if grown or similar(item.text, text):
                longer = len(plain(text)) - len(plain(item.text)) if grown else 0
                if longer > 0 or (longer == 0 and score > item.score):
                    item.text, item.score = text, score
                item.ink, item.ink_s = ink, frame.time_s
                item.sightings.append(sighting)
                return item
        item = Item(text, score, ink, frame.time_s, [sighting])
        if self._previous is not None:
            before_s, end_s, before = self._previous
            if ink.seen_in(before):  # it was there in a frame that was not looked at
                item.sightings.insert(0, Sighting(before_s, end_s, rect))
            else:
                item.before_s = before_s
        self.items.append(item)
        return item


def similar(a: str, b: str) -> bool:
    """Whether two readings are the same words, but for what OCR confuses."""
    a, b = plain(a), plain(b)
    if a == b:
        return True
    if min(len(a), len(b)) <= 3 or [c for c in a if c in "23456789"] != [c for c in b if c in "23456789"]:
        return False
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < SIMILAR:
        return False
    # another word differs in a row of letters, a misread one here and there
    longest = max(max(a1 - a0, b1 - b0) for kind, a0, a1, b0, b1 in matcher.get_opcodes() if kind != "equal")
    return longest <= MISREAD


def _part(a: str, b: str) -> bool:
    """Whether one is the beginning or the end of the other: words that come one by one, or were half covered."""
    short, long = sorted((plain(a), plain(b)), key=len)
    return len(short) >= 4 and (long.startswith(short) or long.endswith(short))


def plain(text: str) -> str:
    """Letters and digits only, lower case, with those as one that OCR confuses (I l 1, O 0)."""
    folded = "".join(c for c in text.casefold() if c.isalnum())
    return folded.translate(str.maketrans("1il0", "lllo"))


def _overlap(a: Rect, b: Rect) -> float:
    """Intersection over the smaller area."""
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return wide * tall / max(1, smaller)


def _covers(item: Item, rect: Rect) -> bool:
    """Whether a line at `rect` is (part of) the item; a pattern that is no text covers only itself."""
    if item.score >= MIN_SCORE:
        return _overlap(item.ink.rect, rect) > 0.5
    area = [(r[2] - r[0]) * (r[3] - r[1]) for r in (item.ink.rect, rect)]
    return _overlap(item.ink.rect, rect) > 0.6 and min(area) > 0.5 * max(area)


def _joined(bands: list[tuple[int, int]], height: int) -> list[tuple[int, int]]:
    """The same rows in bands that do not touch; one band where they are most of the frame."""
    joined: list[tuple[int, int]] = []
    for top, bottom in sorted(bands):
        top, bottom = max(0, top), min(height, bottom)
        if joined and top <= joined[-1][1] + BLOCK:
            joined[-1] = joined[-1][0], max(bottom, joined[-1][1])
        else:
            joined.append((top, bottom))
    if sum(bottom - top for top, bottom in joined) > 0.8 * height:
        return [(0, height)]
    return joined
