"""Observations -> facts, as one pack reads them: a firm and a full document, and a table that says why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from ..types import Fact, Facts, Strength
from . import marks, people, reconcile
from .claims import Claim, any_of, unknown
from .evidence import Evidence, Reading
from .marks import Claims
from .people import Listed
from .vocabulary import FACTS, SAFETY, TOPICS


def derive(
    evidence: Evidence,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    requires: Collection[str] = (),
    strict: bool = False,
    day: date | None = None,
) -> Facts:
    """All facts of the vocabulary that can be known from the evidence.

    Args:
        bands: ``kind -> (low, high)`` on the confidence; `evidence.BANDS` where absent.
        requires: Detectors without whose look the facts that they feed are unknown.
        strict: Every detector is required.
        day: The day on which consent has to hold; today where absent.
    """
    reading = Reading(evidence, bands or {}, requires, strict, day or date.today())
    groups: dict[str, Claims] = {"media": _media(reading), "post": _post(reading), "context": _context(reading)}
    proven = groups["provenance"] = marks.provenance(reading)
    label = groups["label"] = marks.label(reading, proven["platform_ai_label"])
    ai = groups["ai"] = marks.ai(reading, proven, label)
    proven["contradiction"] = reconcile.contradiction(reading, proven, label)
    proven["reconciliation"] = reconcile.reconciliation(reading, proven, label, ai)
    groups["endorsement"] = _endorsement(reading)
    groups["text"] = _text(reading)
    groups["safety"] = {name: _safety(reading, name) for name in SAFETY}
    faces, voices, mentions = people.faces(reading, ai), people.voices(reading, ai), people.mentions(reading)
    lists = {
        "faces": faces,
        "voices": voices,
        "people": people.people(reading, ai, faces, voices, mentions),
        "mentions": mentions,
        "markings": _markings(reading),
    }
    return _documents(groups, lists)


def _media(reading: Reading) -> Claims:
    media = reading.evidence.media
    speech = [Claim(True, o.strength, (o.id,)) for o in reading.of("speech")]
    blind = reading.unseen("speech")
    return {
        "kind": Claim(media.kind),
        "duration_s": Claim(float(media.duration_s)),
        "width": Claim(media.width),
        "height": Claim(media.height),
        "has_audio": Claim(bool(media.audio_codec)),
        "has_speech": any_of([*speech, unknown(blind) if blind else Claim(False)]),
    }


def _post(reading: Reading) -> Claims:
    post = reading.evidence.post
    claims = {
        name: _declared(getattr(post, name), f"no sidecar says `{name}`")
        for name in ("platform", "ai_declared", "brand_declared", "own_brand_declared", "privacy", "is_ad")
    }
    claims["has_caption"] = _declared(None if post.caption is None else bool(post.caption), marks.CAPTION_UNKNOWN)
    codes = [o for o in reading.of("text_language") if o.value.get("where") == "caption"]
    claims["language"] = (
        Claim(str(codes[0].value["code"]), codes[0].strength, (codes[0].id,))
        if codes
        else unknown("the language of the caption is not known")
    )
    return claims


def _context(reading: Reading) -> Claims:
    context = reading.evidence.post.context
    return {
        name: _declared(getattr(context, name), "the declaration file does not say it")
        for name in FACTS.groups["context"]
    }


def _declared(value: Any, reason: str) -> Claim:
    if value is None:
        return unknown(reason)
    return Claim(list(value) if isinstance(value, tuple) else value, Strength.DECLARED)


def _endorsement(reading: Reading) -> Claims:
    """Political before commercial where both are found: no platform allows it to be paid for.

    What the rules found or the post declares comes before what only the classifier sees.
    """
    post = reading.evidence.post
    declared = Claim(any((post.brand_declared, post.own_brand_declared, post.context.commercial)), Strength.DECLARED)
    seen = reading.of("endorsement")
    blind = reading.unseen("endorsement")
    nothing = unknown(blind) if blind else Claim(False)
    kinds = {
        kind: any_of([*(reading.claim(o) for o in seen if o.value["kind"] == kind), *rest, nothing])
        for kind, rest in (("political", ()), ("commercial", (declared,)))
    }
    for kind, claim in sorted(kinds.items(), key=lambda item: not item[1].strength.firm):
        if claim.value:
            target = next(
                (str(o.value["target"]) for o in seen if o.id in claim.evidence and o.value.get("target")), ""
            )
            return {"kind": claim.map(kind), "target": claim.map(target)}
    if doubt := [c for c in kinds.values() if not c.known]:
        return dict.fromkeys(("kind", "target"), doubt[0])
    return {"kind": Claim("none", Strength.MATCHED), "target": Claim("", Strength.MATCHED)}


def _text(reading: Reading) -> Claims:
    minors = [reading.claim(o) for o in reading.of("minor_mention")]
    blind = reading.unseen("minor_mention")
    return {
        "languages": _texts(reading, "text_language", "code"),
        "topics": _texts(reading, "topic", "topic", TOPICS),
        "minor_mentioned": any_of([*minors, unknown(blind) if blind else Claim(False)]),
    }


def _texts(reading: Reading, kind: str, key: str, values: Collection[str] = ()) -> Claim:
    """The believed values of a kind, sorted; unknown while one that could be added is in doubt."""
    if blind := reading.unseen(kind):
        return unknown(blind)
    claims = [(str(o.value[key]), reading.claim(o)) for o in reading.of(kind)]
    claims = [(value, c) for value, c in claims if not values or value in values]
    if doubt := [c for value, c in claims if not c.known and (value, True) not in [(v, k.value) for v, k in claims]]:
        return doubt[0]
    held = [(value, c) for value, c in claims if c.value]
    strength = Strength.ESTIMATED if any(not c.strength.firm for _, c in held) else Strength.MATCHED
    return Claim(sorted({value for value, _ in held}), strength, tuple(e for _, c in held for e in c.evidence))


def _safety(reading: Reading, category: str) -> Claim:
    seen = [reading.claim(o) for o in reading.of("safety") if o.value.get("category") == category]
    blind = reading.unseen("safety")
    nothing = unknown(blind) if blind else Claim(False, Strength.ESTIMATED)
    return any_of([*seen, nothing])


def _markings(reading: Reading) -> Listed:
    items: list[Claims] = []
    for kind in ("c2pa", "xmp", "aigc", "platform_key", "generator_trace"):
        for o in reading.of(kind):
            if kind == "c2pa" and o.value.get("state") in ("absent", "cannot_carry"):
                continue
            ai = o.value.get("ai")
            items.append(
                {
                    "format": Claim(kind, Strength.PROVEN, (o.id,)),
                    "state": Claim(
                        str(o.value.get("state") or ("invalid" if o.value.get("valid") is False else "valid")),
                        Strength.PROVEN,
                        (o.id,),
                    ),
                    "ai": Claim(
                        ai in ("partial", "full")
                        if isinstance(ai, str)
                        else kind in ("aigc", "generator_trace") or bool(ai),
                        o.strength,
                        (o.id,),
                    ),
                }
            )
    return Listed(items, reading.blind("c2pa"))


def _documents(groups: Mapping[str, Claims], lists: Mapping[str, Listed]) -> Facts:
    table: dict[str, Fact] = {}
    full: dict[str, Any] = {}
    firm: dict[str, Any] = {}
    for group, fields in FACTS.groups.items():
        claims = groups[group]
        for name in fields:
            claim = claims.get(name) or unknown("there is nothing that it could be said of")
            table[f"{group}.{name}"] = _fact(f"{group}.{name}", claim)
        known = {name: claims[name] for name in fields if name in claims and claims[name].known}
        full[group] = {name: claim.value for name, claim in known.items()}
        firm[group] = {name: claim.value for name, claim in known.items() if claim.strength.firm}
    for name, listed in lists.items():
        items = [{k: c for k, c in item.items() if c.known} for item in listed.items]
        more: list[dict[str, Any]] = [{}] if listed.blind else []
        if listed.items or not listed.blind:
            full[name] = [{k: c.value for k, c in item.items()} for item in items] + more
            firm[name] = [{k: c.value for k, c in item.items() if c.strength.firm} for item in items] + more
        table[name] = _list_fact(name, full.get(name), listed)
        for i, item in enumerate(listed.items):
            table |= {f"{name}[{i}].{k}": _fact(f"{name}[{i}].{k}", c) for k, c in item.items()}
    return Facts(full, firm, table)


def _fact(name: str, claim: Claim) -> Fact:
    if claim.known:
        return Fact(name, claim.value, strength=claim.strength, evidence=claim.evidence)
    return Fact(name, unknown=claim.reason or "not known", evidence=claim.evidence)


def _list_fact(name: str, value: Any, listed: Listed) -> Fact:
    evidence = tuple(dict.fromkeys(e for item in listed.items for c in item.values() for e in c.evidence))
    if value is None:
        return Fact(name, unknown=listed.blind)
    return Fact(name, value, strength=Strength.MATCHED, evidence=evidence)
