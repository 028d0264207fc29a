"""Which single facts could be changed, and to what, so that a condition turns false."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .expression import Apply, Const, Document, Fact, ItemField, Items, Matches, Node, walk

_FIRST = ("label", "post", "context", "endorsement", "provenance", "text")
_LATER = ("consent", "synthetic", "kind")


def options(node: Node, d: Document) -> list[tuple[str, Any]]:
    """``(name, value)`` pairs that differ from the document, what a poster can change first."""
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for name, old, value in _all(node, d):
        if value != old or type(value) is not type(old):
            found.setdefault((name, repr(value)), (name, value))
    return sorted(found.values(), key=lambda change: rank(*change))


def rank(name: str, value: Any) -> tuple[int, bool]:
    """Labels and toggles before declarations, those before what the video shows; turned on rather than off."""
    group, _, key = name.partition(".")
    if "[" in name:
        return (len(_FIRST) + (_LATER.index(key) if key in _LATER else len(_LATER)), value is False)
    return (_FIRST.index(group) if group in _FIRST else len(_FIRST) + len(_LATER), value is False)


def _all(node: Node, d: Document) -> Iterator[tuple[str, Any, Any]]:
    nodes = walk(node)
    for part in nodes:
        match part:
            case Fact(type=type_, name=name, values=values):
                for value in values_of(type_, values, part, nodes):
                    yield name, d.get(name), value
            case ItemField(type=type_, items=items, field=key, values=values) if items:
                for i, item in ((i, item) for i, item in enumerate(d.get(items, ())) if item != {}):
                    for value in values_of(type_, values, part, nodes):
                        yield f"{items}[{i}].{key}", item.get(key), value
            case Items(name=name) if (length := closable(d, name)) is not None:
                yield name, None, length


def closable(d: Document, name: str) -> int | None:
    """How many items a list has if the open end of it is closed; None where it is closed, or open in its midst."""
    items = d.get(name, [{}])
    ends = len(items) > 0 and items[-1] == {}
    return len(items) - 1 if ends and all(items[:-1]) else None


def values_of(type_: str, enumerated: tuple[str, ...], fact: Node, nodes: Iterable[Node]) -> Iterator[Any]:
    """Values worth trying: those that the condition compares the fact with, and their neighbours."""
    if type_ == "bool":
        yield from (True, False)
        return
    constants = [c for part in nodes if isinstance(part, Apply) and _same(part, fact) for c in _constants(part)]
    constants = [c for c in constants if isinstance(c, str) is (type_ in ("string", "strings"))]
    if type_ == "strings":
        yield ()
        yield from ((c,) for c in constants)
    elif type_ == "string":
        yield from enumerated or ("", *constants, *(f"{c}-other" for c in constants))
    else:
        number = int if type_ == "int" else float
        step = number(1 if type_ == "int" else 0.01)
        yield from (v for c in map(number, constants) for v in (c, c + step, c - step))
        yield number(0)
    if type_ == "string" and any(isinstance(p, Matches) and p.of is fact for p in nodes):
        yield ""


def _same(part: Apply, fact: Node) -> bool:
    def key(node: Node) -> tuple[str, ...]:
        if isinstance(node, Fact):
            return (node.name,)
        return (node.slot, node.field) if isinstance(node, ItemField) else ()

    return any(key(p) == key(fact) for side in (part.left, part.right) for p in walk(side) if key(p))


def _constants(part: Apply) -> list[Any]:
    found: list[Any] = []
    for side in (part.left, part.right):
        if isinstance(side, Const):
            found += sorted(side.value) if isinstance(side.value, frozenset) else [side.value]
    return found
