"""Outcomes, verdicts and what is around them."""

from __future__ import annotations

import pickle
from datetime import date
from enum import StrEnum
from typing import Any

import pytest

from checker.policy import Suppression, evaluate
from checker.types import Fact, Facts, Outcome, Verdict

from .grammar import pack

BASE: dict[str, Any] = {"ai": {"used": True}, "label": {"present": False}}
WHEN = {"when": "ai.used && !label.present"}


def one(rule: dict[str, Any], facts: Any, **options: Any) -> Any:
    judgement = evaluate(pack(WHEN | rule), facts, **options)
    return judgement.findings[0], judgement.verdict


LABEL = {"label": {"present": False}}
VISUAL, NOT_VISUAL = ({**BASE, "ai": {"used": True, "visual": v}} for v in (True, False))
ARTISTIC = BASE | {"context": {"artistic": True}}
OUTCOMES: list[tuple[str, Any, Any, dict[str, Any], str, str]] = [
    ("firm", BASE, BASE, {}, "violated", "reject"),
    ("by an estimate", BASE, LABEL, {}, "violated", "flag"),
    ("by an estimate, flag", BASE, LABEL, {"verdict": "flag"}, "violated", "flag"),
    ("by an estimate that may reject", BASE, LABEL, {"estimates_may_reject": True}, "violated", "reject"),
    ("an estimate satisfies", {"ai": {"used": False}}, {}, {}, "satisfied", "pass"),
    ("unknown", {"ai": {"used": True}}, {"ai": {"used": True}}, {}, "unclear", "flag"),
    ("unknown weighs", {"ai": {"used": True}}, {}, {"on_unknown": "reject"}, "unclear", "reject"),
    ("applies, unknown", BASE, BASE, {"applies_when": "ai.visual"}, "unclear", "flag"),
    ("applies", VISUAL, VISUAL, {"applies_when": "ai.visual"}, "violated", "reject"),
    ("applies, by an estimate", VISUAL, BASE, {"applies_when": "ai.visual"}, "violated", "flag"),
    ("does not apply", NOT_VISUAL, NOT_VISUAL, {"applies_when": "ai.visual"}, "not_applicable", "pass"),
    ("satisfied, applies or not", {"ai": {"used": False}}, {}, {"applies_when": "ai.visual"}, "satisfied", "pass"),
    ("exception", ARTISTIC, ARTISTIC, {"unless": "context.artistic"}, "not_applicable", "pass"),
    ("exception that is only estimated", ARTISTIC, BASE, {"unless": "context.artistic"}, "violated", "reject"),
    ("exception unknown", BASE, BASE, {"unless": "context.artistic"}, "violated", "reject"),
]


@pytest.mark.parametrize(("name", "full", "firm", "rule", "outcome", "verdict"), OUTCOMES, ids=[o[0] for o in OUTCOMES])
def test_outcome(name: str, full: Any, firm: Any, rule: dict[str, Any], outcome: str, verdict: str) -> None:
    finding, total = one(rule, Facts(full, firm))
    assert (finding.outcome, finding.verdict, total) == (outcome, verdict, verdict)
    assert finding.estimate_only is (outcome == "violated" and "by an estimate" in name)


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        ("2026-08-01", "not_applicable"),
        ("2026-08-02", "violated"),
        ("2026-12-31", "violated"),
        ("2027-01-01", "not_applicable"),
    ],
)
def test_in_force(day: str, outcome: str) -> None:
    rule = {"in_force_from": "2026-08-02", "in_force_until": "2026-12-31"}
    finding, _ = one(rule, BASE, date=date.fromisoformat(day))
    assert finding.outcome == outcome
    assert bool(finding.because) is (outcome == "violated")


@pytest.mark.parametrize("where", ["rule", "pack"])
def test_shadow_is_reported_and_never_counts(where: str) -> None:
    policy = pack(
        WHEN | ({"mode": "shadow"} if where == "rule" else {}), **({"mode": "shadow"} if where == "pack" else {})
    )
    judgement = evaluate(policy, BASE)
    assert judgement.verdict is Verdict.PASS
    assert judgement.findings[0].outcome is Outcome.VIOLATED and not judgement.findings[0].counts


SUPPRESSION = Suppression("r0", "agreed with legal", "Kim", date(2026, 12, 31), policy="test")


@pytest.mark.parametrize(
    ("suppression", "day", "verdict"),
    [
        (SUPPRESSION, date(2026, 12, 31), "pass"),
        (SUPPRESSION, date(2027, 1, 1), "reject"),
        (Suppression("r0", "x", "y", date(2026, 12, 31)), date(2026, 12, 1), "pass"),
        (Suppression("r1", "x", "y", date(2026, 12, 31)), date(2026, 12, 1), "reject"),
        (Suppression("r0", "x", "y", date(2026, 12, 31), policy="other"), date(2026, 12, 1), "reject"),
    ],
    ids=["holds", "expired", "any pack", "another rule", "another pack"],
)
def test_suppressions(suppression: Suppression, day: date, verdict: str) -> None:
    finding, total = one({}, BASE, date=day, suppressions=[suppression])
    assert total == verdict
    assert bool(finding.suppressed) is (verdict == "pass")
    assert finding.outcome is Outcome.VIOLATED
    expired = day > suppression.until
    assert ("suppression expired: agreed with legal (Kim, until 2026-12-31)" in finding.message) is expired


def test_a_suppression_in_the_pack_holds_where_its_condition_does() -> None:
    here = {"rule": "r0", "reason": "test account", "owner": "Kim", "until": "2026-12-31", "when": 'label.text == "t"'}
    policy = pack(WHEN, suppressions=[here])
    day = date(2026, 12, 1)
    assert evaluate(policy, BASE, date=day).verdict is Verdict.REJECT
    excused = BASE | {"label": {"present": False, "text": "t"}}
    judgement = evaluate(policy, excused, date=day)
    assert judgement.verdict is Verdict.PASS
    assert judgement.findings[0].suppressed == "test account (Kim, until 2026-12-31)"


def test_the_worst_counts() -> None:
    policy = pack({"when": "ai.used", "verdict": "flag"}, WHEN, {"when": "label.present"})
    assert evaluate(policy, BASE).verdict is Verdict.REJECT
    assert evaluate(policy, {"ai": {"used": True}, "label": {"present": True}}).verdict is Verdict.REJECT
    assert evaluate(policy, {"ai": {"used": False}, "label": {"present": False}}).verdict is Verdict.PASS


MANY = [{"synthetic": False}] * 1001


class Word(StrEnum):
    POLITICAL = "political"


class Scalar:
    """As numpy's: `item()` gives the Python number."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value


@pytest.mark.parametrize(
    ("when", "facts", "outcome"),
    [
        ("label.seconds >= 0.8", {"label": {"seconds": float("nan")}}, "unclear"),
        ("label.seconds >= 0.8", {"label": {"seconds": float("inf")}}, "unclear"),
        ("label.seconds >= 0.8", {"label": {"seconds": 1}}, "violated"),
        ("label.seconds >= 0.8", {"label": {"seconds": 10**400}}, "unclear"),
        ("label.seconds >= 0.8", {"label": {"seconds": True}}, "unclear"),
        ("label.seconds >= 0.8", {"label": {"seconds": "0.9"}}, "unclear"),
        ("label.seconds >= 0.8", {"label": {"seconds": Scalar(0.9)}}, "violated"),
        ("label.count > 1", {"label": {"count": 2.0}}, "unclear"),
        ("label.count > 1", {"label": {"count": True}}, "unclear"),
        ("label.count > 1", {"label": {"count": 2**70}}, "unclear"),
        ("ai.used", {"ai": {"used": None}}, "unclear"),
        ("ai.used", {"ai": {"used": 1}}, "unclear"),
        ("ai.used", {"ai": {"used": Scalar(True)}}, "violated"),
        ("ai.used", {"ai": None}, "unclear"),
        ("ai.used", {"ai": [True]}, "unclear"),
        ('label.text == "x"', {"label": {"text": "x\0y"}}, "satisfied"),
        ('label.text.matches("^x$")', {"label": {"text": "x\0y"}}, "satisfied"),
        ('label.text.matches("^x")', {"label": {"text": "x\ud800"}}, "violated"),
        ('endorsement.kind == "political"', {"endorsement": {"kind": Word.POLITICAL}}, "violated"),
        ('endorsement.kind == "political"', {"endorsement": {"kind": "politicall"}}, "unclear"),
        ('endorsement.kind != "political"', {"endorsement": {"kind": "politicall"}}, "unclear"),
        ('"EU" in context.places', {"context": {"places": ("EU",)}}, "violated"),
        ('"EU" in context.places', {"context": {"places": ["EU", 3]}}, "unclear"),
        ('"EU" in context.places', {"context": {"places": "EU"}}, "unclear"),
        ("faces.exists(f, f.synthetic)", {"faces": ({"synthetic": True},)}, "violated"),
        ("faces.exists(f, f.synthetic)", {"faces": [None]}, "unclear"),
        ("faces.exists(f, f.synthetic)", {"faces": MANY[:1000]}, "satisfied"),
        ("faces.exists(f, f.synthetic)", {"faces": MANY}, "unclear"),
        ("faces.exists(f, f.synthetic)", {"faces": {"synthetic": True}}, "unclear"),
    ],
)
def test_facts_from_outside(when: str, facts: Any, outcome: str) -> None:
    assert one({"when": when}, facts)[0].outcome == outcome


def test_a_fact_that_no_rule_uses_is_not_read() -> None:
    judgement = evaluate(pack({"when": "ai.used"}), {"ai": {"used": False}, "anything": object(), "faces": object()})
    assert judgement.verdict is Verdict.PASS


def test_evidence_and_reasons_come_from_the_table() -> None:
    table = {
        "ai.used": Fact("ai.used", True, evidence=("c2pa/0",)),
        "label.present": Fact("label.present", unknown="no sidecar says whether the AI toggle is on"),
        "faces": Fact("faces", (), evidence=("faces/0", "faces/1")),
        "faces[1].synthetic": Fact("faces[1].synthetic", True, evidence=("synthetic_face/1",)),
    }
    document = {"ai": {"used": True}, "faces": [{"synthetic": False}, {"synthetic": True}]}
    policy = pack({"when": "ai.used && faces.exists(f, f.synthetic)"}, WHEN)
    violated, unclear = evaluate(policy, Facts(document, document, table)).findings
    assert violated.evidence == ("c2pa/0", "synthetic_face/1")
    assert violated.because == {"ai.used": True, "faces[1].synthetic": True}
    assert unclear.missing == ("label.present",)
    assert "no sidecar says whether the AI toggle is on" in unclear.message


def test_without_explanation_nothing_is_computed() -> None:
    policy = pack(WHEN)
    (first,), (second,) = (evaluate(policy, BASE, explain=False).findings for _ in range(2))
    assert first is second and first.because == {}


def test_a_policy_survives_pickling() -> None:
    policy = pack(WHEN)
    again = pickle.loads(pickle.dumps(policy))
    assert again.sha256 == policy.sha256
    assert evaluate(again, BASE) == evaluate(policy, BASE)
