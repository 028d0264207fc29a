"""Properties that every judgement has, over generated packs and facts."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checker.policy import evaluate
from checker.policy.document import flatten, rebuild
from checker.policy.evaluate import outcome
from checker.types import Facts, Outcome, Verdict

from .grammar import conditions, documents, hide, pack

DAY = date(2026, 11, 23)
quick = settings(max_examples=60, deadline=None)


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 3))):
        rule: dict[str, Any] = {
            "when": draw(conditions),
            "verdict": draw(st.sampled_from(["flag", "reject"])),
            "on_unknown": draw(st.sampled_from(["flag", "reject"])),
        }
        if draw(st.booleans()):
            rule["applies_when"] = draw(conditions)
        if draw(st.booleans()):
            rule["unless"] = "context.artistic"
        found.append(rule)
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts, and the same with some of them hidden."""
    document = draw(documents)
    dice = random.Random(draw(st.integers(0, 2**16)))
    share = draw(st.sampled_from([0.2, 0.5, 0.9]))
    return document, hide(document, lambda: dice.random() < share)


@quick
@given(rules(), worlds())
def test_learning_a_fact_never_turns_a_finding_into_its_opposite(
    written: list[dict[str, Any]], world: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """What is decided stays decided; only a claimed exception (`unless`) can take a rule away."""
    policy, (document, hidden) = pack(*written), world
    before, after = (evaluate(policy, d, date=DAY, explain=False) for d in (hidden, document))
    for old, new, rule in zip(before.findings, after.findings, policy.rules, strict=True):
        claimed = rule.unless is not None and new.outcome is Outcome.NOT_APPLICABLE
        if old.outcome in (Outcome.VIOLATED, Outcome.SATISFIED) and not claimed:
            assert new.outcome in (old.outcome, Outcome.NOT_APPLICABLE if old.outcome is Outcome.SATISFIED else None)
        if old.outcome is Outcome.NOT_APPLICABLE:
            assert new.outcome is Outcome.NOT_APPLICABLE


@quick
@given(rules(), worlds())
def test_hiding_a_fact_never_lets_a_post_pass(
    written: list[dict[str, Any]], world: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """Unknown is never pass: what was flagged or rejected stays at least flagged."""
    policy, (document, hidden) = pack(*written), world
    known, less = (evaluate(policy, d, date=DAY, explain=False).verdict for d in (document, hidden))
    assert less.rank >= min(known.rank, Verdict.FLAG.rank)


@quick
@given(st.lists(conditions, min_size=1, max_size=3), worlds())
def test_the_verdict_never_gets_milder_where_unknown_weighs_as_much(
    whens: list[str], world: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    policy = pack(*({"when": when, "on_unknown": "reject"} for when in whens))
    document, hidden = world
    known, less = (evaluate(policy, d, date=DAY, explain=False).verdict for d in (document, hidden))
    assert less.rank >= known.rank


@quick
@given(rules(), worlds())
def test_an_estimate_alone_never_rejects(
    written: list[dict[str, Any]], world: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    policy, (full, firm) = pack(*written), world
    judgement = evaluate(policy, Facts(full, firm), date=DAY)
    for finding, rule, alone in zip(
        judgement.findings, policy.rules, evaluate(policy, firm, date=DAY, explain=False).findings, strict=True
    ):
        if finding.outcome is Outcome.VIOLATED and finding.verdict is Verdict.REJECT:
            assert alone.outcome is Outcome.VIOLATED and not finding.estimate_only, rule.id
        if alone.outcome is Outcome.VIOLATED:
            assert finding.outcome is Outcome.VIOLATED and finding.verdict is rule.verdict


@quick
@given(rules(), documents)
def test_because_suffices_and_none_of_it_can_be_left_out(
    written: list[dict[str, Any]], document: dict[str, Any]
) -> None:
    policy = pack(*written)
    for rule, finding in zip(policy.rules, evaluate(policy, document, date=DAY).findings, strict=True):
        because = {k: tuple(v) if isinstance(v, list) else v for k, v in finding.because.items()}
        if finding.outcome is Outcome.UNCLEAR:
            assert not because
            continue
        assert outcome(rule, rebuild(because), DAY) is finding.outcome
        for name in because:
            rest = {k: v for k, v in because.items() if k != name}
            assert outcome(rule, rebuild(rest), DAY) is not finding.outcome, name


@quick
@given(rules(), documents)
def test_missing_names_what_would_decide(written: list[dict[str, Any]], document: dict[str, Any]) -> None:
    policy = pack(*written)
    known = set(flatten(policy.read(document)))
    for finding in evaluate(policy, document, date=DAY).findings:
        assert bool(finding.missing) is (finding.outcome is Outcome.UNCLEAR)
        assert not known & set(finding.missing)
        assert all(f"`{name}`" in finding.message or " more" in finding.message for name in finding.missing)


@quick
@given(conditions, documents)
def test_the_counterfactual_passes(when: str, document: dict[str, Any]) -> None:
    policy = pack({"when": when})
    rule = policy.rules[0]
    finding = evaluate(policy, document, date=DAY).findings[0]
    change = {k: tuple(v) if isinstance(v, list) else v for k, v in finding.counterfactual.items()}
    if finding.outcome is Outcome.SATISFIED:
        assert not change
    assume(change)
    facts = flatten(policy.read(document))
    assert rule.when.run(rebuild({**facts, **change})) is False
    for name in change:
        rest = {k: v for k, v in change.items() if k != name}
        assert rule.when.run(rebuild({**facts, **rest})) is not False, "a smaller change would do"


@quick
@given(documents)
def test_a_document_is_rebuilt_from_its_facts(document: dict[str, Any]) -> None:
    policy = pack({"when": "size(faces) > 0 || size(voices) > 0 || ai.used"})
    known = policy.read(document)
    assert flatten(rebuild(flatten(known))) == flatten(known)


def test_counterfactuals_start_with_what_a_poster_can_change() -> None:
    policy = pack({"when": "ai.used && !label.present"})
    (finding,) = evaluate(policy, {"ai": {"used": True}, "label": {"present": False}}).findings
    assert finding.counterfactual == {"label.present": True}


def test_many_changes_at_once() -> None:
    policy = pack({"when": "faces.exists(f, f.synthetic)"})
    facts = {"faces": [{"synthetic": True}] * 5 + [{"synthetic": False}]}
    (finding,) = evaluate(policy, facts).findings
    assert finding.counterfactual == {f"faces[{i}].synthetic": False for i in range(5)}
    assert len(finding.because) == 1
