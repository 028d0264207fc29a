"""People who are named in words: a gazetteer searched by Aho-Corasick, in any script, in hashtags and handles.

A full name counts wherever it stands. A single word counts when it is distinctive; one that is also an ordinary
word or a first name counts only as the marks of `gazetteer` say. An alias of two people counts for neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UsageError
from .gazetteer import Person, load, load_csv, load_wikidata
from .normalise import Normal, fold, unleet

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

__all__ = ["Mention", "People", "Person", "load_csv", "load_wikidata"]

FULL, JOINED, LONE, ALIAS, CAPITAL, CAREFUL = 1.0, 0.95, 0.9, 0.85, 0.8, 0.75
"""Confidence: full name, without spaces, name of one word, alias of one word, `^` alias, `^^` alias."""

_SPACES = str.maketrans(dict.fromkeys("-_|・‧=゠~\n", " ") | {"@": "#"})
_UMLAUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "å": "aa"})
_NO_FIRST_NAMES = frozenset(
    "the lil young mc dj king queen prince princess pope sir dame saint st san don el la le de will mark may bill "
    "grant chase pat rob bad big post just son song ice boy bear fan can baba bon lady vice pop salt sun moon link "
    "duke guy ant buzz peso tame till min drew president sheikh shah mohammed dr mr mrs ms".split()
)
_TAG = re.compile(r"(?<!\w)#\w*$")
_LEET = re.compile(
    r"(?<![#@\w$!|])(?=[a-z$!|]{0,30}[0-9@$!|])(?=[0-9$!|]{0,30}[a-z])[a-z0-9$][a-z0-9@$!|]{2,30}[a-z0-9$](?!\w)"
)
_LAST_WORD = re.compile(r"(?:(\w[\w'’]*)|\b(?:ft|feat|vs)\.)\s+[\"'“‘(]?$")
_SLAVIC = re.compile(r"(?:а|у|ом|е|ым|ои|ого|ому|ии|им|ыи|ы|ых|ыми|ю|я|ем|ею|и)(?!\w)")
_SLAVIC_LATIN = re.compile(r"(?<=[b-df-hj-np-tv-z])(?:a|em|om|ovi|owi|u)(?!\w)")
_PREFIX = frozenset("وفبلكהולבמשכ")
_UNSPACED = (
    (0x0E00, 0x0EFF, "thai"),
    (0x1000, 0x109F, "burmese"),
    (0x1780, 0x17FF, "khmer"),
    (0x1100, 0x11FF, "hangul"),
    (0x3040, 0x309F, "han"),
    (0x30A0, 0x30FF, "katakana"),
    (0x3400, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "hangul"),
    (0x20000, 0x3FFFF, "han"),
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A person named between characters `start` and `end` of the normalised text."""

    name: str
    kind: str
    role: str
    start: int
    end: int
    confidence: float


class _Key(NamedTuple):
    """One spelling of a name: how many ``^``, whether spaces are left out, whether it counts after # or @ only."""

    person: int
    confidence: float
    capital: int = 0
    joined: bool = False
    tag: bool = False


@dataclass(frozen=True, eq=False)
class People:
    """A gazetteer; the automaton is built when something is first looked for."""

    persons: tuple[Person, ...]

    @classmethod
    def load(cls, extra: Sequence[Path] = ()) -> People:
        """The shipped people and those of `extra` files, where a person of the same name replaces the shipped one.

        Raises: UsageError with file and line.
        """
        try:
            return _load(tuple((path, path.stat().st_mtime_ns) for path in map(Path, extra)))
        except OSError as error:
            raise UsageError(f"cannot read people from `{error.filename}`: {error.strerror}") from error

    def find(self, normal: Normal) -> list[Mention]:
        """Everybody named, in order; of names that overlap the leftmost, then the longest."""
        automaton, keys = self._index
        text, places = _spaced(_LEET.sub(self._read, normal.text))
        hits = automaton.find_matches_as_indexes(text, overlapping=True)
        found: list[Mention] = []
        reached = 0
        for start, minus, which in sorted((start, -end, which) for which, start, end in hits):
            end, key = -minus, keys[which]
            start += key.tag
            first, last = (places[start], places[end - 1] + 1) if places else (start, end)
            if start < reached or not self._stands(_Place(text, start, end, normal, first, last), key):
                continue
            person = self.persons[key.person]
            found.append(Mention(person.name, person.kind, person.role, first, last, key.confidence))
            reached = end
        return found

    @cached_property
    def _index(self) -> tuple[AhoCorasick, list[_Key]]:
        from ahocorasick_rs import AhoCorasick, MatchKind

        keys: dict[str, _Key | None] = {}
        for number, person in enumerate(self.persons):
            for text, key in _keys(number, person, names=True):
                keys.setdefault(text, key)
        names = set(keys)
        for number, person in enumerate(self.persons):
            for text, key in _keys(number, person, names=False):
                held = keys.setdefault(text, key)
                if held is None or held == key:
                    continue
                if held.person != number and text not in names:
                    keys[text] = None
                elif held.person == number and held.joined and not key.joined:
                    keys[text] = key
        kept = {text: key for text, key in keys.items() if key is not None}
        return AhoCorasick(list(kept), matchkind=MatchKind.Standard, store_patterns=False), list(kept.values())

    @cached_property
    def _first_names(self) -> frozenset[str]:
        """Words after which a surname alone is somebody else's."""
        names = (fold(person.name).split() for person in self.persons if " " in person.name)
        return frozenset(words[0] for words in names) - _NO_FIRST_NAMES

    @cached_property
    def _words(self) -> frozenset[str]:
        """Words of full names, which figures may spell as in ``3l0n musk``."""
        names = (fold(person.name).split() for person in self.persons if " " in person.name)
        return frozenset(word for words in names for word in words if len(word) > 3)

    def _read(self, figures: re.Match[str]) -> str:
        return unleet(figures[0], self._words.__contains__) or figures[0]

    def _stands(self, at: _Place, key: _Key) -> bool:
        """Whether this spelling is a name in its own right here."""
        tagged = at.tagged()
        if key.tag:
            return tagged and at.ends()
        if key.joined:
            long = at.end - at.start >= (4 if _script(at.text[at.start]) else 8)
            return (tagged and (long or at.ends())) or (long and not key.capital and at.starts() and at.ends())
        if not (at.starts() and at.ends()) and not at.humps():
            return False
        if key.confidence == FULL:
            return True
        written = at.normal.quote(at.first, at.last)
        if not written.isascii() and _accented(written) and not any(map(_accented, _all(self.persons[key.person]))):
            return False  # Romanian "puțin"
        if key.capital and not (tagged and key.capital == 1):
            if not all(word[:1].isupper() or word[:1].isdigit() for word in re.split(r"[\s_-]+", written)):
                return False
            if key.capital > 1 and (tagged or (written.isupper() and len(written) > 3) or not at.amid()):
                return False
        return tagged or " " in at.text[at.start : at.end] or not self._of_another(at, written)

    def _of_another(self, at: _Place, written: str) -> bool:
        """Whether a first name stands before a surname, as in "Brigitte Macron"."""
        if at.text[at.start - 1 : at.start] != " ":
            return False
        before = at.text[max(0, at.start - 40) : at.start - 1].split(" ")[-1]
        if len(before) < 3 or before not in self._first_names or not written[:1].isupper():
            return False
        a, _ = at.normal.span(at.first - 1 - len(before), at.first)
        return at.normal.original[a : a + 1].isupper()


class _Place(NamedTuple):
    """A stretch of the searched text, and where it stands in the normalised one."""

    text: str
    start: int
    end: int
    normal: Normal
    first: int
    last: int

    def tagged(self) -> bool:
        """Whether it opens a hashtag or handle, which no e-mail address does."""
        return self.text[self.start - 1 : self.start] == "#" and not _word(
            self.text[max(0, self.start - 2) : self.start - 1]
        )

    def starts(self) -> bool:
        if self.start == 0 or _parted(self.text[self.start - 1], self.text[self.start], self.end - self.start):
            return True
        prefixed = self.text[self.start - 1] in _PREFIX and self.end - self.start > 3
        return prefixed and (self.start == 1 or not _word(self.text[self.start - 2]))

    def ends(self) -> bool:
        text, end = self.text, self.end
        if end == len(text) or _parted(text[end - 1], text[end], end - self.start):
            return True
        if "а" <= text[end] <= "я":
            return bool(_SLAVIC.match(text, end))
        if end - self.start > 3 and _SLAVIC_LATIN.match(text, end):
            return self.normal.quote(self.first, self.first + 1).isupper()
        return text[end] == "s" and " " in text[self.start : end] and not _word(text[end + 1 : end + 2])

    def humps(self) -> bool:
        """In ``#TeamRonaldo2026`` capitals and figures part the words."""
        if not _TAG.search(self.text[max(0, self.start - 40) : self.start]):
            return False
        return self._hump(self.first) and self._hump(self.last)

    def _hump(self, at: int) -> bool:
        if at in (0, len(self.normal.text)):
            return True
        a, b = self.normal.quote(at - 1, at), self.normal.quote(at, at + 1)
        return not _word(a[-1]) or not _word(b[0]) or b[0].isupper() > a[-1].isupper() or b[0].isdigit()

    def amid(self) -> bool:
        """Amid a sentence, after a word in small letters."""
        a, _ = self.normal.span(self.first, self.last)
        before = _LAST_WORD.search(self.normal.original[max(0, a - 40) : a])
        return before is not None and not (before[1] or "")[:1].isupper()


@lru_cache(maxsize=4)
def _load(extra: tuple[tuple[Path, int], ...]) -> People:
    people: dict[str, Person] = {}
    for source in sorted((files(__package__) / "data" / "people").iterdir(), key=lambda f: f.name):
        with as_file(source) as path:
            for person in load_csv(path):
                people.setdefault(fold(person.name), person)
    for path, _ in extra:
        people.update((fold(person.name), person) for person in load(path))
    return People(tuple(people.values()))


def _keys(number: int, person: Person, *, names: bool) -> Iterator[tuple[str, _Key]]:
    """Spellings of the name, or of the aliases."""
    marks = {fold(alias.lstrip("^")): _capital(alias) for alias in person.aliases if alias[0] == "^"}
    for alias in (person.name,) if names else person.aliases:
        plain = alias.lstrip("^#")
        if alias[0] == "#":
            yield "#" + fold(plain).translate(_SPACES).replace(" ", ""), _Key(number, JOINED, tag=True)
            continue
        capital = marks.get(fold(plain), 0)
        for text in _spellings(plain):
            yield from _ways(number, text, capital, LONE if names else ALIAS)


def _ways(number: int, text: str, capital: int, lone: float) -> Iterator[tuple[str, _Key]]:
    if len(text) < 4 and text.isascii():
        capital = 2
    alone = " " not in text
    yield text, _Key(number, (FULL, CAPITAL, CAREFUL)[capital] if capital or not alone else lone, capital)
    if not alone:
        yield text.replace(" ", ""), _Key(number, JOINED, capital, joined=True)
    if re.search("скии$", text):
        yield text[:-2], _Key(number, FULL if not alone else lone, capital)


def _spellings(name: str) -> Iterator[str]:
    """With and without the dots, apostrophes and umlauts."""
    for form in dict.fromkeys((name, name.translate(_UMLAUT), name.replace("'", "").replace("’", ""))):
        text = " ".join(fold(form).translate(_SPACES).split())
        yield text
        if " " in text and "." in text:
            yield from (text.replace(".", ""), " ".join(text.replace(".", " ").split()))


def _all(person: Person) -> tuple[str, ...]:
    return (person.name, *person.aliases)


def _accented(text: str) -> bool:
    return any("\u00c0" <= char <= "\u024f" for char in text)


def _capital(alias: str) -> int:
    return len(alias) - len(alias.lstrip("^"))


def _spaced(text: str) -> tuple[str, Sequence[int]]:
    """All that joins words as one space, and the place of each character where that moved any."""
    text = text.translate(_SPACES)
    if "  " not in text:
        return text, ()
    places = [i for i, char in enumerate(text) if char != " " or text[i - 1 : i] != " "]
    return re.sub("  +", " ", text), places


def _parted(a: str, b: str, length: int) -> bool:
    """Whether a word may end between `a` and `b`; scripts without spaces part anywhere from three characters on."""
    if not (_word(a) and _word(b)):
        return True
    script = _script(a)
    if script != _script(b):
        return True
    return script not in ("", "katakana") and length > 2


def _word(char: str) -> bool:
    return bool(char) and (char.isalnum() or unicodedata.category(char)[0] == "M")


@cache
def _script(char: str) -> str:
    code = ord(char)
    return next((name for first, last, name in _UNSPACED if first <= code <= last), "")
