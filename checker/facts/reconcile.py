"""Declared x proven x perceived x estimated: one word for how a post and its file fit together.

| declared (toggle) | perceived (label) | proven or matched by the file | result |
|---|---|---|---|
| no, or denied in words | any | AI | contradiction |
| unknown or no | no | AI | undeclared |
| yes, or label seen | | trusted capture without AI | over_labelled |
| yes, or label seen | | a marking was there and is gone | stripped |
| yes, or label seen | | nothing | declared_unmarked |
| yes, or label seen | | AI | consistent |
| no or unknown | no | nothing | consistent |
"""

from __future__ import annotations

from dataclasses import replace

from ..types import Strength
from .claims import Claim, all_of, any_of, negation, unknown
from .evidence import Reading
from .marks import Claims

_CAPTURE = {"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"}


def contradiction(reading: Reading, provenance: Claims, label: Claims) -> Claim:
    """Whether a marking says AI while the toggle or the words say that there is none."""
    declared = reading.evidence.post.ai_declared
    off = Claim(declared is False, Strength.DECLARED)
    return all_of([_marked(provenance), any_of([off, label["denied"]])])


def _marked(provenance: Claims) -> Claim:
    c2pa, aigc = provenance["c2pa_ai"], provenance["aigc_label"]
    return any_of(
        [
            c2pa.map(c2pa.value != "none") if c2pa.known else c2pa,
            aigc.map(aigc.value > 0) if aigc.known else aigc,
            provenance["xmp_ai"],
            provenance["platform_ai_label"],
        ]
    )


def reconciliation(reading: Reading, provenance: Claims, label: Claims, ai: Claims) -> Claim:
    """The result of the table above; unknown when a cell that decides it is, an estimate when the label is one."""
    found = _reconciled(reading, provenance, label, ai)
    guessed = label["present"].value is True and not label["present"].strength.firm
    return replace(found, strength=Strength.ESTIMATED) if guessed and found.value != "contradiction" else found


def _reconciled(reading: Reading, provenance: Claims, label: Claims, ai: Claims) -> Claim:
    clash = contradiction(reading, provenance, label)
    marked, labelled, used = _marked(provenance), label["present"], ai["used"]
    if clash.value:
        return clash.map("contradiction")
    for claim in (clash, marked, used, labelled):
        if not claim.known:
            return unknown(claim.reason, evidence=claim.evidence)
    evidence = any_of([marked, labelled, used])
    if not labelled.value:
        return evidence.map("undeclared" if used.value else "consistent")
    if marked.value:
        return evidence.map("consistent")
    if (captured := _captured(reading)).value:
        return captured.map("over_labelled")
    if (stripped := _stripped(reading)).value:
        return stripped.map("stripped")
    return negation(marked).map("declared_unmarked")


def _captured(reading: Reading) -> Claim:
    """A trusted manifest that itself says "camera", not only one of its ingredients, and nothing of AI."""
    for o in reading.of("c2pa"):
        if o.value.get("state") == "trusted" and _CAPTURE & set(o.value.get("own_source_types", ())):
            return Claim(True, o.strength, (o.id,))
    return Claim(False)


def _stripped(reading: Reading) -> Claim:
    """A pointer to a manifest that is not in the file, or a generator's trace without its marking."""
    for o in reading.of("c2pa"):
        if o.value.get("remote_url") and o.value.get("state") == "absent":
            return Claim(True, Strength.MATCHED, (o.id,))
    traces = [o for o in reading.of("generator_trace") if reading.holds(o)]
    return Claim(True, traces[0].strength, (traces[0].id,)) if traces else Claim(False)
