"""The smallest change of facts that satisfies a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any

from .candidates import closable, options, rank, values_of
from .document import ITEM
from .expression import Both, Count, Document, Fact, ItemField, Items, Node, Not, Quantified, walk
from .pack import Rule

MAX_SINGLE = 300
MAX_PAIRED = 40
"""Options that are tried alone, and in pairs."""
_INDEX = re.compile(r"\[\d+\]")
Change = dict[str, Any]


def counterfactual(rule: Rule, document: Document) -> Change:
    """The fewest facts to change so that the rule is satisfied, those that a poster can change first.

    Composed along the condition, which is smallest where every fact is named once; where facts are named twice,
    single changes of those and pairs of them are tried too. Empty where none is found.
    """

    def passes(change: Mapping[str, Any]) -> bool:
        return rule.when.run(changed(document, change)) is False

    composed = _turn(rule.when, document, False) or {}
    composed = _reduced(composed, passes) if composed and passes(composed) else {}
    if len(composed) == 1:
        return _plain(composed)
    twice = _named_twice(rule.when) if composed else None
    known = [o for o in options(rule.when, document) if twice is None or _INDEX.sub("[]", o[0]) in twice]
    for name, value in known[:MAX_SINGLE]:
        if passes({name: value}):
            return _plain({name: value})
    if len(composed) != 2 and len(known) <= MAX_PAIRED:
        for pair in combinations(known, 2):
            if pair[0][0] != pair[1][0] and passes(dict(pair)):
                return _plain(dict(pair))
    return _plain(composed)


def _named_twice(node: Node) -> set[str]:
    """Facts that the condition reads in more than one place."""
    names: list[str] = []
    for part in walk(node):
        match part:
            case Fact(name=name) | Items(name=name):
                names.append(name)
            case ItemField(items=items, field=field):
                names.append(f"{items}[].{field}")
    return {name for name in names if names.count(name) > 1}


def changed(document: Document, change: Mapping[str, Any]) -> Document:
    """A copy with these facts; a list name closes the list after the items that are known."""
    out = dict(document)
    for name, value in sorted(change.items(), key=lambda c: "." not in c[0]):
        if m := ITEM.fullmatch(name):
            items = list(out[m[1]])
            items[int(m[2])] = {**items[int(m[2])], m[3]: value}
            out[m[1]] = items
        elif "." in name:
            out[name] = value
        else:
            out[name] = list(out.get(name, ()))[:value]
    return out


def _reduced(change: Change, passes: Callable[[Change], bool]) -> Change:
    for name in list(change):
        rest = {k: v for k, v in change.items() if k != name}
        if rest and passes(rest):
            change = rest
    return change


def _turn(node: Node, d: Document, want: bool) -> Change | None:
    """A change that gives the condition this truth; None where none is found."""
    if node.run(d) is want:
        return {}
    match node:
        case Not(of=of):
            return _turn(of, d, not want)
        case Both(absorbs=absorbs, of=parts):
            turned = [_turn(part, d, want) for part in parts]
            return _cheapest(turned) if want is absorbs else _together(turned)
        case Quantified(absorbs=absorbs):
            return _turn_items(node, d, want, want is absorbs)
    return _turn_leaf(node, d, want)


def _cheapest(changes: Iterable[Change | None]) -> Change | None:
    there = [change for change in changes if change is not None]
    return min(there, key=lambda c: (len(c), [rank(*item) for item in c.items()]), default=None)


def _together(changes: Iterable[Change | None]) -> Change | None:
    whole: Change = {}
    for change in changes:
        if change is None:
            return None
        whole |= change
    return whole


def _turn_items(node: Quantified, d: Document, want: bool, one_is_enough: bool) -> Change | None:
    """Through one item, or through all of them; where there may be more, it has to be known that there are none."""
    if not isinstance(node.over, Items):
        return _turn_leaf(node, d, want)
    name = node.over.name
    length = closable(d, name)
    turned: list[Change | None] = []
    for i, item in enumerate(d.get(name, [{}])):
        if item == {}:
            turned.append(None if one_is_enough or length is None else {name: length})
            continue
        change = _turn(node.where, {**d, node.slot: item}, want)
        if change is not None:
            change = {k.replace(node.slot, f"{name}[{i}]", 1): v for k, v in change.items()}
        turned.append(change)
    if one_is_enough:
        return _cheapest(turned)
    return _together(turned)


def _turn_leaf(node: Node, d: Document, want: bool) -> Change | None:
    """One fact of a comparison, changed to a value that it is compared with or to a neighbour of it."""
    nodes = walk(node)
    inner = {part.slot for part in nodes if isinstance(part, Quantified | Count)}
    for part in nodes:
        if isinstance(part, Fact):
            for value in values_of(part.type, part.values, part, nodes):
                if node.run({**d, part.name: value}) is want:
                    return {part.name: value}
        elif isinstance(part, ItemField) and part.field and part.slot not in inner:
            for value in values_of(part.type, part.values, part, nodes):
                if node.run({**d, part.slot: {**d[part.slot], part.field: value}}) is want:
                    return {f"{part.slot}.{part.field}": value}
    return None


def _plain(change: Mapping[str, Any]) -> Change:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in change.items()}
