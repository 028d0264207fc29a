"""Follow lines of text over the frames of a clip, looking for new lines only where the picture changed."""

from __future__ import annotations

from collections.abc import Iterator
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
CHANGE_LEVELS = 6.0
"""A block that moved by this many of 255 levels changed; noise and coding stay below 3."""
GAP_S = 2.0
"""The same words that come back within this time are the same item."""
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
    best: tuple[float, Rect]
    """Time and place at which it was read best."""
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
        still = [item for item in self._visible if item.ink.seen_in(grey)]
        for item in still:
            item.sightings.append(Sighting(frame.time_s, frame.end_s, item.ink.rect))
        lost = [item for item in self._visible if item not in still]
        if rows := self._where(frame, blocks, lost):
            self._look(frame, grey, rows, still)
        else:
            self._visible = still
        self._previous = (frame.time_s, frame.end_s, grey)

    def _where(self, frame: Frame, blocks: NDArray[np.float32], lost: list[Item]) -> tuple[int, int] | None:
        """Rows of the frame in which text can have changed; None = nowhere."""
        import numpy as np

        height = frame.image.shape[0]
        bands: list[tuple[int, int]] = []
        if self._blocks is None or self._blocks.shape != blocks.shape:
            bands = [(0, height)]
        elif frame.time_s - self._looked_s >= self.every_s - 0.05:
            changed = np.flatnonzero((np.abs(blocks - self._blocks) > CHANGE_LEVELS).any(axis=1))
            if len(changed):
                bands = [((int(changed[0]) - 3) * BLOCK, (int(changed[-1]) + 4) * BLOCK)]
        if bands:
            self._blocks, self._looked_s = blocks, frame.time_s
        for item in lost:
            if len(item.sightings) > 1:  # moving text is met again at the next full look
                tall = item.ink.rect[3] - item.ink.rect[1]
                bands.append((item.ink.rect[1] - 2 * tall, item.ink.rect[3] + 2 * tall))
        if not bands:
            return None
        return max(0, min(top for top, _ in bands)), min(height, max(bottom for _, bottom in bands))

    def _look(self, frame: Frame, grey: NDArray[np.uint8], rows: tuple[int, int], still: list[Item]) -> None:
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
        known = [item.ink.rect for item in still]
        fresh = [line for line in whole if not any(_overlap(line.rect, rect) > 0.5 for rect in known)]
        self.reads += len(fresh)
        seen = list(still)
        for line, (text, score) in zip(fresh, self.reader.read(frame.image, fresh), strict=True):
            if text:
                seen.append(self._meet(frame, grey, line.rect, text, score, seen))
        self._visible = seen

    def _meet(
        self, frame: Frame, grey: NDArray[np.uint8], rect: Rect, text: str, score: float, taken: list[Item]
    ) -> Item:
        """The item that these words belong to, a new one if need be."""
        ink = Ink.of(grey, rect)
        sighting = Sighting(frame.time_s, frame.end_s, rect)
        for item in reversed(self.items):
            if frame.time_s - item.last.end_s > GAP_S or any(item is other for other in taken):
                continue
            if similar(item.text, text):
                if score > item.score:
                    item.text, item.score, item.best = text, score, (frame.time_s, rect)
                item.ink = ink
                item.sightings.append(sighting)
                return item
        item = Item(text, score, ink, (frame.time_s, rect), [sighting])
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
    return min(len(a), len(b)) > 3 and SequenceMatcher(None, a, b, autojunk=False).ratio() >= SIMILAR


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


def runs(item: Item) -> Iterator[Sighting]:
    """The sightings in order of time."""
    yield from sorted(item.sightings, key=lambda s: s.time_s)
