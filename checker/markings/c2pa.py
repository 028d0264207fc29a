"""C2PA manifests through c2pa-rs: what state they are in and what they say of generative AI. No network, ever.

Source: C2PA 2.2 sections 14.3 (states) and 18.14 (actions); C2PA Asset Signals Rubric 1.0, 2026-08-06 (signals).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .formats import Format
from .iso import MAX_MANIFEST_BYTES
from .xmp import AI_TERMS, term

NOT_EDITORIAL = frozenset(
    "c2pa." + name
    for name in (
        "converted published repackaged transcoded resized.proportional enhanced edited.metadata "
        "watermarked watermarked.bound watermarked.unbound redacted"
    ).split()
)
"""Actions that leave what is seen and heard alone (rubric, `$non_editorial_actions`)."""
INCEPTION = ("c2pa.created", "c2pa.opened")
POSSIBLE_TERMS = frozenset(("digitalArt", "composite"))
DOUBTS = frozenset(
    (
        "signingCredential.untrusted",
        "signingCredential.expired",
        "claimSignature.outsideValidity",
        "timeStamp.untrusted",
        "timeStamp.outsideValidity",
    )
)
"""Codes that question who signed and when, not whether the content is what was signed."""
FINE = frozenset(
    (
        "signingCredential.trusted",
        "claimSignature.validated",
        "claimSignature.insideValidity",
        "ingredient.manifest.validated",
        "ingredient.claimSignature.validated",
        "assertion.hashedURI.match",
        "assertion.dataHash.match",
        "assertion.bmffHash.match",
        "assertion.boxesHash.match",
        "assertion.collectionHash.match",
        "assertion.accessible",
        "timeStamp.validated",
        "timeStamp.trusted",
        "signingCredential.ocsp.notRevoked",
    )
)
"""Codes of success (C2PA 2.2, 15.2.1), which old manifests list among those of failure."""
INCEPTION_SIGNALS: Mapping[str, frozenset[str]] = {
    "blankCanvas": frozenset({"empty"}),
    "capturedMedia": frozenset({"digitalCapture", "computationalCapture"}),
    "capturedMediaStitched": frozenset({"compositeCapture"}),
    "compositionMayContainGenAI": frozenset({"composite"}),
    "fullyGenAIMedia": frozenset({"trainedAlgorithmicMedia"}),
    "nonGenAIDigitalCreation": frozenset({"digitalCreation"}),
    "partlyGenAICreation": frozenset({"compositeWithTrainedAlgorithmicMedia"}),
    "screenCaptureMayContainGenAI": frozenset({"screenCapture"}),
}
MAX_MANIFESTS = 200
LEVELS = ("none", "partial", "full")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest store of one file, summed up."""

    state: str
    """``absent``, ``unreadable``, ``invalid``, ``intact``, ``valid``, ``trusted`` or ``cannot_carry``."""
    ai: str = "none"
    """``none``, ``partial`` or ``full``, over the active manifest and its ingredients."""
    signer: str = ""
    generator: str = ""
    time: str = ""
    """When a time-stamp authority or the signer says that it was signed."""
    source_types: tuple[str, ...] = ()
    """Bare terms, of the active manifest first."""
    own_source_types: tuple[str, ...] = ()
    """Bare terms of the active manifest alone."""
    actions: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    """Ids of the rubric's signals that the active manifest shows."""
    codes: tuple[str, ...] = ()
    """Codes of validation that are failures, and ``signingCredential.trusted``; or why it cannot be read."""
    ingredients: tuple[Mapping[str, str], ...] = ()
    """``{title, relationship, state, ai}`` of each ingredient that has a manifest."""
    remote_url: str = ""
    """Where a manifest is said to be; it is not fetched."""
    sidecar: str = ""
    """Name of the `.c2pa` file that held it; empty when it is embedded."""
    ai_in_doubt: bool = False
    """True when AI is named only by an ingredient whose own manifest is broken."""


def settings(anchors: str = "") -> dict[str, Any]:
    """Settings for c2pa-rs: no network; trust is checked only where there is a list of anchors (PEM)."""
    verify = {"verify_trust": bool(anchors), "verify_timestamp_trust": bool(anchors)}
    verify |= {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False}
    document: dict[str, Any] = {"verify": verify, "core": {"allowed_network_hosts": []}}
    if anchors:
        document["trust"] = {"trust_anchors": anchors}
    return document


def read(path: Path, format: Format, *, anchors: str = "", embedded: bool | None = None) -> Manifest:
    """Read and check the manifest of a file, embedded or in the `.c2pa` file beside it.

    Args:
        embedded: Whether the container is known to hold one; None when only the library can tell.
    """
    sidecar = path.with_suffix(".c2pa")
    beside = sidecar != path and sidecar.is_file() and embedded is not True
    if not beside and (embedded is False or not format.carries_c2pa):
        return Manifest("absent" if format.carries_c2pa else "cannot_carry")
    return _read(path, format, sidecar if beside else None, anchors)


def _read(path: Path, format: Format, sidecar: Path | None, anchors: str) -> Manifest:
    from c2pa import C2paError, Context, Reader

    store = None
    if sidecar is not None:
        if sidecar.stat().st_size > MAX_MANIFEST_BYTES:
            return Manifest("unreadable", codes=(f"`{sidecar.name}` is larger than a manifest can be",))
        store = sidecar.read_bytes()
    try:
        with (
            path.open("rb", buffering=0) as file,  # the library asks for large pieces itself
            Context.from_dict(settings(anchors)) as context,
            Reader(format.mime or None, file, manifest_data=store, context=context) as reader,
        ):
            document = json.loads(reader.json())
            remote = "" if reader.is_embedded() else reader.get_remote_url() or ""
    except C2paError.ManifestNotFound:
        return Manifest("absent")
    except C2paError.RemoteManifest as error:
        return Manifest("absent", remote_url=str(error).rpartition(" ")[2])
    except (C2paError, ValueError, RecursionError) as error:
        return Manifest("unreadable", codes=(str(error)[:200],), sidecar=sidecar.name if sidecar else "")
    return replace(summarise(document), sidecar=sidecar.name if sidecar else "", remote_url=remote)


def summarise(document: Mapping[str, Any]) -> Manifest:
    """Sum up the JSON that c2pa-rs makes of a manifest store."""
    manifests = _dict(document.get("manifests"))
    active = _dict(manifests.get(str(document.get("active_manifest"))))
    if not active or len(manifests) > MAX_MANIFESTS:
        return Manifest("unreadable", codes=("no active manifest" if not active else "too many manifests",))
    state, codes = _state(document)
    states = _ingredient_states(document)
    broken = frozenset(label for label, seen in states.items() if seen == "invalid")
    levels: dict[str, int] = {}
    level = _level(active, manifests, levels)
    signature = _dict(active.get("signature_info"))
    actions = list(_actions(active))
    family = [active, *(m for m in manifests.values() if m is not active)]
    types = [dst for m in family for dst in _source_types(_dict(m))]
    return Manifest(
        state=state,
        ai=LEVELS[level],
        signer=_joined(signature.get("issuer"), signature.get("common_name")),
        generator=_generator(active, manifests),
        time=str(signature.get("time") or ""),
        source_types=tuple(dict.fromkeys(types)),
        own_source_types=tuple(dict.fromkeys(_source_types(active))),
        actions=tuple(dict.fromkeys(a["action"] for a in actions)),
        signals=tuple(_signals(active, actions)),
        codes=tuple(codes),
        ingredients=tuple(_ingredients(active, levels, states)),
        ai_in_doubt=level > 0 and _level(active, manifests, dict.fromkeys(broken, 0)) == 0,
    )


def _state(document: Mapping[str, Any]) -> tuple[str, list[str]]:
    """State by our words, and the codes that decide it."""
    results = _dict(document.get("validation_results"))
    active = _dict(results.get("activeManifest"))
    failures = _codes(active, "failure")
    for delta in _list(results.get("ingredientDeltas")):
        failures += [c for c in _codes(_dict(delta.get("validationDeltas")), "failure") if c not in DOUBTS]
    failures = list(dict.fromkeys(failures))
    trusted = [c for c in _codes(active, "success") if c == "signingCredential.trusted"]
    judged = document.get("validation_state")
    if not set(failures) <= DOUBTS or (judged not in ("Valid", "Trusted") and not failures):
        return "invalid", failures
    if not set(_codes(active, "success")) >= {"claimSignature.validated"}:
        return "invalid", [*failures, "claimSignature.missing"]
    if judged == "Trusted" and trusted:
        return "trusted", trusted + failures
    return "intact" if failures else "valid", failures


def _codes(results: Mapping[str, Any], kind: str) -> list[str]:
    return [str(status.get("code")) for status in _list(results.get(kind))]


def _actions(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """``{action, term, agent}`` of each action, with the source type of its template where it has none."""
    for label, data in _assertions(manifest):
        if not label.startswith("c2pa.actions"):
            continue
        templates = {str(t.get("action")): t for t in _list(data.get("templates"))}
        for action in _list(data.get("actions")):
            name = str(action.get("action") or "")
            template = _dict(templates.get(name) or templates.get("*"))
            dst = action.get("digitalSourceType") or template.get("digitalSourceType") or ""
            agent = action.get("softwareAgent") or template.get("softwareAgent") or ""
            yield {
                "action": name,
                "term": term(str(dst)) if dst else "",
                "agent": str(_dict(agent).get("name") or "") if isinstance(agent, dict) else str(agent),
            }


def _assertions(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for assertion in _list(manifest.get("assertions")):
        yield str(assertion.get("label") or ""), _dict(assertion.get("data"))


def _source_types(manifest: Mapping[str, Any]) -> Iterator[str]:
    for action in _actions(manifest):
        if action["term"]:
            yield action["term"]
    yield from _metadata_terms(manifest)


def _metadata_terms(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Source types in signed metadata assertions."""
    for label, data in _assertions(manifest):
        if label.startswith(("c2pa.metadata", "stds.iptc", "cawg.metadata")):
            value = data.get("Iptc4xmpExt:DigitalSourceType") or data.get("iptcExt:DigitalSourceType")
            if isinstance(value, str):
                yield term(value)


def _level(manifest: Mapping[str, Any], all_: Mapping[str, Any], levels: dict[str, int]) -> int:
    """0 no generative AI is named, 1 in part, 2 in full; `levels` keeps what is known of each ingredient."""
    level, edited = 0, False
    for action in _actions(manifest):
        name, dst = action["action"], action["term"]
        if name in INCEPTION:
            level = max(level, 2 if dst == "trainedAlgorithmicMedia" else int(dst in AI_TERMS))
        elif name not in NOT_EDITORIAL:
            edited = True
            level = max(level, int(dst in AI_TERMS))
    for dst in _metadata_terms(manifest):
        level = max(level, 2 if dst == "trainedAlgorithmicMedia" else int(dst in AI_TERMS))
    for ingredient in _list(manifest.get("ingredients")):
        label = str(ingredient.get("active_manifest") or "")
        if label not in all_:
            continue
        if label not in levels:
            levels[label] = 0  # should it contain itself
            levels[label] = _level(_dict(all_[label]), all_, levels)
        below = levels[label]
        inherits = ingredient.get("relationship") == "parentOf" and not edited
        level = max(level, below if inherits else min(below, 1))
    return level


def _ingredient_states(document: Mapping[str, Any]) -> dict[str, str]:
    """State of each manifest that is an ingredient, by its label: as it was when it was taken up, and as it is now."""
    now: dict[str, list[str]] = {}
    for delta in _list(_dict(document.get("validation_results")).get("ingredientDeltas")):
        for kind in ("success", "failure"):
            for status in _list(_dict(delta.get("validationDeltas")).get(kind)):
                label = str(status.get("url")).partition("/c2pa/")[2].partition("/")[0]
                now.setdefault(label, []).append(str(status.get("code")))
    states: dict[str, str] = {}
    for manifest in _dict(document.get("manifests")).values():
        for ingredient in _list(_dict(manifest).get("ingredients")):
            label = str(ingredient.get("active_manifest") or "")
            then = _dict(_dict(ingredient.get("validation_results")).get("activeManifest"))
            old = [str(s.get("code")) for s in _list(ingredient.get("validation_status"))]
            state = _ingredient_state([*_codes(then, "failure"), *old, *now.get(label, [])])
            states[label] = "invalid" if "invalid" in (state, states.get(label)) else state
    return states


def _ingredient_state(codes: list[str]) -> str:
    if "signingCredential.trusted" in codes:
        codes = [code for code in codes if code not in DOUBTS]
    wrong = [code for code in codes if code not in FINE]
    if not set(wrong) <= DOUBTS:
        return "invalid"
    return "intact" if wrong else "trusted" if "signingCredential.trusted" in codes else "valid"


def _ingredients(
    active: Mapping[str, Any], levels: Mapping[str, int], states: Mapping[str, str]
) -> Iterator[Mapping[str, str]]:
    for ingredient in _list(active.get("ingredients")):
        label = str(ingredient.get("active_manifest") or "")
        if label in levels:
            yield {
                "title": str(ingredient.get("title") or ""),
                "relationship": str(ingredient.get("relationship") or ""),
                "state": states.get(label, "invalid"),
                "ai": LEVELS[levels[label]],
            }


def _signals(manifest: Mapping[str, Any], actions: list[Mapping[str, Any]]) -> Iterator[str]:
    """Signals of the rubric on the active manifest, by the ids of the official file."""
    begun = {a["term"] for a in actions if a["action"] in INCEPTION and a["term"]}
    for name, terms in INCEPTION_SIGNALS.items():
        if begun & terms:
            yield f"inception:signal_{name}"
    if any("active_manifest" not in i for i in _list(manifest.get("ingredients"))):
        yield "inception:signal_mediaUnknownProvenance"
    changes = [a["term"] for a in actions if a["action"] and a["action"] not in {*INCEPTION, *NOT_EDITORIAL}]
    if _ambiguous(manifest, actions):
        yield "transformation:signal_ambiguousActions"
    if any(a["action"] in NOT_EDITORIAL for a in actions):
        yield "transformation:signal_nonEditorial"
    if AI_TERMS & set(changes):
        yield "transformation:signal_perceptibleGenAI"
    if any(t and t not in AI_TERMS for t in changes):
        yield "transformation:signal_perceptibleNonGenAI"
    if POSSIBLE_TERMS & set(changes):
        yield "transformation:signal_perceptiblePossiblyGenAI"


def _ambiguous(manifest: Mapping[str, Any], actions: list[Mapping[str, Any]]) -> bool:
    names = [a["action"] for a in actions]
    lists = [a for a in _list(manifest.get("assertions")) if str(a.get("label")).startswith("c2pa.actions")]
    whole = [_dict(a.get("data")).get("allActionsIncluded") is True for a in lists]
    gathered = manifest.get("claim_version") == 2 and any(a.get("created") is not True for a in lists)
    return (
        not names or gathered or not all(whole) or any(not n.startswith("c2pa.") or n == "c2pa.unknown" for n in names)
    )


def _generator(active: Mapping[str, Any], all_: Mapping[str, Any]) -> str:
    """The program that an AI action names, in the active manifest or below it; else what made the claim."""
    for manifest in (active, *all_.values()):
        for action in _actions(_dict(manifest)):
            if action["term"] in AI_TERMS and action["agent"]:
                return str(action["agent"])[:200]
    info = _list(active.get("claim_generator_info"))
    return str((info[0].get("name") if info else "") or active.get("claim_generator") or "")[:200]


def _joined(*parts: object) -> str:
    return ", ".join(dict.fromkeys(str(p) for p in parts if p))[:300]


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
