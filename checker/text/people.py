"""People who are named in words: a gazetteer searched by Aho-Corasick, in any script, in hashtags and handles.

A full name counts wherever it stands. A single word counts when it is distinctive; one that is also an ordinary
word, a first name or the surname of many counts only as the marks of `spellings` and its `context` say. An alias of
two people counts for neither. Full names are also known by their sound, see `soundalikes`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from ..errors import UsageError
from . import context
from .gazetteer import Person, load, load_csv, load_wikidata
from .index import SUFFIX, Index
from .normalise import Normal, fold, unleet
from .places import PERHAPS, YES, Place, Reading, stands
from .soundalikes import Soundalikes
from .spellings import ALIAS, CAPITAL, CAREFUL, CONTEXT, FULL, JOINED, LONE, Key

__all__ = ["ALIAS", "CAPITAL", "CAREFUL", "CONTEXT", "FULL", "JOINED", "LONE", "Mention", "People", "Person"]
__all__ += ["load_csv", "load_wikidata"]

MAX_BY_SOUND = 50_000
"""With more people than these, names are known by their letters only: too many sound alike."""

_NO_FIRST_NAMES = frozenset(
    "the lil young mc dj king queen prince princess pope sir dame saint st san don el la le de will mark may bill "
    "grant chase pat rob bad big post just son song ice boy bear fan can baba bon lady vice pop salt sun moon link "
    "duke guy ant buzz peso tame till min drew president sheikh shah mohammed dr mr mrs ms louis team".split()
)
_LEET = re.compile(
    r"(?<![#@\w$!|])(?=[a-z$!|]{0,30}[0-9@$!|])(?=[0-9$!|]{0,30}[a-z])[a-z0-9$][a-z0-9@$!|]{2,30}[a-z0-9$](?!\w)"
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


class _Hit(NamedTuple):
    """A spelling found; what it is worth on its own; its person."""

    at: Place
    key: Key
    person: Person
    standing: int


@dataclass(frozen=True, eq=False)
class People:
    """A gazetteer; the automaton is built when something is first looked for. `compiled` ones are read as they are."""

    persons: tuple[Person, ...]
    compiled: tuple[Index, ...] = ()

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
        reading = Reading.of(normal, _LEET.sub(self._read, normal.text))
        hits = self._hits(reading)
        firm: list[_Hit] = []
        reached = 0
        for hit in hits:
            if hit.standing == YES and hit.at.start >= reached:
                firm.append(hit)
                reached = hit.at.end
        taken = [(hit.at.start, hit.at.end) for hit in firm]
        heard = self._heard(reading, taken)
        taken += [(hit.at.start, hit.at.end) for hit in heard]
        weak = [h for h in hits if h.standing == PERHAPS and all(h.at.end <= a or h.at.start >= b for a, b in taken)]
        firm += heard
        reached = 0
        for hit in [hit for hit in weak if _supported(hit, firm, weak)]:
            if hit.at.start >= reached:
                firm.append(hit)
                reached = hit.at.end
        return [_mention(hit) for hit in sorted(firm, key=lambda hit: hit.at.start)]

    def _hits(self, reading: Reading) -> list[_Hit]:
        """Spellings that may count, by place, the longer and then the user's own first."""
        found: list[tuple[int, int, int, int, Index]] = []
        for rank, index in enumerate((*self.compiled, self._index)):
            found += [(start, -end, rank, which, index) for start, end, which in index.search(reading.text)]
        hits = []
        blocked = 0
        for start, minus, _, which, index in sorted(found, key=lambda hit: hit[:4]):
            if start < blocked:
                continue
            key = index.keys[which]
            at = reading.place(start + key.tag, -minus)
            if key.confidence == FULL and not at.tagged() and context.of_a_place(reading.text, start, -minus):
                blocked = -minus
                continue
            person = index.persons[key.person]
            if standing := stands(at, key, person, self._first_names):
                hits.append(_Hit(at, key, self._own.get(fold(person.name), person) if self._own else person, standing))
        return hits

    def _heard(self, reading: Reading, taken: Sequence[tuple[int, int]]) -> list[_Hit]:
        if self._soundalikes is None:
            return []
        hits = []
        for number, start, end, confidence in self._soundalikes.find(reading, taken):
            at = reading.place(start, end)
            if not context.of_a_thing(at.text, start, end):
                hits.append(_Hit(at, Key(number, confidence), self.persons[number], YES))
        return hits

    @cached_property
    def _index(self) -> Index:
        return Index.build(self.persons, self._first_names)

    @cached_property
    def _soundalikes(self) -> Soundalikes | None:
        return Soundalikes(self.persons) if len(self.persons) <= MAX_BY_SOUND else None

    @cached_property
    def _own(self) -> dict[str, Person]:
        """Shipped people who are also in a compiled list, as that list has them."""
        if not self.compiled:
            return {}
        held = ((fold(p.name), index.person(fold(p.name))) for p in self.persons for index in reversed(self.compiled))
        return {name: person for name, person in held if person is not None}

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


def _supported(hit: _Hit, firm: Sequence[_Hit], weak: Sequence[_Hit]) -> bool:
    """Whether the text makes a weak spelling this person."""
    reading, key, person = hit.at.reading, hit.key, hit.person
    if any(reading.says(word) for word in key.near) or any(other.person.name == person.name for other in firm):
        return True
    trade = context.trade_of(person.role)
    fellows = [other for other in (*firm, *weak) if other.person.name != person.name and other.key.person != key.person]
    beside = any(
        context.trade_of(other.person.role) == trade and other.person.country == person.country
        for other in fellows
        if other.standing == YES or not (key.near and other.key.made)
    )
    if any(other.person.name == person.name and other.at.text_of() != hit.at.text_of() for other in weak):
        return True
    surname = fold(person.name).split()[-1] == hit.at.text_of()
    if key.near and key.weak and not surname:
        return beside
    if context.speaks(reading.text, hit.at.end) and not (key.made and reading.caseless):
        return True
    if context.titled(trade, reading.text, hit.at.start, hit.at.end):
        return True
    if key.made and (reading.caseless or reading.shouted):
        return False
    return beside or context.speaks_of(trade, reading.text)


def _mention(hit: _Hit) -> Mention:
    confidence = CONTEXT if hit.standing == PERHAPS else hit.key.confidence
    return Mention(hit.person.name, hit.person.kind, hit.person.role, hit.at.first, hit.at.last, confidence)


@lru_cache(maxsize=4)
def _load(extra: tuple[tuple[Path, int], ...]) -> People:
    people: dict[str, Person] = {}
    for source in sorted((files(__package__) / "data" / "people").iterdir(), key=lambda f: f.name):
        with as_file(source) as path:
            for person in load_csv(path):
                people.setdefault(fold(person.name), person)
    compiled = tuple(Index.open(path) for path, _ in extra if path.suffix == SUFFIX)
    for path, _ in extra:
        if path.suffix != SUFFIX:
            people.update((fold(person.name), person) for person in load(path))
    return People(tuple(people.values()), compiled)
