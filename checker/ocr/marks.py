"""Visible marks of generators: which lines of text are one, and which only speak of it.

`marks.csv` lists what generators write into the picture. A line is a mark when it says nothing but the mark, is small,
and stands alone: not one line of a caption. A word that also means something else (Luma, Runway; column `plain` = no)
needs more: it keeps to the edge for a good part of the clip, comes up in several places, or has an account name below.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from ..types import Box, Segment
from .follow import plain

MAX_HEIGHT = 0.08
"""Text height over the shortest side: marks are small, titles are not."""
EDGE = 0.22
"""Share of width and height that counts as the edge."""
PERSISTENT = 0.5
"""Share of the clip that an ambiguous word has to be seen at the edge."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of text over time, as the marks need it."""

    text: str
    confidence: float
    segment: Segment
    box: Box
    height_ratio: float
    places: tuple[Box, ...]
    """Where it stood, over time; one box when it never moved."""
    seen_s: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A generator's mark in a clip."""

    generator: str
    text: str
    confidence: float
    segment: Segment
    box: Box


@cache
def table() -> dict[str, tuple[str, bool]]:
    """Letters of each mark: generator, and whether the words can mean nothing else."""
    with Path(__file__).with_name("marks.csv").open(encoding="utf-8", newline="") as file:
        return {plain(row["mark"]): (row["generator"], row["plain"] == "yes") for row in csv.DictReader(file)}


def known(text: str) -> tuple[str, bool] | None:
    """Generator whose mark `text` is, word for word; None when it is none."""
    letters = plain(text)
    if letters in table():
        return table()[letters]
    if len(letters) < 6:  # one wrong letter in a short word makes it another word
        return None
    for mark, found in table().items():
        if len(mark) >= 6 and abs(len(mark) - len(letters)) <= 1 and found[1] and _close(mark, letters):
            return found
    return None


def _close(a: str, b: str) -> bool:
    """At most one letter in six is different."""
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return max(len(a), len(b)) - same <= max(1, len(a) // 6)


def find(lines: Sequence[Seen], seconds: float) -> Iterator[Mark]:
    """One track per generator, in the order in which they appear."""
    tracks: dict[str, list[Seen]] = {}
    sure: dict[str, bool] = {}
    for line in lines:
        match = known(line.text)
        if match is not None and line.height_ratio <= MAX_HEIGHT:
            tracks.setdefault(match[0], []).append(line)
            sure[match[0]] = sure.get(match[0], False) or match[1]
    for generator, found in sorted(tracks.items(), key=lambda track: min(line.segment.start_s for line in track[1])):
        alone = [line for line in found if not _in_caption(line, lines)]
        if not alone or not (sure[generator] or _behaves(alone, lines, seconds)):
            continue
        first = min(found, key=lambda line: line.segment.start_s)
        best = max(found, key=lambda line: line.confidence)
        yield Mark(
            generator,
            best.text,
            best.confidence if sure[generator] else 0.9 * best.confidence,
            Segment(first.segment.start_s, max(line.segment.end_s for line in found)),
            first.box,
        )


def _behaves(found: Sequence[Seen], lines: Sequence[Seen], seconds: float) -> bool:
    """Whether an ambiguous word is placed as marks are: at the edge to stay, or roaming, or over an account name."""
    if any(_account_below(line, lines) for line in found):
        return True
    places = [place for line in found for place in line.places]
    at_edge = all(_at_edge(place) for place in places)
    if at_edge and _spots(places) >= 2:
        return True
    return at_edge and sum(line.seen_s for line in found) >= PERSISTENT * seconds


def _spots(places: Sequence[Box]) -> int:
    """How many clearly different places."""
    kept: list[tuple[float, float]] = []
    for place in places:
        x, y = (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2
        if all(abs(x - a) + abs(y - b) > 0.25 for a, b in kept):
            kept.append((x, y))
    return len(kept)


def _at_edge(box: Box) -> bool:
    return (
        (box.x1 <= 0.5 and box.x0 < EDGE) or (box.x0 >= 0.5 and box.x1 > 1 - EDGE) or box.y1 < EDGE or box.y0 > 1 - EDGE
    )


def _account_below(line: Seen, lines: Sequence[Seen]) -> bool:
    return any(other.text.startswith("@") and _adjoins(line, other) and other.box.y0 > line.box.y0 for other in lines)


def _in_caption(line: Seen, lines: Sequence[Seen]) -> bool:
    """Whether words of about its size stand right above or below or beside it at the same time."""
    return any(
        other is not line
        and not other.text.startswith("@")
        and known(other.text) is None
        and sum(c.isalpha() for c in other.text) >= 2
        and 0.6 <= other.height_ratio / max(1e-6, line.height_ratio) <= 1.67
        and _adjoins(line, other)
        for other in lines
    )


def _adjoins(a: Seen, b: Seen) -> bool:
    if a.segment.overlap_s(b.segment) < 0.5 * min(a.segment.seconds, b.segment.seconds):
        return False
    tall = max(a.box.y1 - a.box.y0, b.box.y1 - b.box.y0)
    between = max(a.box.y0, b.box.y0) - min(a.box.y1, b.box.y1)
    aside = max(a.box.x0, b.box.x0) - min(a.box.x1, b.box.x1)
    return between < 1.2 * tall and aside < 0.04
