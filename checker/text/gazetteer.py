"""Lists of people in files: the shipped ones, a user's own CSV, the answers of Wikidata.

CSV columns: name, kind, role, country, aliases, as_of; aliases are parted by ``|`` and may carry a mark:
``^Alias`` counts only when written with a capital, ``^^Alias`` also not at the start of a sentence,
``#alias`` only as a hashtag or handle. A marked alias that repeats the name marks the name.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .normalise import fold

KINDS = ("public_figure", "private", "minor", "self")
COLUMNS = ("name", "kind", "role", "country", "aliases", "as_of")
MAX_BYTES = 512 * 2**20
MAX_PEOPLE = 2_000_000
MAX_NAME = 120
MAX_ALIASES = 60

_AS_OF = re.compile(r"(?:1[0-9]|20)\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_QID = re.compile(r"[QPL]\d+")
_ROLES = {
    "musician": "singer rapper musician composer songwriter singer-songwriter disc_jockey pianist guitarist",
    "actor": "actor film_actor television_actor stage_actor voice_actor actress",
    "athlete": "athlete association_football_player basketball_player tennis_player boxer swimmer racing_driver",
    "author": "writer author novelist poet screenwriter",
    "artist": "artist painter sculptor photographer fashion_designer",
    "creator": "youtuber streamer influencer tiktoker blogger podcaster",
    "executive": "entrepreneur businessperson chief_executive_officer business_executive",
    "scientist": "scientist physicist chemist biologist mathematician computer_scientist economist",
    "journalist": "journalist news_presenter television_presenter",
    "politician": "politician diplomat",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_ROLE_OF |= {"Q82955": "politician", "Q177220": "musician", "Q639669": "musician", "Q33999": "actor"}
_ROLE_OF |= {"Q10800557": "actor", "Q2066131": "athlete", "Q937857": "athlete", "Q36180": "author"}
_ROLE_OF |= {"Q1930187": "journalist", "Q901": "scientist", "Q43845": "executive", "Q1028181": "artist"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be named; facts about a public role only."""

    name: str
    kind: str = "public_figure"
    role: str = ""
    country: str = ""
    aliases: tuple[str, ...] = ()
    as_of: str = ""


def load(path: Path) -> list[Person]:
    """People of a `.csv` file, or of a `.json` file from Wikidata.

    Raises: UsageError with file and line.
    """
    return load_wikidata(path) if path.suffix.lower() == ".json" else load_csv(path)


def load_csv(path: Path) -> list[Person]:
    """People of a CSV file in UTF-8 whose first line names the columns; only `name` is required.

    Raises: UsageError with file and line.
    """
    reader = csv.reader(io.StringIO(_read(path), newline=""), strict=True)
    people: list[Person] = []
    seen: dict[str, int] = {}
    try:
        head = [cell.strip().lower() for cell in next(reader, [])]
        if "name" not in head or set(head) - set(COLUMNS) or len(set(head)) < len(head):
            raise _wrong(path, 1, f"the first line must name columns out of `{','.join(COLUMNS)}`, each once")
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(head):
                raise _wrong(path, reader.line_num, f"{len(row)} cells where the first line has {len(head)}")
            person = _person(path, reader.line_num, dict(zip(head, row, strict=True)))
            first = seen.setdefault(fold(person.name), reader.line_num)
            if first != reader.line_num:
                raise _wrong(path, reader.line_num, f"`{person.name}` is already in line {first}; merge the two")
            people.append(person)
            if len(people) > MAX_PEOPLE:
                raise _wrong(path, reader.line_num, f"more than {MAX_PEOPLE} people; split the file")
    except csv.Error as error:
        raise _wrong(path, reader.line_num, f"not CSV: {error}") from error
    return people


def load_wikidata(path: Path) -> list[Person]:
    """People of a Wikidata answer: query JSON with `personLabel`, ... or entities; single-word aliases get ``^^``.

    Raises: UsageError.
    """
    try:
        data = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise _wrong(path, getattr(error, "lineno", 1), "not JSON, or nested too deeply") from error
    people: dict[str, Person] = {}
    for found in _rows(path, data):
        if not _usable(found.name) or _QID.fullmatch(found.name):
            continue
        found = replace(found, aliases=tuple(filter(None, map(_careful, found.aliases))))
        known = people.get(fold(found.name), found)
        aliases = [a for a in dict.fromkeys((*known.aliases, *found.aliases)) if _usable(a.lstrip("^"))]
        kind = "minor" if "minor" in (known.kind, found.kind) else found.kind
        role = known.role or found.role
        people[fold(found.name)] = replace(known, kind=kind, role=role, aliases=tuple(aliases[:MAX_ALIASES]))
        if len(people) > MAX_PEOPLE:
            raise _wrong(path, 1, f"more than {MAX_PEOPLE} people; split the file")
    return list(people.values())


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _wrong(path, 1, f"larger than {MAX_BYTES >> 20} MiB; split the file")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read people from `{path}`: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _wrong(path, line, "not UTF-8; save the file as UTF-8") from error


def _person(path: Path, line: int, row: dict[str, str]) -> Person:
    row = {key: unicodedata.normalize("NFC", cell).strip() for key, cell in row.items()}
    aliases = tuple(dict.fromkeys(a.strip() for a in row.get("aliases", "").split("|") if a.strip()))
    for name in (row["name"], *(alias.lstrip("^#") for alias in aliases)):
        if not _usable(name):
            raise _wrong(path, line, f"`{name[:40]}` is no name: 2 to {MAX_NAME} characters, with a letter")
    if len(aliases) > MAX_ALIASES:
        raise _wrong(path, line, f"{len(aliases)} aliases; at most {MAX_ALIASES}")
    if (kind := row.get("kind") or "public_figure") not in KINDS:
        raise _wrong(path, line, f"kind `{kind[:40]}`; use one of `{', '.join(KINDS)}`")
    for column in ("role", "country"):
        if len(row.get(column, "")) > MAX_NAME or not row.get(column, "").isprintable():
            raise _wrong(path, line, f"`{column}` is too long or not printable")
    if (as_of := row.get("as_of", "")) and not _AS_OF.fullmatch(as_of):
        raise _wrong(path, line, f"as_of `{as_of[:40]}`; write a year or a date such as 2025-06-30")
    return Person(row["name"], kind, row.get("role", ""), row.get("country", ""), aliases, as_of)


def _usable(name: str) -> bool:
    return (
        2 <= len(name) <= MAX_NAME
        and name[0] not in "^#@"
        and not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name)
        and any(c.isalpha() for c in fold(name))
    )


def _careful(alias: str) -> str | None:
    """An alias of an unknown list: a single word counts only as a name, a short one not at all."""
    alias = alias.strip()
    if " " in alias or not alias.isascii():
        return alias or None
    return f"^^{alias}" if len(alias) > 3 and alias[0].isupper() else None


def _rows(path: Path, data: Any) -> Iterator[Person]:
    if isinstance(data, dict) and isinstance(data.get("results"), dict):
        rows = data["results"].get("bindings")
        yield from (_binding(row) for row in _dicts(rows))
        return
    if isinstance(data, dict):
        data = data.get("entities", data)
    if isinstance(data, dict):
        data = [data] if "labels" in data else list(data.values())
    if not isinstance(data, list):
        raise _wrong(path, 1, "neither a Wikidata query answer nor entities")
    yield from filter(None, map(_entity, _dicts(data)))


def _binding(row: dict[str, Any]) -> Person:
    cells = {key: str(cell["value"]) for key, cell in row.items() if isinstance(cell, dict) and "value" in cell}
    occupation = cells.get("occupationLabel") or cells.get("positionLabel") or ""
    word = occupation.lower().replace(" ", "_")[:MAX_NAME]
    aliases = tuple(a for a in re.split(r"\s*[|,;]\s*", cells.get("altLabel", "")) if a)
    birth = cells.get("birthDate") or cells.get("dateOfBirth") or ""
    name = cells.get("personLabel") or cells.get("itemLabel") or ""
    return Person(name, _kind(birth), _ROLE_OF.get(word, word), cells.get("countryLabel", "")[:MAX_NAME], aliases)


def _entity(entity: dict[str, Any]) -> Person | None:
    claims = _dict(entity.get("claims"))
    instance = [v.get("id") for v in _values(claims, "P31")]
    if instance and "Q5" not in instance:
        return None
    labels = _words(entity.get("labels"))
    if not labels:
        return None
    name = labels.get("en") or labels.get("mul") or next(iter(labels.values()))
    others = _dict(entity.get("aliases")).values()
    more = [a["value"] for group in others for a in _dicts(group) if isinstance(a.get("value"), str)]
    roles = [_ROLE_OF[str(v.get("id"))] for v in _values(claims, "P106") if str(v.get("id")) in _ROLE_OF]
    birth = next((str(v.get("time", "")).lstrip("+") for v in _values(claims, "P569")), "")
    aliases = tuple(a for a in (*labels.values(), *more) if a != name)
    return Person(name, _kind(birth), roles[0] if roles else "", "", aliases)


def _words(labels: Any) -> dict[str, str]:
    return {
        key: v["value"] for key, v in _dict(labels).items() if isinstance(v, dict) and isinstance(v.get("value"), str)
    }


def _values(claims: dict[str, Any], which: str) -> Iterator[dict[str, Any]]:
    for claim in _dicts(claims.get(which)):
        value: Any = claim
        for key in ("mainsnak", "datavalue", "value"):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, dict):
            yield value


def _kind(birth: str) -> str:
    """Whoever may be under 18 is a minor, however public."""
    born = re.match(r"\d{4}", birth)
    return "minor" if born and date.today().year - int(born[0]) <= 18 else "public_figure"


def _dicts(items: Any) -> Iterator[dict[str, Any]]:
    if isinstance(items, Iterable) and not isinstance(items, str):
        yield from (item for item in items if isinstance(item, dict))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _wrong(path: Path, line: int, what: str) -> UsageError:
    return UsageError(f"{path}:{line}: {what}")
