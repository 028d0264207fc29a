"""Truth with unknown facts: 46 cases, and Google's CEL runtime as the oracle."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from checker.policy.document import Reader
from checker.policy.expression import names
from checker.policy.language import language

from .grammar import SMALL, conditions, documents

A, MISS = "ai.used", "label.present == false"  # `ai.used` is known in these cases, `label.present` is not
GONE = 'endorsement.kind == "none"'  # the whole group is missing
LONG = "f.seconds >= 0.8"
U = None


def faces(*seconds: float | None) -> list[dict[str, Any]]:
    return [{"kind": "unknown"} if s is None else {"seconds": s} for s in seconds]


def doc(used: bool = True, **more: Any) -> dict[str, Any]:
    return {"ai": {"used": used}, "label": {"count": 3}, **more}


SOME, EVERY = f"faces.exists(f, {LONG})", f"faces.all(f, {LONG})"
LOUD = "voices.exists(v, v.seconds >= 0.8)"
NESTED = f"faces.exists(f, {LONG} && {LOUD})"
CASES = [
    (f"{A} && {MISS}", doc(False), False),
    (f"{MISS} && {A}", doc(False), False),
    (f"{A} && {MISS}", doc(), U),
    (f"{MISS} && {A}", doc(), U),
    (f"{A} || {MISS}", doc(), True),
    (f"{MISS} || {A}", doc(), True),
    (f"{A} || {MISS}", doc(False), U),
    (f"{MISS} || {A}", doc(False), U),
    (f"{GONE} && {A}", doc(False), False),
    (f"{GONE} || {A}", doc(), True),
    (MISS, doc(), U),
    ("label.present == true", doc(), U),
    ('label.text != "a"', doc(), U),
    ("label.seconds >= 0.8", doc(), U),
    ("label.seconds < 0.8", doc(), U),
    (GONE, doc(), U),
    ('endorsement.kind != "none"', doc(), U),
    ('label.text in ["a"]', doc(), U),
    ('!(label.text in ["a"])', doc(), U),
    ("!(label.present == true)", doc(), U),
    (f"!({GONE})", doc(), U),
    ("!(label.seconds >= 0.8)", doc(), U),
    (SOME, doc(), U),
    (EVERY, doc(), U),
    (f"!{SOME}", doc(), U),
    ("size(faces) == 0", doc(), U),
    (SOME, doc(faces=[]), False),
    (EVERY, doc(faces=[]), True),
    (SOME, doc(faces=faces(None, 0.9)), True),
    (SOME, doc(faces=faces(0.9, None)), True),
    (SOME, doc(faces=faces(None, 0.1)), U),
    (SOME, doc(faces=faces(0.1, None)), U),
    (EVERY, doc(faces=faces(None, 0.1)), False),
    (EVERY, doc(faces=faces(0.1, None)), False),
    (EVERY, doc(faces=faces(None, 0.9)), U),
    (EVERY, doc(faces=faces(0.9, None)), U),
    (f"!{SOME}", doc(faces=faces(None, 0.1)), U),
    (f"!{EVERY}", doc(faces=faces(None, 0.9)), U),
    ("faces.exists(f, f.synthetic && f.seconds >= 0.8)", doc(faces=faces(0.1)), False),
    ("faces.exists(f, f.synthetic || f.seconds >= 0.8)", doc(faces=faces(0.9)), True),
    (f"{A} && {SOME}", doc(False), False),
    (f"{SOME} || {A}", doc(), True),
    (f"{SOME} || {LOUD}", doc(voices=[{"seconds": 0.9}]), True),
    (NESTED, doc(faces=faces(0.9), voices=[{"synthetic": True}, {"seconds": 0.9}]), True),
    (NESTED, doc(faces=faces(0.9), voices=[{"synthetic": True}, {"seconds": 0.1}]), U),
    (f"{A} && faces.exists(f, {LOUD})", doc(False, faces=faces(0.9), voices=[{"synthetic": True}]), False),
]


@cache
def node(text: str) -> Any:
    found = language(SMALL).compile(text, lambda *problem: pytest.fail(f"{text}: {problem}"))
    assert found is not None
    return found


def ours(text: str, document: dict[str, Any]) -> bool | None:
    return node(text).run(Reader(SMALL, names(node(text)))(document))


@cache
def oracle_env() -> Any:
    from cel_expr_python.cel import NewEnv, Type

    facts = Type.Map(Type.STRING, Type.DYN)
    return NewEnv(variables=dict.fromkeys(SMALL.groups, facts) | dict.fromkeys(SMALL.lists, Type.List(facts)))


def oracle(text: str, document: dict[str, Any]) -> bool | None:
    """Google's runtime; an error about a missing key that nothing absorbs is unknown."""
    env = oracle_env()
    value = env.compile(text).eval(env.Activation(json.loads(json.dumps(document)))).value()
    if isinstance(value, bool):
        return value
    assert str(value).startswith(("NOT_FOUND: Key not found", "UNKNOWN: No value with name")), (text, value)
    return None


def test_there_are_46_cases() -> None:
    assert len(CASES) == 46


@pytest.mark.parametrize(("text", "document", "truth"), CASES, ids=[f"{i}: {c[0]}" for i, c in enumerate(CASES)])
def test_unknown(text: str, document: dict[str, Any], truth: bool | None) -> None:
    assert ours(text, document) is truth
    assert oracle(text, document) is truth


def _open(document: dict[str, Any]) -> bool:
    """Whether an item is empty: to us it may or may not exist, to CEL it exists."""
    return any({} in value for value in document.values() if isinstance(value, list))


@settings(max_examples=200, deadline=None)
@given(conditions, documents)
def test_the_oracle_agrees(text: str, document: dict[str, Any]) -> None:
    mine, theirs = ours(text, document), oracle(text, document)
    if mine is not theirs and not (
        mine is None and _open(document)
    ):  # of a list that is not known we conclude what holds whatever is in it
        for items in ([], [{}]):
            assert oracle(text, document | {name: items for name in SMALL.lists if name not in document}) is mine


@pytest.mark.parametrize(
    ("text", "document", "truth"),
    [
        ("faces.exists(f, f.synthetic || ai.used)", doc(faces=[{}]), U),
        ("faces.all(f, f.synthetic && ai.used)", doc(False, faces=[{}]), U),
        ("faces.exists(f, f.synthetic && ai.used)", doc(False, faces=[{}]), False),
        ("faces.exists(f, f.synthetic)", doc(faces=[{}, {"synthetic": True}]), True),
        ("size(faces) > 0", doc(faces=[{"synthetic": True}, {}]), U),
        ("label.seconds * 1e308 > 1.0", doc(label={"seconds": 1e10}), U),
        ("label.count * 9000000000000000000 > 1", doc(label={"count": 3}), U),
    ],
    ids=str,
)
def test_more_cautious_than_cel(text: str, document: dict[str, Any], truth: bool | None) -> None:
    """An empty item may stand for no item at all; an overflow is unknown."""
    assert ours(text, document) is truth
