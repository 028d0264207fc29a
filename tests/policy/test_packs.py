"""Every shipped pack: its cases, its clauses, and that an estimate alone never rejects."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from checker.facts.vocabulary import SAFETY
from checker.policy import evaluate, list_policies, load_policy
from checker.policy.page import page
from checker.policy.testing import cases_path, load_cases, run_cases
from checker.types import Facts, Outcome, Verdict

PACKS = [info.id for info in list_policies()]
EVERY = pytest.mark.parametrize("name", PACKS)


def test_the_packs_that_are_promised() -> None:
    assert PACKS == [
        "cn-labelling",
        "community-safety",
        "eu-ai-act",
        "in-it-rules",
        "integrity",
        "kr-ai-basic-act",
        "linkedin",
        "meta",
        "tiktok",
        "us-ca-942",
        "us-ftc-endorsement",
        "us-ny-396b",
        "x",
        "youtube",
    ]


@EVERY
def test_every_rule_is_tried_in_all_three_ways(name: str) -> None:
    run = run_cases(load_policy(name))
    assert not run.untested
    assert {r.case.name: r.failures for r in run.results if r.failures} == {}
    assert run.passed


@EVERY
def test_clauses_have_text_address_and_date(name: str) -> None:
    policy = load_policy(name)
    assert policy.id == name
    for rule in policy.rules:
        clause = rule.clause
        assert clause is not None and clause.text and re.match(r"https://\S+$", clause.url)
        assert date(2023, 1, 1) <= date.fromisoformat(clause.as_of) <= date(2026, 12, 31)
        assert rule.message and rule.fix and rule.severity
        assert clause.confidence != "low" or Verdict.REJECT not in (rule.verdict, rule.on_unknown)


@EVERY
def test_an_estimate_alone_never_rejects(name: str) -> None:
    """The facts of every rejected case, believed only because a model says so."""
    policy = load_policy(name)
    for case in load_cases(cases_path(policy), policy):
        judgement = evaluate(policy, Facts(case.facts.full, firm={}), date=case.day)
        assert judgement.verdict is not Verdict.REJECT, case.name
        assert all(f.estimate_only for f in judgement.findings if f.outcome is Outcome.VIOLATED)


@EVERY
def test_violated_findings_are_explained(name: str) -> None:
    policy = load_policy(name)
    seen = set()
    for case in load_cases(cases_path(policy), policy):
        for finding in evaluate(policy, case.facts, date=case.day).findings:
            if finding.outcome is Outcome.VIOLATED:
                seen.add(finding.rule)
                assert finding.because and finding.message and finding.counterfactual, (case.name, finding.rule)
    assert seen == {rule.id for rule in policy.rules}


@EVERY
def test_hiding_any_one_fact_of_a_case_never_lets_it_pass(name: str) -> None:
    policy = load_policy(name)
    for case in load_cases(cases_path(policy), policy):
        if case.verdict == "pass":
            continue
        for group, known in case.facts.full.items():
            for key in list(known) if isinstance(known, dict) else [None]:
                less = {k: v for k, v in case.facts.full.items() if k != group}
                if key is not None:
                    less[group] = {k: v for k, v in known.items() if k != key}
                assert evaluate(policy, less, date=case.day, explain=False).verdict is not Verdict.PASS, (
                    case.name,
                    key,
                )


@EVERY
def test_the_page_tells_every_rule(name: str) -> None:
    policy = load_policy(name)
    text = page(policy)
    for rule in policy.rules:
        assert f"## {rule.id}: {rule.title}" in text
        assert rule.clause is not None and rule.clause.url in text and rule.fix in text


def test_community_safety_has_a_rule_per_category() -> None:
    facts = load_policy("community-safety").facts
    assert {f"safety.{category}" for category in SAFETY} <= facts


ORDINARY: dict[str, Any] = {
    "media": {"kind": "video", "duration_s": 12.0, "has_audio": True},
    "ai": {"used": False, "visual": False, "audio": False},
    "label": {"on_screen": False, "spoken": False, "denied": False},
    "provenance": {
        "c2pa": "absent",
        "c2pa_ai": "none",
        "xmp_ai": False,
        "aigc_label": 0,
        "platform_ai_label": False,
        "generator": "",
        "visible_mark": "",
        "contradiction": False,
        "reconciliation": "consistent",
    },
    "endorsement": {"kind": "none", "target": ""},
    "text": {"languages": ["en"], "topics": [], "minor_mentioned": False},
    "safety": dict.fromkeys(SAFETY, False),
    "faces": [{"kind": "unknown", "person": "", "synthetic": False}],
    "voices": [{"kind": "unknown", "person": "", "synthetic": False}],
    "people": [{"name": "", "kind": "unknown", "depicted": True, "heard": True, "synthetic": False}],
}
"""No sidecar, no AI, somebody speaks, a face that matches nobody."""


@EVERY
def test_an_ordinary_clip_without_sidecars_passes(name: str) -> None:
    judgement = evaluate(load_policy(name), ORDINARY)
    assert judgement.verdict is Verdict.PASS, [f.message for f in judgement.findings if f.verdict is not Verdict.PASS]


@EVERY
def test_the_same_clip_unexamined_does_not_pass(name: str) -> None:
    policy = load_policy(name)
    assert evaluate(policy, {}).verdict is (Verdict.PASS if policy.mode == "shadow" else Verdict.FLAG)
