"""Topics, and the safety categories of the first moderation step, by cue phrases.

The cues of safety are words only: their confidence says so, and the detector calls them estimates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from .endorsement import fold_pattern
from .labels import data
from .normalise import Normal


@dataclass(frozen=True, slots=True)
class Found:
    """One topic or category, and the words that say so; the place counts in the original."""

    name: str
    start: int
    end: int
    confidence: float


def topics(normal: Normal) -> list[Found]:
    """The topics of one text, each once; one common word alone is not enough."""
    tables = _patterns()
    weak = tables["weak"]["all"]
    found = []
    for topic in _first(normal, tables["topics"], (), 0.75):
        words = {m[0] for m in tables["topics"][topic.name].finditer(normal.text)}
        alone = len(words) == 1 and weak.fullmatch(words.pop())
        found.append(replace(topic, confidence=0.3) if alone else topic)
    return found


def safety(normal: Normal) -> list[Found]:
    """Safety categories whose cues stand in one text, each once; prevention, fiction and reports lower them."""
    tables = _patterns()
    harmless = tuple(m.start() for m in tables["never"]["all"].finditer(normal.text))
    return _first(normal, tables["safety"], harmless, 0.7)


def _first(
    normal: Normal, table: Mapping[str, re.Pattern[str]], harmless: tuple[int, ...], confidence: float
) -> list[Found]:
    found = []
    for name, pattern in table.items():
        m = pattern.search(normal.text)
        if m:
            start, end = normal.span(m.start(), m.end())
            found.append(Found(name, start, end, 0.25 if harmless else confidence))
    return found


@cache
def _patterns() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    rows = data("topics.yaml")
    tables = {
        "topics": rows["topics"],
        "safety": rows["safety"],
        "never": {"all": rows["never"]},
        "weak": {"all": rows["weak"]},
    }
    return {
        kind: {
            name: re.compile(rf"(?:(?<!\w)|(?<=[^\x00-\u024f]))(?:{fold_pattern(p)})(?![a-z])")
            for name, p in table.items()
        }
        for kind, table in tables.items()
    }
