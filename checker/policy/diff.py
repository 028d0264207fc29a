"""What a change of policy changes: the same facts judged by two packs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ..types import Facts, Finding, Judgement, Verdict
from .evaluate import evaluate
from .pack import Policy


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that concludes something else; empty where the pack has no such rule."""

    rule: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One post whose verdict, or whose findings that count, differ."""

    id: str
    before: Verdict
    after: Verdict
    rules: tuple[RuleChange, ...]

    @property
    def verdict_changes(self) -> bool:
        return self.before is not self.after


def diff(old: Policy, new: Policy, documents: Iterable[tuple[str, Facts]], day: date | None = None) -> Iterator[Change]:
    """Posts, as ``(id, facts)``, that the packs judge differently."""
    for identity, facts in documents:
        before, after = (evaluate(policy, facts, date=day, explain=False) for policy in (old, new))
        change = compare(identity, before, after)
        if change.rules or change.verdict_changes:
            yield change


def compare(identity: str, before: Judgement, after: Judgement) -> Change:
    """The difference of two judgements of one post."""
    was = {f.rule: _word(f) for f in before.findings}
    now = {f.rule: _word(f) for f in after.findings}
    rules = tuple(
        RuleChange(rule, was.get(rule, ""), now.get(rule, ""))
        for rule in dict.fromkeys((*was, *now))
        if was.get(rule, _NOTHING) != now.get(rule, _NOTHING)
    )
    return Change(identity, before.verdict, after.verdict, rules)


_NOTHING = "satisfied"
"""A rule that one pack does not have differs only where it concludes something in the other."""


def _word(finding: Finding) -> str:
    if finding.verdict is Verdict.PASS:
        return _NOTHING
    return f"{finding.outcome} ({finding.verdict if finding.counts else 'not counted'})"
