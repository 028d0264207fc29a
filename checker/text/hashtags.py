"""Hashtags and handles in a text: where they stand, and their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .normalise import Normal

_TAG = re.compile(r"[#＃]([\w\u0900-\u0dff\u0e00-\u0e7f'·-]*[^\W_][\w\u0900-\u0dff\u0e00-\u0e7f]*)")
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Tag:
    """One hashtag: `compact` is folded and without separators; `start` and `end` count in the folded text."""

    compact: str
    start: int
    end: int


def tags(normal: Normal) -> Iterator[Tag]:
    """The hashtags of a text, in order."""
    for m in _TAG.finditer(normal.text):
        yield Tag(compact(m[1]), m.start(), m.end())


def without(normal: Normal) -> Normal:
    """The same text with each hashtag blanked to a sentence end; its length does not change."""
    found = list(tags(normal))
    if not found:
        return normal
    return normal.edited((t.start, t.end, "\n" * (t.end - t.start)) for t in found)


def compact(word: str) -> str:
    """`word` without separators, so that ``made_with_ai`` and ``madewithai`` are one."""
    return word.lower() if word.isalnum() else _compact(word)


def _compact(word: str) -> str:
    # Vowel signs of Indic and Thai script are no separators although `\W` says so.
    return "".join(c for c in word if c.isalnum() or "\u0900" <= c <= "\u0e7f")
