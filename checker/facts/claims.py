"""Three-valued claims: what is known of one fact, how firmly, from which observations, or why it is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..types import Strength


@dataclass(frozen=True, slots=True)
class Claim:
    """A value with its strength and evidence; `value` None means unknown, and `reason` says why."""

    value: Any
    strength: Strength = Strength.PROVEN
    evidence: tuple[str, ...] = ()
    reason: str = ""

    @property
    def known(self) -> bool:
        return self.value is not None

    def map(self, value: Any) -> Claim:
        """The same evidence for another value."""
        return replace(self, value=value)


def unknown(*reasons: str, evidence: tuple[str, ...] = ()) -> Claim:
    """Not known; each reason is kept once."""
    parts = [part for reason in reasons for part in reason.split("; ") if part]
    return Claim(None, Strength.PROVEN, evidence, "; ".join(dict.fromkeys(parts)))


def any_of(claims: Iterable[Claim]) -> Claim:
    """Disjunction: true by the strongest true claim; else unknown if any is; else false by the weakest."""
    claims = list(claims)
    if true := [c for c in claims if c.value is True]:
        best = min(c.strength.rank for c in true)
        return Claim(True, _strength(best), _evidence([c for c in true if c.strength.rank == best]))
    return _none_true(claims)


def all_of(claims: Iterable[Claim]) -> Claim:
    """Conjunction: false by the strongest false claim; else unknown if any is; else true by the weakest."""
    return negation(any_of([negation(c) for c in claims]))


def negation(claim: Claim) -> Claim:
    return claim.map(not claim.value) if claim.known else claim


def _none_true(claims: Sequence[Claim]) -> Claim:
    if doubtful := [c for c in claims if not c.known]:
        return unknown(*[c.reason for c in doubtful], evidence=_evidence(doubtful))
    weakest = max((c.strength.rank for c in claims), default=0)
    return Claim(False, _strength(weakest), _evidence(claims))


_BY_RANK = tuple(Strength)


def _strength(rank: int) -> Strength:
    return _BY_RANK[rank]


def _evidence(claims: Sequence[Claim]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(e for c in claims for e in c.evidence))
