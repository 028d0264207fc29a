"""Conditions as a small tree that evaluates itself in Kleene's logic: True, False, or None where unknown.

Every node holds `run`, a closure over a document: ``{"label.present": False, "faces": [{"synthetic": True}]}``.
A fact that is not known is absent. An item ``{}`` of a list stands for items that may exist or not: it alone makes
no `exists` true and no `all` false, and the number of items is unknown.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
Run = Callable[[Document], Any]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda a, b: a in b,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
OPERATORS = {**_COMPARE, **_ARITHMETIC}
_LARGEST_INT = 2**63
_ANY: tuple[Document, ...] = ({},)
"""The items of a list that is not known at all."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """Base: `type` is bool, int, double, string, strings or list."""

    type: str
    run: Run = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "run", self._compile())

    def _compile(self) -> Run:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Const(Node):
    """A literal; of type `strings`, `list`: a frozenset of literals."""

    value: Any

    def _compile(self) -> Run:
        value = self.value
        return lambda _: value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fact(Node):
    """``label.present``; of type `strings`, its value is a tuple."""

    name: str
    values: tuple[str, ...] = ()

    def _compile(self) -> Run:
        name = self.name
        return lambda d: d.get(name)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Items(Node):
    """A list of the vocabulary, such as ``faces``."""

    name: str

    def _compile(self) -> Run:
        name = self.name
        return lambda d: d.get(name)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ItemField(Node):
    """``f.synthetic`` inside ``faces.exists(f, ...)``; an empty `field` is the item itself, a string."""

    slot: str
    variable: str
    items: str
    field: str
    values: tuple[str, ...] = ()

    def _compile(self) -> Run:
        slot, name = self.slot, self.field
        return (lambda d: d[slot].get(name)) if name else (lambda d: d[slot])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not(Node):
    of: Node

    def _compile(self) -> Run:
        run = self.of.run

        def negate(d: Document) -> bool | None:
            x = run(d)
            return None if x is None else not x

        return negate


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Both(Node):
    """All of its parts (`absorbs` False) or any of them (`absorbs` True)."""

    absorbs: bool
    of: tuple[Node, ...]

    def _compile(self) -> Run:
        absorbs, runs = self.absorbs, tuple(part.run for part in self.of)

        def join(d: Document) -> Any:
            unknown = False
            for run in runs:
                x = run(d)
                if x is absorbs:
                    return absorbs
                if x is None:
                    unknown = True
            return None if unknown else not absorbs

        return join


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Apply(Node):
    """A comparison, membership, text test or sum of two terms; unknown if either is."""

    operator: str
    left: Node
    right: Node

    def _compile(self) -> Run:
        apply = OPERATORS[self.operator]
        if self.operator in _ARITHMETIC:
            return _sum(apply, self.left.run, self.right.run)
        left, right = self.left, self.right
        if isinstance(right, Const):
            return _against(apply, left, right.value)
        return _pair(apply, left.run, right.run)


def _against(apply: Callable[[Any, Any], Any], left: Node, value: Any) -> Run:
    """Comparison with a literal: the most frequent leaf, so the look-up is inlined."""
    if isinstance(left, Fact):
        name = left.name

        def fact(d: Document) -> Any:
            x = d.get(name)
            return None if x is None else apply(x, value)

        return fact
    if isinstance(left, ItemField) and left.field:
        slot, key = left.slot, left.field

        def item(d: Document) -> Any:
            x = d[slot].get(key)
            return None if x is None else apply(x, value)

        return item
    run = left.run

    def term(d: Document) -> Any:
        x = run(d)
        return None if x is None else apply(x, value)

    return term


def _pair(apply: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    def both(d: Document) -> Any:
        x = left(d)
        if x is None:
            return None
        y = right(d)
        return None if y is None else apply(x, y)

    return both


def _sum(apply: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    """Arithmetic; what leaves the range of the type is unknown, as an overflow is an error in CEL."""

    def total(d: Document) -> Any:
        x, y = left(d), right(d)
        if x is None or y is None:
            return None
        z = apply(x, y)
        if isinstance(z, float):
            return z if math.isfinite(z) else None
        return z if -_LARGEST_INT <= z < _LARGEST_INT else None

    return total


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Convert(Node):
    """``double(int)``."""

    of: Node

    def _compile(self) -> Run:
        run = self.of.run

        def convert(d: Document) -> float | None:
            x = run(d)
            return None if x is None else float(x)

        return convert


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Matches(Node):
    """A regular expression of RE2, whose time is linear in the text."""

    of: Node
    pattern: str
    search: Callable[[str], bool]

    def _compile(self) -> Run:
        run, search = self.of.run, self.search

        def matches(d: Document) -> bool | None:
            x = run(d)
            return None if x is None else search(x)

        return matches


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantified(Node):
    """``over.exists(variable, where)`` (`absorbs` True) or ``over.all(variable, where)``."""

    absorbs: bool
    over: Node
    slot: str
    variable: str
    where: Node

    def _compile(self) -> Run:
        absorbs, slot, over, where = self.absorbs, self.slot, self.over.run, self.where.run
        text = self.over.type == "strings"

        def fold(d: Document) -> Any:
            items = over(d)
            if items is None:
                if text:
                    return None
                items = _ANY
            unknown = False
            for d[slot] in items:
                x = where(d)
                if x is absorbs and d[slot] != {}:
                    return absorbs
                if x is None or x is absorbs:
                    unknown = True
            return None if unknown else not absorbs

        return fold


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Count(Node):
    """``size(over)``, or with `where` ``size(over.filter(variable, where))``."""

    over: Node
    slot: str = ""
    variable: str = ""
    where: Node | None = None

    def _compile(self) -> Run:
        over, slot = self.over.run, self.slot
        where = self.where.run if self.where else None
        text = self.over.type == "strings"

        def count(d: Document) -> int | None:
            items = over(d)
            if items is None or (not text and not all(items)):
                return None
            if where is None:
                return len(items)
            n = 0
            for d[slot] in items:
                x = where(d)
                if x is None:
                    return None
                n += x
            return n

        return count


def walk(node: Node) -> list[Node]:
    """The node and everything below it."""
    found = [node]
    match node:
        case Both(of=parts):
            below: tuple[Node, ...] = parts
        case Not(of=of) | Convert(of=of) | Matches(of=of):
            below = (of,)
        case Apply(left=left, right=right):
            below = (left, right)
        case Quantified(over=over, where=where):
            below = (over, where)
        case Count(over=over, where=condition):
            below = (over, condition) if condition else (over,)
        case _:
            below = ()
    for part in below:
        found += walk(part)
    return found


def names(node: Node) -> set[str]:
    """Facts that the condition reads: ``label.present``, ``faces[].synthetic``, or ``faces`` where they are counted."""
    found: set[str] = set()
    for part in walk(node):
        match part:
            case Fact(name=name):
                found.add(name)
            case ItemField(items=items, field=field_name) if field_name:
                found.add(f"{items}[].{field_name}")
            case Quantified(over=Items(name=name), where=where) if not any(
                isinstance(p, ItemField) and p.slot == part.slot for p in walk(where)
            ):
                found.add(name)
            case Count(over=Items(name=name)):
                found.add(name)
    return found
