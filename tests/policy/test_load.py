"""Every mistake at once, each where it is; hostile files never crash, hang or load wrongly."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest

from checker.errors import PolicyError
from checker.facts import FACTS
from checker.policy import evaluate, load_policy, load_suppressions
from checker.policy.load import folder, loads
from checker.policy.schema import json_schema

from .grammar import SMALL, pack

HEAD = "policy: p\nversion: '1'\ntitle: T\nrules:\n"
RULE = HEAD + "- {id: r, title: R, verdict: flag, when: ai.used}\n"


def problems(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        loads(text, "p.yaml", SMALL)
    return [line for line in str(caught.value).splitlines() if line.startswith("p.yaml")]


CONDITIONS = [
    ("label.prezent", "unknown fact `label.prezent`", "present"),
    ("labell.present", "unknown fact `labell.present`", "label.present"),
    ("present", "unknown fact `present`", "label.present"),
    ("faces.exists(f, f.sintetic)", "unknown fact `faces[].sintetic`", "synthetic"),
    ("label.text > 0.5", "does not fit (string, double)", ""),
    ("label.present == 1", "does not fit (bool, int)", ""),
    ("label.seconds > 1", "does not fit (double, int)", "1.0"),
    ("label.count > 1.0", "does not fit (int, double)", "whole number"),
    ("size(faces)", "true or false, this is int", "size(faces) > 0"),
    ("label.present &&", "syntax error", ""),
    ("has(label.present)", "`has` is not available", "absent"),
    ("label.seconds == null", "does not fit", ""),
    ("null == null", "null is not available", "never null"),
    ("dyn(label.count) == 1", "`dyn` is not available", ""),
    ('endorsement.kind == "comercial"', "`comercial` is not a value of `endorsement.kind`", "commercial"),
    ('endorsement.kind in ["none", "x"]', "`x` is not a value", "commercial, none, political"),
    ('"comercial" != endorsement.kind', "`comercial` is not a value", "commercial"),
    ('faces.exists(f, f.kind == "privat")', "`privat` is not a value", "private"),
    ('label.text.matches("(")', "not a regular expression", "RE2"),
    ("label.text.matches(label.text)", "has to be written out", ""),
    ("nope(label.text)", "unknown function `nope`", ""),
    ('"present" in label', "does not fit (string, label)", "group.field"),
    ("label == label", "is a group of facts", "label.present"),
    ("faces == faces", "lists and items cannot be compared", ""),
    ("faces[0].synthetic", "is not available", ""),
    ("faces.exists(f, faces.exists(g, f == g))", "lists and items cannot be compared", ""),
    ("faces.exists_one(f, f.synthetic)", "is not available", ""),
    ("faces.map(f, f.synthetic) == [true]", "is not available", "exists"),
    ("label.present ? ai.used : ai.visual", "is not available", "a && b"),
    ("label.seconds / 2.0 > 1.0", "is not available", "multiply"),
    ("type(label.text) == string", "is not available", ""),
    ('label.text == b"x"', "does not fit", ""),
    ("label.count == 1u", "does not fit", ""),
    ('timestamp(label.text) < timestamp("2020-01-01T00:00:00Z")', "is not available", ""),
    ("faces.exists(label, label.synthetic)", "`label` already means something else", "another name"),
    ("faces.exists(a, faces.exists(b, faces.exists(c, c.synthetic)))", "nested deeper than 2", ""),
    ("label.text in [label.text]", "written out", ""),
    ("[1, 2].exists(x, x > 1)", "not a list of the vocabulary", ""),
    ("true", "names no fact", ""),
    ("1 == 1", "two literals", ""),
    ("label.present) || (ai.used", "syntax error", ""),
    ("label.present // ok\n || has(ai.used)", "`has` is not available", ""),
    ("(" * 60 + "ai.used" + ")" * 60, "", ""),
    ("ai.used" + " || ai.used" * 300, "longer than 2000", "split"),
    ('label.text.matches("' + "a" * 300 + '")', "longer than 200", ""),
    ("EU in context.places", "unknown fact `EU`", "quotes"),
]


@pytest.mark.parametrize(("text", "message", "hint"), CONDITIONS, ids=[c[0][:50] for c in CONDITIONS])
def test_wrong_conditions(text: str, message: str, hint: str) -> None:
    rule = {"id": "r", "title": "R", "verdict": "flag", "when": text}
    with pytest.raises(PolicyError) as caught:
        loads(json.dumps({"policy": "p", "version": "1", "title": "T", "rules": [rule]}), "p.yaml", SMALL)
    told = str(caught.value)
    assert re.match(r"p\.yaml:1:\d+: ", told)
    assert message in told
    assert hint in told.partition("hint: ")[2]
    assert "facts." not in told and "INVALID_ARGUMENT" not in told


TREES = [
    ("{all: []}", "`all:` needs a list"),
    ("{any: ai.used}", "`any:` needs a list"),
    ("{all: [ai.used], any: [ai.used]}", "a condition has one key"),
    ("[ai.used]", "expected a condition"),
    ("true", "expected a condition"),
    ("", "expected a condition"),
    ("{label.prezent: true}", "unknown fact `label.prezent`"),
    ("{label.present: yes}", "`yes` is not a value of `label.present`"),
    ("{label.present: 1}", "`1` is not a value of `label.present`"),
    ("{label.present: ~}", "is not a value of `label.present`"),
    ("{label.text: 3}", "`3` is not a value of `label.text`"),
    ("{endorsement.kind: comercial}", "`comercial` is not a value of `endorsement.kind`"),
    ("{endorsement.kind: [none, [political]]}", "is not a value of `endorsement.kind`"),
    ("{endorsement.kind: []}", "no value for `endorsement.kind`"),
    ("{'faces[].synthetic': true}", "unknown fact `faces[].synthetic`"),
    ("{al: [ai.used]}", "unknown fact `al`"),
    ("{not: [ai.used]}", "expected a condition"),
    ("{not: " * 10 + "ai.used" + "}" * 10, "nested deeper than 8"),
]


@pytest.mark.parametrize(("tree", "message"), TREES, ids=[t[0][:40] for t in TREES])
def test_wrong_trees(tree: str, message: str) -> None:
    found = problems(f"{HEAD}- {{id: r, title: R, verdict: flag, when: {tree}}}\n")
    assert len(found) == 1 and found[0].startswith("p.yaml:5:") and message in found[0], found


CLAUSE = "clause: {text: x, url: 'URL', as_of: 2026-01-01, confidence: LEVEL}"
SHAPES = [
    (HEAD + "- {id: r, title: R, verdict: flag, when: ai.used, filter: 3}\n", "unknown key `filter`"),
    (HEAD + "- {id: R, title: R, verdict: flag, when: ai.used}\n", "`R` does not fit `id`"),
    (HEAD + "- {id: r, title: R, verdict: rejct, when: ai.used}\n", "`rejct` is not a value of `verdict`"),
    (HEAD + "- {id: r, title: R, verdict: pass, when: ai.used}\n", "`pass` is not a value of `verdict`"),
    (RULE[:-2] + ", on_unknown: pass}\n", "`pass` is not a value of `on_unknown`"),
    (HEAD + "- {id: r, title: R, verdict: flag}\n", "`when` is missing"),
    (HEAD + "- {id: r, title: 3, verdict: flag, when: ai.used}\n", "`title` has to be text"),
    (RULE + "- {id: r, title: R, verdict: flag, when: ai.used}\n", "rule `r` exists already"),
    (RULE[:-2] + ", in_force_from: 2026-13-01}\n", "`in_force_from`"),
    (RULE[:-2] + ", in_force_from: 2027-01-01, in_force_until: 2026-01-01}\n", "is before"),
    (RULE + "bands: {likenes: [0.1, 0.9]}\n", "unknown kind of observation"),
    (RULE + "bands: {likeness: [0.9, 0.1]}\n", "upside down"),
    (RULE + "bands: {likeness: [0.1, 1.5]}\n", "input should be less"),
    (RULE + "bands: {likeness: 0.5}\n", "`likeness`"),
    (RULE + "requires: [Faces]\n", "does not fit"),
    (
        RULE.replace("flag", "reject")[:-2] + f", {CLAUSE}}}\n".replace("URL", "https://x").replace("LEVEL", "low"),
        "low confidence never rejects",
    ),
    (RULE[:-2] + f", {CLAUSE}}}\n".replace("URL", "javascript:x").replace("LEVEL", "high"), "does not fit `url`"),
    (RULE + "suppressions: [{rule: r, reason: x, until: 2026-01-01}]\n", "`owner` is missing"),
    (RULE + "suppressions: [{rule: s, reason: x, owner: y, until: 2026-01-01}]\n", "no rule `s`"),
]


@pytest.mark.parametrize(("text", "message"), SHAPES, ids=[s[1] for s in SHAPES])
def test_wrong_shapes(text: str, message: str) -> None:
    found = problems(text)
    assert len(found) == 1 and message in found[0], found


def test_every_mistake_at_once_and_where_it_is() -> None:
    text = """\
policy: p
version: '1'
title: T
colour: red
rules:
  - id: a
    title: A
    verdict: flag
    when:
      all:
        - label.present
        - '!label.prsent'
  - id: b
    title: B
    verdict: flag
    when: |
      label.present &&
      label.prezent
  - id: c
    title: C
    verdict: flag
    when: {endorsement.kind: NO}
  - id: d
    title: D
    verdict: flag
    when: >-
      label.present
      && label.second > 1.0
  - id: e
    title: E
    when: 'label.text == "it''s" && labl.present'
"""
    with pytest.raises(PolicyError) as caught:
        loads(text, "p.yaml", SMALL)
    lines = str(caught.value).splitlines()
    where = [line.split(" ")[0] for line in lines if line.startswith("p.yaml")]
    wanted = [(4, "colour"), (12, ".prsent"), (18, ".prezent"), (22, "NO"), (28, ".second"), (29, "- id"), (31, "labl")]
    expected = []
    for line, piece in wanted:
        column = text.splitlines()[line - 1].index(piece) + 1 + (2 if piece == "- id" else 0)
        expected.append(f"p.yaml:{line}:{column}:")
    assert where == expected
    caret = next(i for i, line in enumerate(lines) if line.startswith("p.yaml:28:"))
    assert lines[caret + 1].endswith("&& label.second > 1.0")
    assert lines[caret + 2].index("^") == lines[caret + 1].index(".second")
    assert lines[caret + 3].strip() == "hint: did you mean `seconds`?"


def test_a_bare_exclamation_mark_is_explained() -> None:
    text = HEAD + "- id: r\n  title: R\n  verdict: flag\n  when: !ai.used\n"
    with pytest.raises(PolicyError, match=r"p.yaml:8:9: YAML tags are not allowed(.|\n)*use `not:`"):
        loads(text, "p.yaml", SMALL)


HOSTILE = [
    "",
    "[]",
    "3",
    "\x00",
    "a: &x [1]\nrules: *x",
    "a: &x [1, 2]\nb: 3",
    "rules:\n- {id: a, when: *y}",
    "[" * 5000,
    "{a: " * 5000,
    "- " * 5000,
    "rules: [{id: a, verdict: flag, when: !!python/object/apply:os.system [ls]}]",
    "? [a, b]\n: c",
    "a: 1\na: 2",
    "a: 1\n---\nb: 2",
    "%YAML 9.9\n---\na: 1",
    "a: \ud800",
    "x" * 300_000,
    "\n".join(f"k{i}: {i}" for i in range(30_000)),
    "rules: 3",
    "rules: [1]",
    "rules: [[]]",
    "rules: {a: b}",
    "version: 1" + "0" * 5000,
    "a: !!binary aGk=",
    "<<: {policy: x}",
    "\t- x",
    "a: 'x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(t[:30]) for t in HOSTILE])
def test_hostile_yaml(text: str) -> None:
    started = time.process_time()
    with pytest.raises(PolicyError):
        loads(text, "p.yaml", SMALL)
    assert time.process_time() - started < 5


def test_not_utf8_too_large_and_not_there(tmp_path: Path) -> None:
    for data, told in ((b"a: 1\nb: \xff\n", "p.yaml:2:1: not UTF-8"), (b" " * 300_000, "larger than 256 KiB")):
        (tmp_path / "p.yaml").write_bytes(data)
        with pytest.raises(PolicyError, match=told):
            load_policy(tmp_path / "p.yaml")
    with pytest.raises(PolicyError, match="did you mean `tiktok`"):
        load_policy("tikok")
    with pytest.raises(PolicyError, match="not found"):
        load_policy(tmp_path / "nothing.yaml")


def test_yaml_1_2_scalars() -> None:
    policy = loads(RULE.replace("title: R", "title: on").replace("when: ai.used", "when: {label.text: NO}"), "p", SMALL)
    assert policy.rules[0].title == "on"
    assert evaluate(policy, {"label": {"text": "NO"}}).verdict == "flag"


def test_sugar_is_the_same_as_cel() -> None:
    document = {"endorsement": {"kind": "political"}, "context": {"places": ["EU"]}, "label": {"seconds": 2.0}}
    other = {"endorsement": {"kind": "none"}, "ai": {"used": False}, "label": {"present": False}}
    for sugar, cel in [
        ({"endorsement.kind": "political"}, 'endorsement.kind == "political"'),
        ({"endorsement.kind": ["none", "political"]}, 'endorsement.kind in ["none", "political"]'),
        ({"context.places": ["CN", "EU"]}, '"CN" in context.places || "EU" in context.places'),
        ({"label.seconds": 2}, "label.seconds == 2.0"),
        ({"label.present": False}, "label.present == false"),
        ({"not": {"any": ["ai.used", {"endorsement.kind": "none"}]}}, '!(ai.used || endorsement.kind == "none")'),
    ]:
        policy = pack({"when": sugar}, {"when": cel})
        first, second = (rule.when.run for rule in policy.rules)
        for facts in ({}, document, other):
            assert first(policy.read(facts)) is second(policy.read(facts))


def test_facts_that_a_pack_uses() -> None:
    policy = pack(
        {"when": "label.present && faces.exists(f, f.synthetic)", "applies_when": {"context.places": "EU"}},
        {"when": "size(voices) > 1", "unless": "context.artistic"},
    )
    assert policy.facts == {"label.present", "faces[].synthetic", "context.places", "voices", "context.artistic"}


def test_suppressions_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("suppressions:\n- {rule: tt-x, reason: r, owner: o, until: 2026-12-31, when: ai.used}\n")
    (one,) = load_suppressions(path)
    assert (one.rule, one.owner, str(one.until)) == ("tt-x", "o", "2026-12-31") and one.when is not None
    path.write_text("suppressions:\n- {rule: tt-x, reason: r, owner: o, until: soon, when: ai.used}\n")
    with pytest.raises(PolicyError, match=r"s.yaml:2:44: `until`"):
        load_suppressions(path)


def test_the_json_schema_accepts_every_pack_and_refuses_typos() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    from checker.policy.source import Source

    schema = json_schema(FACTS)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    for path in folder().glob("*.yaml"):
        plain: Any = Source.read(path).parse().plain()
        check.validate(plain)
        plain["rules"][0]["when"] = {"label.prezent": True}
        assert not check.is_valid(plain)


PIECES = [
    *("", "(", ")", '"', "'", "&&", "||", "!", "\n", "//", ".exists(f, ", "has(", "null", "1", "1.0", "`", "\\", "?"),
    *(":", ": ", "- ", "[", "]", "{", "}", "*a", "&a ", "!!x ", "|", ">", "#", "\u00e9", "\0", "\t", "  ", "true", "~"),
    *("when:", "all:", "any: []", "not:", "verdict: pass", "ai.used", "people", "size(people)", 'matches("(a+)+$")'),
    *("---\n", "%", "\r", "label"),
]


def mutate(text: str, dice: random.Random) -> str:
    """A few random cuts, insertions and swaps of lines."""
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(text))
        if dice.random() < 0.2:
            lines = text.split("\n")
            i, j = dice.randrange(len(lines)), dice.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            text = "\n".join(lines)
        else:
            text = text[:at] + dice.choice(PIECES) + text[at + dice.randrange(4) :]
    return text


def mutated_packs_never_crash(count: int) -> tuple[int, int]:
    """Load `count` mutated packs; what loads is well formed and judges. How many loaded, and how many were refused."""
    texts = [part for path in sorted(folder().glob("*.yaml")) for part in parts(path.read_text("utf-8"))]
    dice = random.Random(count)
    loaded = 0
    for _ in range(count):
        text = mutate(dice.choice(texts), dice)
        started = time.process_time()
        try:
            policy = loads(text, "p.yaml")
        except PolicyError as error:
            assert re.match(r"p\.yaml:\d+:\d+: ", str(error)), text
        else:
            loaded += 1
            findings = evaluate(policy, {}).findings
            assert len(findings) == len(policy.rules) >= 1
            for rule, finding in zip(policy.rules, findings, strict=True):
                assert rule.facts and finding.outcome in ("unclear", "not_applicable"), text
                assert rule.verdict in ("flag", "reject") and rule.on_unknown in ("flag", "reject")
                low = rule.clause is not None and rule.clause.confidence == "low"
                assert not (low and "reject" in (rule.verdict, rule.on_unknown))
        assert time.process_time() - started < 2, text
    return loaded, count - loaded


def parts(text: str) -> list[str]:
    """The pack as packs of one rule each, so that one of 50,000 takes milliseconds."""
    head, *rules = re.split(r"(?m)^(?=  - id: )", text)
    return [head + rule for rule in rules]


def test_mutated_packs() -> None:
    loaded, refused = mutated_packs_never_crash(1_000)
    assert loaded > 50 and refused > 50


@pytest.mark.slow
def test_50_000_mutated_packs() -> None:
    loaded, refused = mutated_packs_never_crash(50_000)
    assert loaded > 2_500 and refused > 2_500
