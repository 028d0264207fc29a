"""The runner of cases: it fails where a pack or its cases are wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from checker.errors import PolicyError
from checker.policy import load_policy
from checker.policy.diff import compare, diff
from checker.policy.evaluate import evaluate
from checker.policy.testing import run_cases
from checker.types import Facts

PACK = """\
policy: mine
version: "1"
title: Mine
rules:
  - id: needs-label
    title: AI is labelled
    verdict: reject
    when: {all: [ai.used, {label.present: false}]}
"""
CASES = """\
policy: mine
base: {ai.used: true}
cases:
  - {name: none, facts: {label.present: false}, verdict: reject, rules: {needs-label: violated}}
  - {name: some, facts: {label.present: true}, verdict: pass, rules: {needs-label: satisfied}}
  - {name: who knows, verdict: flag, rules: {needs-label: unclear}}
"""


def write(tmp_path: Path, pack: str = PACK, cases: str | None = CASES) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(pack, encoding="utf-8")
    (tmp_path / "tests").mkdir(exist_ok=True)
    if cases is not None:
        (tmp_path / "tests" / "mine.yaml").write_text(cases, encoding="utf-8")
    return path


def test_all_is_well(tmp_path: Path) -> None:
    run = run_cases(load_policy(write(tmp_path)))
    assert run.passed and len(run.results) == 3


@pytest.mark.parametrize("outcome", ["violated", "satisfied", "unclear"])
def test_a_rule_that_is_not_tried_fails(tmp_path: Path, outcome: str) -> None:
    cases = "\n".join(line for line in CASES.splitlines() if outcome not in line)
    run = run_cases(load_policy(write(tmp_path, cases=cases)))
    assert run.untested == (f"needs-label: no case in which it is {outcome}",)
    assert not run.passed


def test_a_wrong_expectation_fails_with_the_reason(tmp_path: Path) -> None:
    cases = CASES.replace(
        "verdict: pass, rules: {needs-label: satisfied}", "verdict: reject, rules: {needs-label: violated}"
    )
    run = run_cases(load_policy(write(tmp_path, cases=cases)))
    (failed,) = [r for r in run.results if r.failures]
    assert failed.case.name == "some" and failed.case.line == 5
    assert failed.failures[0] == "verdict is pass, not reject (needs-label satisfied)"
    assert failed.failures[1] == "needs-label is satisfied, not violated (label.present=True)"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("ai.used: true", "ai.usd: true", "unknown fact `ai.usd`"),
        ("ai.used: true", "ai.used: perhaps", "`perhaps` is not a value of `ai.used`"),
        ("ai.used: true", "people: [{kind: privat}]", "`privat` is not a value of `people[].kind`"),
        ("ai.used: true", "people: [{knd: private}]", "unknown fact `people[].knd`"),
        ("ai.used: true", "people: {kind: private}", "is a list of items"),
        ("{needs-label: violated}", "{need-label: violated}", "no rule `need-label`"),
        ("needs-label: violated", "needs-label: violatd", "`violatd` is not a value"),
        ("policy: mine", "policy: other", "the cases are for `other`"),
    ],
)
def test_wrong_cases_are_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    policy = load_policy(write(tmp_path, cases=CASES.replace(old, new, 1)))
    with pytest.raises(PolicyError) as caught:
        run_cases(policy)
    assert told in str(caught.value)


def test_no_cases(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there are no cases"):
        run_cases(load_policy(write(tmp_path, cases=None)))


def test_diff_tells_which_verdicts_change_and_by_which_rule(tmp_path: Path) -> None:
    old = load_policy(write(tmp_path))
    new = load_policy(write(tmp_path, PACK.replace("verdict: reject", "verdict: flag").replace("needs-label", "label")))
    same = load_policy(write(tmp_path))
    posts = [
        ("a", Facts.known({"ai": {"used": True}, "label": {"present": False}})),
        ("b", Facts.known({"ai": {"used": False}})),
        ("c", Facts.known({"ai": {"used": True}})),
    ]
    assert list(diff(old, same, posts)) == []
    first, second = diff(old, new, posts, date(2026, 11, 23))
    assert (first.id, first.before, first.after) == ("a", "reject", "flag")
    assert [(r.rule, r.before, r.after) for r in first.rules] == [
        ("needs-label", "violated (reject)", ""),
        ("label", "", "violated (flag)"),
    ]
    assert second.id == "c" and not second.verdict_changes and len(second.rules) == 2
    judged = evaluate(old, posts[0][1])
    assert not compare("a", judged, judged).rules
