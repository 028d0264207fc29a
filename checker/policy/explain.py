"""Why a rule concludes what it does: facts that suffice, facts that are missing, the smallest change that passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from ..types import Fact as TableFact
from ..types import Finding, Outcome
from .counterfactual import counterfactual
from .document import pick, rebuild
from .evaluate import outcome
from .expression import (
    Apply,
    Both,
    Convert,
    Count,
    Document,
    Fact,
    ItemField,
    Items,
    Matches,
    Node,
    Not,
    Quantified,
    walk,
)
from .pack import Rule

MAX_FACTS = 200
"""Of a reason that is made minimal; beyond, as with very long lists, every fact that was used is told."""
Names = frozenset[str]
_NONE: Names = frozenset()


def explained(
    finding: Finding, rule: Rule, full: Document, firm: Document, table: Mapping[str, TableFact], day: date
) -> Finding:
    """The finding with `because`, `missing`, `counterfactual`, `evidence` and, where unclear, the message."""
    found = finding.outcome
    if not rule.in_force(day):
        since = f"in force from {rule.from_day}" if rule.from_day and day < rule.from_day else ""
        return replace(finding, message=since or f"in force until {rule.until_day}")
    if found is Outcome.UNCLEAR:
        missing = tuple(sorted(_lacking(rule, full)))
        reasons = {t.unknown for name in missing if (t := _row(table, name)) and t.unknown}
        why = f" ({'; '.join(sorted(reasons))})" if reasons else ""
        message = f"{rule.title}: cannot be checked, because {_listed(missing)} not known{why}"
        return replace(finding, missing=missing, message=message, counterfactual=counterfactual(rule, full))
    exempt = rule.unless is not None and rule.unless.run(firm) is True
    known = firm if exempt or (found is Outcome.VIOLATED and not finding.estimate_only) else full
    because = sufficient(rule, known, day)
    evidence = dict.fromkeys(e for name in because if (t := _row(table, name)) for e in t.evidence)
    turned = counterfactual(rule, full) if found is Outcome.VIOLATED else {}
    return replace(finding, because=because, evidence=tuple(evidence), counterfactual=turned)


def _row(table: Mapping[str, TableFact], name: str) -> TableFact | None:
    return table.get(name) or table.get(name.partition("[")[0])


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return f"{shown} {'is' if len(names) == 1 else 'are'}"


def sufficient(rule: Rule, document: Document, day: date) -> dict[str, Any]:
    """Facts that alone lead to the same outcome, none of which can be left out."""
    target = outcome(rule, document, day)
    applies = rule.applies_when
    if rule.unless is not None and rule.unless.run(document):
        names = _reasons(rule.unless, document)
    elif target is Outcome.NOT_APPLICABLE and applies is not None:
        names = _reasons(applies, document)
    else:
        names = _reasons(rule.when, document)
        if target is Outcome.VIOLATED and applies is not None:
            names |= _reasons(applies, document)
    kept = pick(document, names)
    used = [rule.when, *(c for c in (applies, rule.unless) if c is not None)]
    minimal = len(kept) > MAX_FACTS or (len(used) == 1 and _reads_once(rule.when))
    for name in () if minimal else sorted(kept, reverse=True):
        rest = {k: v for k, v in kept.items() if k != name}
        if outcome(rule, rebuild(rest), day) is target:
            kept = rest
    return {name: list(v) if isinstance(v, tuple) else v for name, v in kept.items()}


@lru_cache(maxsize=4096)
def _reads_once(node: Node) -> bool:
    """Whether no fact can decide two parts of the condition, so that its reasons are minimal as they are composed."""
    names: list[str] = []
    for part in walk(node):
        match part:
            case Fact(name=name) | Items(name=name):
                names.append(name)
            case ItemField(items=items, field=field):
                names.append(f"{items}[].{field}")
            case Count():
                return False
            case Quantified(where=where) if any(
                isinstance(p, Fact | Items) or (isinstance(p, ItemField) and p.slot != part.slot) for p in walk(where)
            ):
                return False
            case _:
                pass
    return len(names) == len(set(names))


def _reasons(node: Node, d: Document) -> Names:
    """Facts that suffice for the truth of a decided condition; not yet minimal where one is used twice."""
    truth = node.run(d)
    match node:
        case Not(of=of):
            return _reasons(of, d)
        case Both(absorbs=absorbs, of=parts):
            decided = [_reasons(part, d) for part in parts if part.run(d) is truth]
            return min(decided, key=len) if truth is absorbs else _union(decided)
        case Quantified():
            return _quantified_reasons(node, d)
    return _read(node, d)


def _items(node: Quantified | Count, d: Document) -> list[Any]:
    """What a quantifier goes over; of a list that is not known, the item that stands for any."""
    items = node.over.run(d)
    if items is None:
        return [{}] if isinstance(node.over, Items) else []
    return list(items)


def _quantified_reasons(node: Quantified, d: Document) -> Names:
    truth = node.run(d)
    decided: list[Names] = []
    for i, item in enumerate(_items(node, d)):
        d[node.slot] = item
        if node.where.run(d) is truth and not (truth is node.absorbs and item == {}):
            own = _reasons(node.where, d)
            decided.append(_placed(own, node, i, item))
    if truth is node.absorbs:
        whole = _NONE if isinstance(node.over, Items) else _read(node.over, d)
        return min(decided, key=len) | whole
    return _union(decided) | {_name(node.over)}


def _placed(names: Names, node: Quantified | Count, index: int, item: Any) -> Names:
    """Facts of the quantifier's variable by the name of the item; one of them where only that it exists matters."""
    over = _name(node.over)
    if isinstance(node.over, Items) and item and not any(n.startswith(f"{node.slot}.") for n in names):
        names |= {f"{node.slot}.{next(iter(item))}"}
    return frozenset(
        f"{over}[{index}]{n.removeprefix(node.slot)}" if n.startswith(f"{node.slot}.") else n
        for n in names
        if n != node.slot
    )


def _name(node: Node) -> str:
    return node.name if isinstance(node, Fact | Items) else ""


def _union(names: Iterable[Names]) -> Names:
    return frozenset().union(*names)


def _read(node: Node, d: Document) -> Names:
    """Every fact that a term reads."""
    match node:
        case Fact(name=name) | Items(name=name):
            return frozenset({name})
        case ItemField(slot=slot, field=field, items=items):
            return frozenset({f"{slot}.{field}"}) if items else frozenset({slot})
        case Apply(left=left, right=right):
            return _read(left, d) | _read(right, d)
        case Convert(of=of) | Matches(of=of) | Not(of=of):
            return _read(of, d)
        case Both(of=parts):
            return _union(_read(part, d) for part in parts)
        case Quantified(where=where) | Count(where=Node() as where):
            found = {_name(node.over)}
            for i, item in enumerate(_items(node, d)):
                d[node.slot] = item
                found |= _placed(_read(where, d), node, i, item)
            return frozenset(found)
        case Count(over=over):
            found = {_name(over)}
            for i, item in enumerate(_items(node, d)):
                found |= _placed(_NONE, node, i, item)
            return frozenset(found)
    return _NONE


def _lacking(rule: Rule, d: Document) -> Names:
    """Facts without which neither `applies_when` nor `when` can be decided."""
    names = _missing(rule.when, d)
    return names | _missing(rule.applies_when, d) if rule.applies_when is not None else names


def _missing(node: Node, d: Document) -> Names:
    """Absent facts that leave the node unknown; none where it is known."""
    if node.run(d) is not None:
        return _NONE
    match node:
        case Both(of=parts):
            return _union(_missing(part, d) for part in parts)
        case Not(of=of) | Convert(of=of) | Matches(of=of):
            return _missing(of, d)
        case Apply(left=left, right=right):
            return _missing(left, d) | _missing(right, d)
        case ItemField(slot=slot, field=field):
            return frozenset({f"{slot}.{field}"})
        case Fact(name=name) | Items(name=name):
            return frozenset({name})
        case Quantified(where=where) | Count(where=Node() as where):
            return _missing_items(node, where, d)
        case Count(over=over):
            return frozenset({_name(over)})
    return _NONE


def _missing_items(node: Quantified | Count, where: Node, d: Document) -> Names:
    over = _name(node.over)
    items = _items(node, d)
    found: set[str] = set() if items else {over}
    for i, item in enumerate(items):
        d[node.slot] = item
        missing = _missing(where, d)
        if item == {}:  # there may be more of them
            found |= {over, *(n for n in missing if not n.startswith(f"{node.slot}."))}
        else:
            found |= _placed(missing, node, i, None)
    return frozenset(found)
