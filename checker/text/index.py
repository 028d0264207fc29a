"""All spellings of many people as one automaton (daachorse: MIT or Apache-2.0), built or read from a compiled file.

A compiled file is a ZIP archive, not compressed: `about.json`, `automaton` (daachorse's own format, which checks what
it reads), `keys.npy`, `words.json`, `people.jsonl` and `lines.npy`, where each person's line starts. Nothing in it is
code; a person is decoded when somebody is found.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ..errors import UsageError
from . import spellings
from .gazetteer import KINDS, MAX_NAME, MAX_PEOPLE, Person
from .spellings import LEVELS, Key

if TYPE_CHECKING:
    import numpy as np
    from daachorse import CharwiseDoubleArrayAhoCorasick
    from numpy.typing import NDArray

SUFFIX = ".compiled"
FORMAT = "checker.people/1"
MAX_BYTES = 4 * 2**30

_CAPITALS, _JOINED, _TAG, _WEAK, _MADE = 3, 4, 8, 16, 32


_Item = TypeVar("_Item", covariant=True)


class Numbered(Protocol[_Item]):
    """What is read by its number: a list, or rows of a file."""

    def __len__(self) -> int: ...

    def __getitem__(self, which: int, /) -> _Item: ...


@dataclass(frozen=True, eq=False)
class Index:
    """Spellings of people: ``keys[i]`` says what spelling number `i` is worth and whose it is."""

    automaton: CharwiseDoubleArrayAhoCorasick
    keys: Numbered[Key]
    persons: Numbered[Person]

    @classmethod
    def build(cls, persons: Sequence[Person], first_names: frozenset[str] | None = None) -> Index:
        """The automaton of these people's spellings; one of two people counts for neither.

        With `first_names`, surnames alone are looked for too, except those that are also first names.
        """
        from daachorse import CharwiseDoubleArrayAhoCorasick

        kept = _spelled(persons, first_names) or {"\x00": Key(0, 0.0, tag=True)}
        return cls(CharwiseDoubleArrayAhoCorasick(list(kept)), list(kept.values()), persons)

    def search(self, text: str) -> list[tuple[int, int, int]]:
        """``(start, end, spelling)`` of all that is found, overlapping."""
        return self.automaton.find_overlapping(text)

    def person(self, name: str) -> Person | None:
        """Who has this folded name."""
        for start, end, which in self.search(name):
            if (start, end) == (0, len(name)) and self.keys[which].confidence in (LEVELS[0], LEVELS[2]):
                return self.persons[self.keys[which].person]
        return None

    def save(self, path: Path) -> None:
        """Write the compiled file; what was there is replaced at once."""
        import numpy as np

        people = (self.persons[i] for i in range(len(self.persons)))
        rows = [json.dumps(_row(person), ensure_ascii=False).encode() for person in people]
        lines = np.cumsum([0, *(len(row) + 1 for row in rows)], dtype=np.int64)
        keys = [self.keys[i] for i in range(len(self.keys))]
        numbers = [(key.person, LEVELS.index(key.confidence), _flags(key)) for key in keys]
        table = np.array(numbers, dtype=np.uint32)
        words = {i: [key.near, key.unlike] for i, key in enumerate(keys) if key.near or key.unlike}
        about = {"format": FORMAT, "people": len(rows), "spellings": len(keys)}
        fresh = path.with_name(path.name + ".part")
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("about.json", json.dumps(about))
            archive.writestr("automaton", bytes(self.automaton.serialize()))
            archive.writestr("words.json", json.dumps(words, ensure_ascii=False))
            archive.writestr("people.jsonl", b"\n".join((*rows, b"")))
            for name, array in (("keys.npy", table), ("lines.npy", lines)):
                file = io.BytesIO()
                np.save(file, array, allow_pickle=False)
                archive.writestr(name, file.getvalue())
        fresh.replace(path)

    @classmethod
    def open(cls, path: Path) -> Index:
        """Read a compiled file.

        Raises: UsageError for one that is not such a file or does not hold together.
        """
        from daachorse import CharwiseDoubleArrayAhoCorasick

        wrong = UsageError(f"`{path}` is no compiled list of people; make it anew with `checker people import`")
        try:
            with zipfile.ZipFile(path) as archive:
                if any(i.compress_type != zipfile.ZIP_STORED or i.file_size > MAX_BYTES for i in archive.infolist()):
                    raise wrong
                about = json.loads(archive.read("about.json"))
                table, lines = (_array(archive.read(name)) for name in ("keys.npy", "lines.npy"))
                words = {int(i): (tuple(a), tuple(b)) for i, (a, b) in json.loads(archive.read("words.json")).items()}
                people = archive.read("people.jsonl")
                automaton = CharwiseDoubleArrayAhoCorasick.deserialize(archive.read("automaton"))
        except OSError as error:
            raise UsageError(f"cannot read people from `{path}`: {error.strerror}") from error
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, RecursionError, EOFError) as error:
            raise wrong from error
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise UsageError(f"`{path}` is of another version; make it anew with `checker people import`")
        if not _holds(table, lines, len(people)):
            raise wrong
        return cls(automaton, _Keys(table, words, wrong), _Rows(people, lines, wrong))


class _Keys:
    """Keys as rows of numbers."""

    def __init__(self, table: NDArray[np.uint32], words: dict[int, tuple[Any, Any]], wrong: UsageError) -> None:
        self._table, self._words, self._wrong = table, words, wrong

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, which: int, /) -> Key:
        if which >= len(self._table):
            raise self._wrong
        person, level, flags = map(int, self._table[which])
        near, unlike = self._words.get(which, ((), ()))
        joined, tag, weak, made = (bool(flags & bit) for bit in (_JOINED, _TAG, _WEAK, _MADE))
        return Key(person, LEVELS[level], flags & _CAPITALS, joined, tag, weak, made, near, unlike)


class _Rows:
    """People as lines of JSON, decoded one by one."""

    def __init__(self, text: bytes, lines: NDArray[np.int64], wrong: UsageError) -> None:
        self._text, self._lines, self._wrong = text, lines, wrong

    def __len__(self) -> int:
        return len(self._lines) - 1

    def __getitem__(self, which: int, /) -> Person:
        row = self._text[self._lines[which] : self._lines[which + 1]]
        try:
            name, kind, role, country, aliases, as_of = json.loads(row)
        except (ValueError, TypeError, RecursionError) as error:
            raise self._wrong from error
        cells = (name, kind, role, country, as_of, *aliases)
        if kind not in KINDS or not all(isinstance(cell, str) and len(cell) <= 2 * MAX_NAME for cell in cells):
            raise self._wrong
        return Person(name, kind, role, country, tuple(aliases), as_of)


def _row(person: Person) -> list[Any]:
    return [person.name, person.kind, person.role, person.country, person.aliases, person.as_of]


def _flags(key: Key) -> int:
    bits = zip((_JOINED, _TAG, _WEAK, _MADE), (key.joined, key.tag, key.weak, key.made), strict=True)
    return key.capital + sum(bit for bit, on in bits if on)


def _array(data: bytes) -> Any:
    import numpy as np

    return np.load(io.BytesIO(data), allow_pickle=False)


def _holds(table: Any, lines: Any, size: int) -> bool:
    """Whether the numbers of a compiled file point at what is there."""
    if table.ndim != 2 or table.shape[1] != 3 or table.dtype.kind != "u" or lines.ndim != 1 or lines.dtype.kind != "i":
        return False
    if not 1 <= len(lines) - 1 <= MAX_PEOPLE or lines[0] != 0 or lines[-1] != size or (lines[1:] <= lines[:-1]).any():
        return False
    return bool(len(table) and table[:, 0].max() < len(lines) - 1 and table[:, 1].max() < len(LEVELS))


def _spelled(persons: Sequence[Person], first_names: frozenset[str] | None) -> dict[str, Key]:
    keys: dict[str, Key | None] = {}
    for number, person in enumerate(persons):
        for text, key in spellings.of_names(number, person):
            keys.setdefault(text, key)
    names = set(keys)
    for number, person in enumerate(persons):
        for text, key in spellings.of_aliases(number, person):
            held = keys.setdefault(text, key)
            if held is None or held == key:
                continue
            if held.person != number and text not in names:
                keys[text] = None
            elif held.person == number and held.joined and not key.joined:
                keys[text] = key
    for text, made in _surnames(persons, first_names) if first_names is not None else ():
        if made is not None:
            keys.setdefault(text, made)
    return {text: key for text, key in keys.items() if key is not None}


def _surnames(persons: Sequence[Person], first_names: frozenset[str]) -> Iterator[tuple[str, Key | None]]:
    """Surnames that only one person of the list has."""
    made: dict[str, Key | None] = {}
    for number, person in enumerate(persons):
        for text, key in spellings.of_surnames(number, person, first_names):
            held = made.setdefault(text, key)
            if held is not None and held.person != number:
                made[text] = None
    yield from made.items()
