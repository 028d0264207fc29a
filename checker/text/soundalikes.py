"""Full names as they are misheard or misspelt: "Emanuel Macron", "Selena Gomes", "Zelinsky".

Two words are a name when both sound like its words (Metaphone) or one does and the other is close, and few letters
differ in all (Damerau-Levenshtein); words of other alphabets are read in Latin letters first. jellyfish (MIT) does the
counting, anyascii (ISC) the letters. Each pair of words costs a few look-ups and at most `MOST` comparisons.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from .gazetteer import Person
from .normalise import fold
from .places import Reading
from .spellings import Alias

SOUND = 0.65
"""Confidence of a name known by its sound; each letter beyond the first that differs takes 0.05 off."""
MOST = 40
LEAST_ALONE = 7
"""Letters of a surname that may be misspelt where it stands alone."""

_TOKEN = re.compile(r"(?<![^\W\d_])[a-z\u0370-\u06ff\u0900-\u0dff\u10a0-\u10ff][^\W\d_]+(?:'[^\W\d_]+)?")


class Soundalikes:
    """Names by their sound."""

    def __init__(self, persons: Sequence[Person]) -> None:
        self._pairs: dict[tuple[str, str], list[tuple[str, str, int]]] = defaultdict(list)
        self._alone: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._exact: set[str] = set()
        for number, person in enumerate(persons):
            for alias in (Alias(person.name), *map(Alias.parse, person.aliases)):
                text = fold(alias.plain)
                words = text.replace("-", " ").split()
                self._exact.update(words)
                if alias.mark in ("#", "~") or not text.replace(" ", "").replace("-", "").isascii():
                    continue
                if len(words) == 2 and min(map(len, words)) > 2 and len(text) > 7:
                    self._add(number, *words)
                elif len(words) == 1 and len(text) >= LEAST_ALONE and not alias.mark and text.isalpha():
                    self._alone[sound(text)].append((text, number))

    def _add(self, number: int, first: str, last: str) -> None:
        entry = (first, last, number)
        for key in {(sound(first), last[0]), (first[0], sound(last))}:
            self._pairs[key].append(entry)

    def find(self, reading: Reading, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
        """``(person, start, end, confidence)`` of names in the searched text outside what is `taken`."""
        tokens = _capitals(reading)
        reached = 0
        for i, (word, start, end) in enumerate(tokens):
            if start < reached or any(start < b and end > a for a, b in taken):
                continue
            found = None
            if i + 1 < len(tokens) and tokens[i + 1][1] == end + 1 and reading.text[end] == " ":
                other, _, last = tokens[i + 1]
                short = reading.caseless and min(len(word), len(other)) < 4
                if not short and not any(end < b and last > a for a, b in taken):
                    found, end = self._pair(word, other), last
            if found is None and len(word) >= LEAST_ALONE and not reading.caseless:
                end = start + len(word)
                found = self._single(word) if reading.place(start, end).amid() else None
            if found is not None:
                number, letters = found
                yield number, start, end, round(SOUND - 0.05 * (letters - 1), 2)
                reached = end

    def _pair(self, one: str, two: str) -> tuple[int, int] | None:
        first, last = latin(one), latin(two)
        if len(first) < 2 or len(last) < 2:
            return None
        candidates = self._pairs.get((sound(first), last[0]), []) + self._pairs.get((first[0], sound(last)), [])
        foreign = first != one or last != two
        best: tuple[int, int] | None = None
        for a, b, number in candidates[:MOST]:
            letters = _differ((first, last), (a, b), foreign)
            if letters is not None and (best is None or letters < best[1]):
                best = (number, letters)
        return best

    def _single(self, word: str) -> tuple[int, int] | None:
        from jellyfish import damerau_levenshtein_distance

        text = latin(word)
        if text in self._exact:
            return None
        for name, number in self._alone.get(sound(text), [])[:MOST]:
            letters = damerau_levenshtein_distance(text, name)
            if text[0] == name[0] and 0 < letters <= (1 if len(name) < 9 else 2):
                return number, letters
        return None


def _capitals(reading: Reading) -> list[tuple[str, int, int]]:
    """Words that may be part of a name, with their places: those with a capital, or all where there are none."""
    original, starts, places, every = reading.normal.original, reading.normal.starts, reading.places, reading.caseless
    words = []
    for m in _TOKEN.finditer(reading.text):
        start, end = m.span()
        if every or not original[starts[places[start] if places else start]].islower():
            words.append((m[0], start, end))
    return words


def _differ(heard: tuple[str, str], name: tuple[str, str], foreign: bool) -> int | None:
    """How many letters differ; None where that is too many for the same name."""
    from jellyfish import damerau_levenshtein_distance

    (one, two), (first, last) = heard, name
    more, longer = len(one) - len(first), len(two) - len(last)
    if abs(more) > 3 or abs(longer) > 3:
        return None
    if (more > 1 and one.startswith(first)) or (longer > 1 and two.startswith(last)):
        return None  # "Donald Trumpington"
    alike, same = sound(one) == sound(first), sound(two) == sound(last)
    if foreign and (not (alike and same) or min(len(first), len(last)) < 4):
        return None
    size = len(first) + len(last)
    allowed = (1 if size < 11 else 2) + (2 if foreign else 0) + (alike and same and size > 8)
    if abs(more) + abs(longer) > allowed:
        return None
    a, b = damerau_levenshtein_distance(one, first), damerau_levenshtein_distance(two, last)
    slack = 3 if foreign else 0
    if a + b > allowed or a > max(1, (len(first) + slack) // 3) or b > max(1, (len(last) + slack) // 3):
        return None
    if (a and not alike and len(first) < 5) or (b and not same and len(last) < 5):
        return None
    return max(1, a + b) if a + b or foreign else None


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """How a word sounds, coarsely."""
    from jellyfish import metaphone

    return str(metaphone(word)) or word[:1]


@lru_cache(maxsize=65536)
def latin(word: str) -> str:
    """A folded word in Latin letters."""
    if word.isascii():
        return word
    from anyascii import anyascii

    return "".join(c for c in anyascii(word).lower() if c.isalpha())
