"""Concepts: words of many languages by what they mean to the questions, found in one pass over a text.

`made`, `fait` and `gemacht` are one concept, so that what is learnt of one language holds for all. Lists:
``data/concepts/*.yaml``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from . import languages
from .normalise import Normal, fold

TIGHT = frozenset({"ja", "zh", "ko"})
"""Languages whose entries match inside a run of letters: they write without spaces, or join endings to words."""
_TOKEN = re.compile(r"\w+")
_STOP = re.compile(r"[.!?\n|;…]|[\u2190-\u2bff\U0001f000-\U0001faff]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One concept: indices of its first word and of its sentence; places count in the folded text."""

    name: str
    word: int
    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Words:
    """A text cut into words: their places in the folded text, and the sentence of each."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    sentences: tuple[int, ...]


def cut(normal: Normal) -> Words:
    """The words of a text with their sentences; a sentence ends at a full stop, a line or a picture sign."""
    text = normal.text
    words: list[str] = []
    starts: list[int] = []
    sentences: list[int] = []
    sentence = end = 0
    for m in _TOKEN.finditer(text):
        if m.start() - end > 0 and words and _STOP.search(text, end, m.start()):
            sentence += 1
        words.append(m[0])
        starts.append(m.start())
        sentences.append(sentence)
        end = m.end()
    return Words(tuple(words), tuple(starts), tuple(sentences))


def find(normal: Normal, cut_: Words | None = None) -> list[Hit]:
    """Every concept in the text, by place; a word may stand for several concepts."""
    cut_ = cut_ or cut(normal)
    if not cut_.words:
        return []
    automaton, entries = _automaton()
    line = " " + " ".join(cut_.words) + " "
    at, place = [], 1
    for letters in cut_.words:
        at.append(place)
        place += len(letters) + 1
    spoken = _spoken(normal)
    hits: dict[tuple[str, int], Hit] = {}
    for start, end, index in automaton.find_overlapping(line):
        for name, language in entries[index]:
            if language not in spoken:
                continue
            start_ = start + (line[start] == " ")
            word = bisect_right(at, start_) - 1
            if name == "ai" and word and cut_.words[word] == "ai" and cut_.words[word - 1] in ("j", "n"):
                continue  # French for "I have"
            key = (name, word if language not in TIGHT else start_ + 100_000)
            if key not in hits:
                offset = cut_.starts[word] + start_ - at[word]
                hits[key] = Hit(
                    name, word, cut_.sentences[word], offset, offset + end - start_ - (line[end - 1] == " ")
                )
    return sorted(hits.values(), key=lambda h: (h.start, h.name))


def names() -> tuple[str, ...]:
    """All concepts."""
    return tuple(sorted({name for _, name, _ in _entries()}))


def _spoken(normal: Normal) -> frozenset[str]:
    """The languages whose words count: those the text may be in, English, and names that belong to none."""
    order = languages.rank(normal.original)
    short = len(normal.text) < 40
    return frozenset({"xx", "en", *order[: 3 if short else 2]})


def _entries() -> Iterator[tuple[str, str, str]]:
    """``(language, concept, entry)`` as written."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for name in ("west", "europe", "world", "ages"):
        text = (files(__package__) / "data" / "concepts" / f"{name}.yaml").read_text(encoding="utf-8")
        for language, row in yaml.load(text, Loader=loader).items():
            for concept, line in row.items():
                for entry in line.split(","):
                    yield language, concept, entry.strip()


@cache
def _automaton() -> tuple[Any, list[list[tuple[str, str]]]]:
    from daachorse import CharwiseDoubleArrayAhoCorasick

    index: dict[str, list[tuple[str, str]]] = {}
    for language, concept, entry in _entries():
        bare = " ".join(_TOKEN.findall(fold(entry)))
        if not bare:
            continue
        tight = language in TIGHT and not bare.isascii()
        left = "" if tight or entry.startswith("*") else " "
        right = "" if tight or entry.endswith("*") else " "
        index.setdefault(left + bare + right, []).append((concept, language))
    return CharwiseDoubleArrayAhoCorasick(list(index)), [sorted(set(entries)) for entries in index.values()]
