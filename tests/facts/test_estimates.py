"""What only the text classifier sees: an estimate that excuses nobody in silence and never rejects."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from checker import load_policy
from checker.facts import BANDS, derive
from checker.policy.evaluate import evaluate
from checker.text.classifier import DECIDE
from checker.types import Facts, Observation, Outcome
from tests.evidence import PLAIN_POST, c2pa, evidence, seen

REQUIRES = ("provenance", "language", "screen_text", "speech", "faces", "voices")
LOW, HIGH = BANDS["text_estimate"]
DOUBT = (LOW + HIGH) / 2
UNKNOWN = object()


def facts(*observations: Observation, **rest: Any) -> Facts:
    return derive(evidence(*observations, **rest), requires=REQUIRES, day=date(2026, 6, 1))


def both(found: Facts, name: str) -> tuple[Any, Any]:
    """The fact as the full document says it, and as the firm one does."""
    group, _, field = name.partition(".")
    return found.full[group].get(field, UNKNOWN), found.firm[group].get(field, UNKNOWN)


def label(confidence: float, where: str = "caption") -> Observation:
    return seen("ai_label", confidence, "estimated", where=where, quote="q", language="", denied=False, by="classifier")


def promotion(confidence: float, kind: str = "commercial") -> Observation:
    return seen("endorsement", confidence, "estimated", kind=kind, cue="q", target="", where="caption", by="classifier")


def minor(confidence: float) -> Observation:
    return seen("minor_mention", confidence, "estimated", where="caption", quote="q", by="classifier")


def test_the_band_begins_where_the_classifier_decides() -> None:
    assert LOW == DECIDE < HIGH


@pytest.mark.parametrize(
    ("observation", "name", "full", "firm"),
    [
        pytest.param(label(LOW - 0.1), "label.present", False, False, id="label below the band says nothing"),
        pytest.param(label(DOUBT), "label.present", UNKNOWN, UNKNOWN, id="label in the band"),
        pytest.param(label(HIGH), "label.present", True, UNKNOWN, id="label above the band"),
        pytest.param(label(HIGH), "label.clear", True, UNKNOWN, id="a label in the words is a clear one"),
        pytest.param(label(HIGH, "hashtag"), "label.clear", False, False, id="one in the hashtags is not"),
        pytest.param(label(DOUBT), "ai.used", False, False, id="doubt about a label is no doubt about AI"),
        pytest.param(label(HIGH), "ai.used", True, UNKNOWN, id="words that say AI"),
        pytest.param(promotion(LOW - 0.1), "endorsement.kind", "none", "none", id="promotion below the band"),
        pytest.param(promotion(DOUBT), "endorsement.kind", UNKNOWN, UNKNOWN, id="promotion in the band"),
        pytest.param(promotion(HIGH), "endorsement.kind", "commercial", UNKNOWN, id="promotion above the band"),
        pytest.param(minor(LOW - 0.1), "text.minor_mentioned", False, False, id="minor below the band"),
        pytest.param(minor(DOUBT), "text.minor_mentioned", UNKNOWN, UNKNOWN, id="minor in the band"),
        pytest.param(minor(HIGH), "text.minor_mentioned", True, UNKNOWN, id="minor above the band"),
    ],
)
def test_an_estimate_is_read_by_its_band_and_is_never_firm(
    observation: Observation, name: str, full: Any, firm: Any
) -> None:
    assert both(facts(observation), name) == (full, firm)


def test_what_a_rule_matched_counts_before_what_the_classifier_guesses() -> None:
    matched = seen("endorsement", 0.9, kind="commercial", cue="x", target="", where="caption")
    found = facts(matched, promotion(0.99, "political"))
    assert both(found, "endorsement.kind") == ("commercial", "commercial")


def test_how_post_and_file_fit_together_is_an_estimate_where_the_label_is() -> None:
    found = facts(c2pa("full"), label(HIGH), post=replace(PLAIN_POST, ai_declared=None))
    assert (
        found.table["provenance.reconciliation"].unknown or not found.table["provenance.reconciliation"].strength.firm
    )  # type: ignore[union-attr]


def outcome(rule: str, *observations: Observation, **rest: Any) -> tuple[Outcome, str]:
    judgement = evaluate(load_policy("tiktok"), facts(*observations, **rest), date=date(2026, 6, 1))
    finding = next(f for f in judgement.findings if f.rule == rule)
    return finding.outcome, str(finding.verdict)


@pytest.mark.parametrize(
    ("observations", "expected"),
    [
        pytest.param([c2pa("full")], ("violated", "reject"), id="AI without a label"),
        pytest.param([c2pa("full"), label(LOW - 0.1)], ("violated", "reject"), id="words that say nothing"),
        pytest.param([c2pa("full"), label(DOUBT)], ("unclear", "flag"), id="words that may say it: a person looks"),
        pytest.param([label(DOUBT)], ("satisfied", "pass"), id="an ordinary clip is not flagged for them"),
        pytest.param([label(HIGH)], ("satisfied", "pass"), id="nor one whose words admit AI"),
    ],
)
def test_an_estimated_label_neither_excuses_in_silence_nor_lets_reject(
    observations: list[Observation], expected: tuple[str, str]
) -> None:
    found = outcome("tt-aigc-label", *observations)
    assert (str(found[0]), found[1]) == expected


@pytest.mark.parametrize(("confidence", "verdict"), [(HIGH, "flag"), (DOUBT, "flag"), (LOW - 0.1, "pass")])
def test_estimated_promotion_flags_and_never_rejects(confidence: float, verdict: str) -> None:
    assert outcome("tt-commercial-toggle", promotion(confidence))[1] == verdict
    matched = seen("endorsement", 0.9, kind="commercial", cue="x", target="", where="caption")
    assert outcome("tt-commercial-toggle", matched)[1] == "reject"
