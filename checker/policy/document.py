"""Facts as they come from outside -> the flat document that conditions read: known and well typed, or absent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..facts import Field, Vocabulary
from .expression import Document

MAX_ITEMS = 1_000
"""Of a list; what is beyond is read as "there may be more"."""
_LARGEST_INT = 2**63

Accept = Callable[[Any], Any]
ITEM = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")


class Reader:
    """Reads those facts that a pack uses.

    A value of another type, a null, NaN, an infinity or a word that is not of the enumeration is not known.
    """

    __slots__ = ("_groups", "_lists")

    def __init__(self, vocabulary: Vocabulary, used: Iterable[str]) -> None:
        used = set(used)
        self._groups: list[tuple[str, list[tuple[str, str, Accept]]]] = []
        for group, fields in vocabulary.groups.items():
            wanted = [(k, f"{group}.{k}", accept(row)) for k, row in fields.items() if f"{group}.{k}" in used]
            if wanted:
                self._groups.append((group, wanted))
        self._lists: list[tuple[str, list[tuple[str, Accept]]]] = []
        for name, fields in vocabulary.lists.items():
            whole = name in used
            keys = [(k, accept(row)) for k, row in fields.items() if whole or f"{name}[].{k}" in used]
            if keys:
                self._lists.append((name, keys))

    def __call__(self, source: Mapping[str, Any]) -> Document:
        """Flat document of ``{group: {field: value}, list: [{field: value}]}``."""
        out: Document = {}
        for group, fields in self._groups:
            known = source.get(group)
            if type(known) is not dict and not isinstance(known, Mapping):
                continue
            for key, name, take in fields:
                value = known.get(key)
                if value is not None and (value := take(value)) is not None:
                    out[name] = value
        for name, keys in self._lists:
            found = source.get(name)
            if isinstance(found, list | tuple):
                out[name] = [_item(item, keys) for item in found[:MAX_ITEMS]]
                if len(found) > MAX_ITEMS:
                    out[name].append({})
        return out


def _item(item: Any, keys: list[tuple[str, Accept]]) -> Document:
    if type(item) is not dict and not isinstance(item, Mapping):
        return {}
    out = {}
    for key, take in keys:
        value = item.get(key)
        if value is not None and (value := take(value)) is not None:
            out[key] = value
    return out


def accept(row: Field) -> Accept:
    """The check of one row: the value as its type, or None."""
    if row.type == "strings":
        return _strings(frozenset(row.values))
    if row.type == "string":
        return _enumerated(frozenset(row.values)) if row.values else _string
    return {"bool": _bool, "int": _int, "double": _double}[row.type]


def _bare(value: Any) -> Any:
    """A numpy scalar as the Python number."""
    return value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value


def _bool(value: Any) -> bool | None:
    if value is True or value is False:
        return bool(value)
    value = _bare(value)
    return value if isinstance(value, bool) else None


def _int(value: Any) -> int | None:
    if type(value) is not int:
        value = _bare(value)
    return value if type(value) is int and -_LARGEST_INT <= value < _LARGEST_INT else None


def _double(value: Any) -> float | None:
    if type(value) is not float:
        value = _bare(value)
        if type(value) is int and -_LARGEST_INT <= value < _LARGEST_INT:
            value = float(value)
    return value if type(value) is float and math.isfinite(value) else None


def _string(value: Any) -> str | None:
    return value if type(value) is str else str.__str__(value) if isinstance(value, str) else None


def _enumerated(values: frozenset[str]) -> Accept:
    return lambda value: value if type(value) is str and value in values else _member(value, values)


def _member(value: Any, values: frozenset[str]) -> str | None:
    text = _string(value)
    return text if text in values else None


def _strings(values: frozenset[str]) -> Accept:
    def take(value: Any) -> tuple[str, ...] | None:
        if not isinstance(value, list | tuple | set | frozenset) or len(value) > MAX_ITEMS:
            return None
        texts = tuple(_string(v) for v in value)
        known = tuple(t for t in texts if t is not None and (not values or t in values))
        return known if len(known) == len(texts) else None

    return take


def flatten(document: Document) -> dict[str, Any]:
    """Every fact by name: ``label.present``, ``faces[0].synthetic``, and ``faces`` = how many items there are."""
    out: dict[str, Any] = {}
    for name, value in document.items():
        if name.startswith("@"):  # a variable of a quantifier
            continue
        if isinstance(value, list):
            if all(value):
                out[name] = len(value)
            out |= {f"{name}[{i}].{key}": v for i, item in enumerate(value) for key, v in item.items()}
        else:
            out[name] = value
    return out


def pick(document: Document, names: Iterable[str]) -> dict[str, Any]:
    """Those of the facts that are known, in alphabetical order; a list only where its end is."""
    out: dict[str, Any] = {}
    for name in sorted(names):
        if m := ITEM.fullmatch(name):
            out[name] = document[m[1]][int(m[2])][m[3]]
        elif name in document:
            value = document[name]
            if not isinstance(value, list):
                out[name] = value
            elif all(value):
                out[name] = len(value)
    return out


def rebuild(facts: Mapping[str, Any]) -> Document:
    """The document that knows these facts and nothing else: the inverse of `flatten`."""
    out: Document = {}
    lengths = {name: value for name, value in facts.items() if "." not in name}
    for name, value in facts.items():
        if m := ITEM.fullmatch(name):
            items = out.setdefault(m[1], [])
            items += [{} for _ in range(int(m[2]) + 1 - len(items))]
            items[int(m[2])][m[3]] = value
        elif "." in name:
            out[name] = value
    for name, items in list(out.items()):
        if isinstance(items, list) and name not in lengths:
            items.append({})
    for name, length in lengths.items():
        items = out.setdefault(name, [])
        items += [{} for _ in range(length - len(items))]
    return out
