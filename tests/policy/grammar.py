"""A small vocabulary, and hypothesis strategies for documents and conditions over it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from checker.facts import Field, Vocabulary
from checker.policy import Policy
from checker.policy.load import loads

KINDS = ("none", "political", "commercial")
WHO = ("private", "public_figure", "unknown")
SMALL = Vocabulary(
    groups={
        "ai": {"used": Field("bool", ""), "visual": Field("bool", "")},
        "label": {
            "present": Field("bool", ""),
            "seconds": Field("double", ""),
            "count": Field("int", ""),
            "text": Field("string", ""),
        },
        "endorsement": {"kind": Field("string", "", KINDS)},
        "context": {"places": Field("strings", ""), "artistic": Field("bool", "")},
    },
    lists={
        "faces": {"synthetic": Field("bool", ""), "kind": Field("string", "", WHO), "seconds": Field("double", "")},
        "voices": {"synthetic": Field("bool", ""), "seconds": Field("double", "")},
    },
)

numbers = st.sampled_from([0.0, 0.5, 1.0, 2.5])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "double": numbers,
    "int": st.integers(0, 3),
    "string": st.sampled_from(["", "EU", "ai", "US-NY"]),
    "strings": st.lists(st.sampled_from(["EU", "US-NY", "CN"]), max_size=2, unique=True),
}


def _known(row: Field) -> st.SearchStrategy[Any]:
    return st.sampled_from(row.values) if row.values else VALUES[row.type]


def _group(fields: dict[str, Field]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: _known(row) for key, row in fields.items()})


documents: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        **{name: _group(dict(fields)) for name, fields in SMALL.groups.items()},
        **{name: st.lists(_group(dict(fields)), max_size=3) for name, fields in SMALL.lists.items()},
    },
)
"""Facts of which any may be unknown."""

_COMPARE = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def _leaf(prefix: str, fields: dict[str, Field]) -> st.SearchStrategy[str]:
    options: list[st.SearchStrategy[str]] = []
    for key, row in fields.items():
        name = f"{prefix}.{key}"
        if row.type == "bool":
            options.append(st.sampled_from([name, f"!{name}", f"{name} == false", f"{name} != true"]))
        elif row.type == "double":
            options.append(st.builds(lambda o, v, n=name: f"{n} {o} {v}", _COMPARE, numbers))
            options.append(st.builds(lambda o, v, n=name: f"{v} {o} {n}", _COMPARE, numbers))
            options.append(st.builds(lambda o, v, n=name: f"{n} * 2.0 - 1.0 {o} {v}", _COMPARE, numbers))
        elif row.type == "int":
            options.append(st.builds(lambda o, v, n=name: f"{n} {o} {v}", _COMPARE, st.integers(0, 3)))
            options.append(st.builds(lambda v, n=name: f"double({n}) + 0.5 > {v}", numbers))
        elif row.type == "string" and row.values:
            options.append(st.builds(lambda v, n=name: f'{n} == "{v}"', st.sampled_from(row.values)))
            options.append(st.builds(lambda v, n=name: f'!({n} in ["{v}"])', st.sampled_from(row.values)))
        elif row.type == "string":
            options.append(
                st.sampled_from(
                    [
                        f'{name} == "EU"',
                        f'{name}.startsWith("US")',
                        f'{name}.contains("i")',
                        f'{name}.matches("^(E|a)")',
                    ]
                )
            )
        else:
            options.append(st.sampled_from([f'"EU" in {name}', f'{name}.exists(j, j.startsWith("US"))']))
    return st.one_of(options)


def _join(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.builds(lambda a, o, b: f"({a} {o} {b})", parts, st.sampled_from(["&&", "||"]), parts)
    return st.one_of(pair, st.builds(lambda a: f"!({a})", parts))


scalars = st.one_of([_leaf(name, dict(fields)) for name, fields in SMALL.groups.items()])


def _quantified(name: str, variable: str) -> st.SearchStrategy[str]:
    inner = st.one_of(_leaf(variable, dict(SMALL.lists[name])), scalars)
    inner = st.one_of(inner, _join(inner))
    exists = st.builds(lambda q, c: f"{name}.{q}({variable}, {c})", st.sampled_from(["exists", "all"]), inner)
    count = st.builds(lambda c, o: f"size({name}.filter({variable}, {c})) {o} 1", inner, _COMPARE)
    return st.one_of(exists, exists, count, st.builds(lambda o: f"size({name}) {o} 1", _COMPARE))


def _nested(name: str, variable: str, other: str, inner: str) -> st.SearchStrategy[str]:
    return st.builds(
        lambda a, b: (
            f"{name}.exists({variable}, {a} && {other}.exists({inner}, {b} || {inner}.seconds < {variable}.seconds))"
        ),
        _leaf(variable, dict(SMALL.lists[name])),
        _leaf(inner, dict(SMALL.lists[other])),
    )


_leaves = st.one_of(
    scalars, _quantified("faces", "f"), _quantified("voices", "v"), _nested("faces", "f", "voices", "v")
)
conditions: st.SearchStrategy[str] = st.recursive(_leaves, _join, max_leaves=5)
"""CEL text."""


def pack(*rules: dict[str, Any], **extra: Any) -> Policy:
    """A policy over `SMALL` of these rules; what a rule does not say is filled in."""
    full = [{"id": f"r{i}", "title": f"Rule {i}", "verdict": "reject"} | rule for i, rule in enumerate(rules)]
    head = {"policy": "test", "version": "1", "title": "Test"} | extra
    return loads(json.dumps(head | {"rules": full}), "test.yaml", SMALL)


def hide(document: dict[str, Any], drop: Any) -> dict[str, Any]:
    """The document without the facts for which `drop()` is true; a dropped list is open or absent."""
    out: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, list):
            if not drop():
                out[name] = [{k: v for k, v in item.items() if not drop()} for item in value]
        else:
            out[name] = {k: v for k, v in value.items() if not drop()}
    return out
