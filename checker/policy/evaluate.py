"""Policy x facts -> judgement: each rule on the firm facts and on all facts, in Kleene's logic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date as Date
from typing import Any

from ..types import Facts, Finding, Judgement, Outcome, Verdict
from .expression import Document
from .pack import Policy, Rule, Suppression


def evaluate(
    policy: Policy,
    facts: Facts | Mapping[str, Any],
    *,
    date: Date | None = None,
    explain: bool = True,
    suppressions: Iterable[Suppression] = (),
) -> Judgement:
    """What the pack says of these facts.

    Args:
        facts: Facts, or a plain mapping ``{group: {field: value}, list: [{field: value}]}``, then all firm.
        date: Day of judgement, for rules that are in force from or until a day; today where absent.
        explain: Add to each finding why, what is missing, and the smallest change that passes.
        suppressions: Beside those of the pack.
    """
    known = facts if isinstance(facts, Facts) else Facts.known(facts)
    full = policy.read(known.full)
    firm = full if known.firm is known.full else policy.read(known.firm)
    day = date or Date.today()
    excused = (*policy.suppressions, *suppressions)
    findings: list[Finding] = []
    worst = Verdict.PASS
    for rule in policy.rules:
        finding = _finding(rule, full, firm, day)
        if explain:
            from .explain import explained

            finding = explained(finding, rule, full, firm, known.table, day)
        if excused and finding.verdict is not Verdict.PASS:
            finding = _suppressed(finding, policy, excused, full, day)
        verdict = finding.verdict
        if verdict is not Verdict.PASS and finding.counts and verdict is not worst and worst is not Verdict.REJECT:
            worst = verdict
        findings.append(finding)
    return Judgement(policy.id, policy.version, policy.sha256, worst, tuple(findings), policy.title)


def _finding(rule: Rule, full: Document, firm: Document, day: Date) -> Finding:
    """The rule's prepared finding for its outcome.

    `firm` knows a part of what `full` knows, so what is true of it is true of `full` as well.
    """
    if not rule.in_force(day):
        return rule.inapplicable
    if rule.unless is not None and rule.unless.run(firm):
        return rule.inapplicable
    applies = True if rule.applies_when is None else rule.applies_when.run(full)
    if applies is False:
        return rule.inapplicable
    truth = rule.when.run(full)
    if truth is False:
        return rule.satisfied
    if truth is None or applies is None:
        return rule.unclear
    if firm is full or (rule.when.run(firm) and (rule.applies_when is None or rule.applies_when.run(firm))):
        return rule.violated
    return rule.estimated


def outcome(rule: Rule, document: Document, day: Date) -> Outcome:
    """What the rule concludes from a flat document, estimates believed."""
    return _finding(rule, document, document, day).outcome


def _suppressed(finding: Finding, policy: Policy, excused: Iterable[Suppression], full: Document, day: Date) -> Finding:
    """Marked by the first suppression that fits; an expired one is named in the message and does nothing."""
    for one in excused:
        if one.rule != finding.rule or one.policy not in ("", policy.id):
            continue
        if one.when is not None and one.when.run(full) is not True:
            continue
        if day <= one.until:
            return replace(finding, suppressed=str(one))
        finding = replace(finding, message=f"{finding.message} (suppression expired: {one})".strip())
    return finding
