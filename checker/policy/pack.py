"""Policies as values: what loading makes of a pack, and what evaluation works from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..facts import Vocabulary
from ..types import Clause, Finding, Outcome, Verdict
from .document import Reader
from .expression import Node


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rule:
    """One rule: what it forbids, when it applies, and what it rests on."""

    id: str
    title: str
    when: Node
    """True where the rule is violated."""
    verdict: Verdict
    on_unknown: Verdict
    applies_when: Node | None = None
    unless: Node | None = None
    """An exception that has to be claimed: it exempts where it is known, firmly, to be true."""
    from_day: date | None = None
    until_day: date | None = None
    """First and last day on which it is in force."""
    clause: Clause | None = None
    message: str = ""
    fix: str = ""
    ask: str = ""
    """What to supply where it is unclear."""
    severity: str = ""
    shadow: bool = False
    estimates_may_reject: bool = False
    facts: frozenset[str] = frozenset()
    written: Mapping[str, Any] = field(default_factory=dict)
    """Its conditions as in the file."""
    line: int = 0
    satisfied: Finding = field(init=False)
    inapplicable: Finding = field(init=False)
    violated: Finding = field(init=False)
    estimated: Finding = field(init=False)
    unclear: Finding = field(init=False)
    """What is found, but for the explanation: the same for every post."""

    def __post_init__(self) -> None:
        most = self.verdict if self.estimates_may_reject else min(self.verdict, Verdict.FLAG, key=lambda v: v.rank)
        said = self.message or f"{self.title}: violated"
        found = {
            "satisfied": (Outcome.SATISFIED, Verdict.PASS, "", ""),
            "inapplicable": (Outcome.NOT_APPLICABLE, Verdict.PASS, "", ""),
            "violated": (Outcome.VIOLATED, self.verdict, said, self.fix),
            "estimated": (Outcome.VIOLATED, most, said, self.fix),
            "unclear": (Outcome.UNCLEAR, self.on_unknown, "", self.ask or self.fix),
        }
        for name, (outcome, verdict, message, fix) in found.items():
            finding = Finding(
                self.id,
                outcome,
                verdict,
                self.title,
                message,
                self.clause,
                fix,
                estimate_only=name == "estimated",
                severity=self.severity,
                shadow=self.shadow,
            )
            object.__setattr__(self, name, finding)

    def in_force(self, day: date) -> bool:
        return (self.from_day is None or day >= self.from_day) and (self.until_day is None or day <= self.until_day)


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """A finding that somebody decided to live with, for a while."""

    rule: str
    reason: str
    owner: str
    until: date
    policy: str = ""
    """Empty: of any pack."""
    when: Node | None = None
    """Only where this holds."""

    def __str__(self) -> str:
        return f"{self.reason} ({self.owner}, until {self.until})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Policy:
    """A loaded pack: every condition checked against the vocabulary."""

    id: str
    version: str
    title: str
    sha256: str
    """Of the bytes of the file."""
    requires: tuple[str, ...]
    """Names of the detectors without whose look it must not judge."""
    bands: Mapping[str, tuple[float, float]]
    """``kind -> (low, high)`` on the confidence: true from high, false below low, else unknown."""
    on_unknown: Verdict
    rules: tuple[Rule, ...]
    facts: frozenset[str]
    """``label.present``, ``faces[].synthetic``; a bare list name where its items are counted."""
    vocabulary: Vocabulary
    read: Reader
    description: str = ""
    mode: str = "enforce"
    suppressions: tuple[Suppression, ...] = ()
    text: str = ""
    """The file itself."""
    path: str = ""

    def __repr__(self) -> str:
        return f"<Policy {self.id} {self.version}, {len(self.rules)} rules>"

    def rule(self, name: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == name)

    def __reduce__(self) -> tuple[Any, ...]:
        from .load import loads

        return loads, (self.text, self.path, self.vocabulary)


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """One line of the list of shipped packs."""

    id: str
    title: str
    version: str
    rules: tuple[str, ...]
    path: str
