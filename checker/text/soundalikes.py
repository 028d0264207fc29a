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

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ALPHABETS = re.compile(r"[a-z\u0370-\u06ff\u0900-\u0dff\u10a0-\u10ff]")


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
        tokens = [m for m in _TOKEN.finditer(reading.text) if m.end() - m.start() > 1]
        reached = 0
        for i, token in enumerate(tokens):
            start, end = token.span()
            if start < reached or not _ALPHABETS.match(token[0]) or any(start < b and end > a for a, b in taken):
                continue
            if not reading.caseless and self._small(reading, start, token[0]):
                continue
            found = None
            following = tokens[i + 1] if i + 1 < len(tokens) else None
            if following and reading.text[end : following.start()] == " ":
                a, b = following.span()
                free = not any(a < y and b > x for x, y in taken)
                short = min(len(token[0]), len(following[0])) < 4
                if free and not (short if reading.caseless else self._small(reading, a, following[0])):
                    found, end = self._pair(token[0], following[0]), b if free else end
            alone = len(token[0]) >= LEAST_ALONE and not reading.caseless
            if found is None and alone and reading.place(*token.span()).amid():
                found, end = self._single(token[0]), token.end()
            if found is not None:
                number, letters = found
                yield number, start, end, round(SOUND - 0.05 * (letters - 1), 2)
                reached = end

    def _small(self, reading: Reading, start: int, word: str) -> bool:
        at = reading.place(start, start + 1)
        return reading.normal.quote(at.first, at.last)[:1].islower()

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


def _differ(heard: tuple[str, str], name: tuple[str, str], foreign: bool) -> int | None:
    """How many letters differ; None where that is too many for the same name."""
    from jellyfish import damerau_levenshtein_distance

    longer = any(a.startswith(b) and len(a) > len(b) + 1 for a, b in zip(heard, name, strict=True))
    if longer or any(abs(len(a) - len(b)) > 3 for a, b in zip(heard, name, strict=True)):
        return None
    each = [damerau_levenshtein_distance(a, b) for a, b in zip(heard, name, strict=True)]
    alike = [sound(a) == sound(b) for a, b in zip(heard, name, strict=True)]
    size = len(name[0]) + len(name[1])
    allowed = (1 if size < 11 else 2) + (2 if foreign else 0) + (1 if all(alike) and size > 11 else 0)
    most = [max(1, (len(word) + (foreign * 3)) // 3) for word in name]
    if sum(each) > allowed or any(a > b for a, b in zip(each, most, strict=True)):
        return None
    if foreign and (not all(alike) or min(map(len, name)) < 4):
        return None
    if not all(alike) and any(d and not same and len(n) < 5 for d, same, n in zip(each, alike, name, strict=True)):
        return None
    return max(1, sum(each)) if sum(each) or foreign else None


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
