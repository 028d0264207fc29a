"""Facts about people: the lists `faces`, `voices`, `mentions` and `people`, which joins them by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from ..post import DeclaredPerson
from ..types import Observation, Strength
from . import endorsing
from .claims import Claim, any_of, unknown
from .evidence import Reading
from .marks import Claims

Items = list[Claims]
STRICTEST = ("minor", "private", "public_figure", "self", "unknown")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list fact: its items, and why there may be more of them."""

    items: Items
    blind: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What gallery, gazetteer and declaration say of one person."""

    name: str
    kind: str
    consent: Claim = field(default_factory=lambda: unknown("no consent is on record"))
    face: bool = False
    voice: bool = False
    """Whether a face or voice reference is enrolled, so that "not matched" means "not there"."""
    declared: bool = False


def faces(reading: Reading, ai: Claims) -> Listed:
    """One item per face track."""
    return _tracks(reading, ai["visual"], "face", "synthetic_face")


def voices(reading: Reading, ai: Claims) -> Listed:
    """One item per speaker."""
    return _tracks(reading, _voiced(reading, ai["audio"]), "voice", "synthetic_voice")


def _voiced(reading: Reading, audio: Claim) -> Claim:
    """`ai.audio` without the estimates for other voices, which say nothing of this one."""
    return audio if audio.strength.firm or not audio.known else Claim(False, audio.strength)


def _tracks(reading: Reading, whole: Claim, kind: str, synthetic: str) -> Listed:
    known = _known(reading)
    items = [_track(reading, o, whole, kind, synthetic, known) for o in reading.of(kind)]
    return Listed(items, reading.blind(kind))


def _track(
    reading: Reading, seen: Observation, whole: Claim, kind: str, synthetic: str, known: dict[str, _Known]
) -> Claims:
    matches = [m for m in reading.of(f"{kind}_match") if m.value.get(kind) == seen.id]
    estimates = [e for e in reading.of(synthetic) if e.value.get(kind) in (seen.id, None)]
    if estimates:
        said = [reading.claim(e) for e in estimates]
    else:  # nobody looked at this one: unknown if the look is required, else no contribution
        blind = reading.blind(synthetic)
        said = [unknown(blind) if blind else Claim(False)]
    others = whole if whole.strength.firm or not whole.known else Claim(False, whole.strength)
    item = {
        "seconds": Claim(
            float(seen.value.get("seconds", seen.segment.seconds if seen.segment else 0.0)),
            Strength.MATCHED,
            (seen.id,),
        ),
        "synthetic": any_of([others, *said]),
        **_identity(reading, seen, matches, known, kind),
    }
    return {name: claim if claim.evidence else _seen(claim, seen) for name, claim in item.items()}


def _seen(claim: Claim, seen: Observation) -> Claim:
    return Claim(claim.value, claim.strength, (seen.id,), claim.reason)


def _identity(
    reading: Reading, seen: Observation, matches: Sequence[Observation], known: dict[str, _Known], kind: str
) -> Claims:
    """person, kind, consent, minor."""
    best = max(matches, key=lambda m: m.confidence, default=None)
    held = reading.holds(best, "likeness") if best is not None else False
    if best is not None and held is None:
        doubt = unknown(
            f"resembles `{best.value['person']}` with {best.confidence:.2f}, within the band", evidence=(best.id,)
        )
        return {"person": doubt, "kind": doubt, "consent": doubt, "minor": doubt}
    if best is not None and held:
        return _person(known.get(str(best.value["person"])), best, reading)
    if blind := reading.blind(f"{kind}_match"):
        return dict.fromkeys(("person", "kind", "consent"), unknown(blind)) | {"minor": _age(reading, seen)}
    if declared := reading.evidence.post.context.people:
        return _declared(reading, seen, declared, known)
    return {
        "person": Claim("", Strength.MATCHED),
        "kind": Claim("unknown", Strength.MATCHED),
        "consent": unknown("it matches nobody enrolled, and the declaration names nobody"),
        "minor": _age(reading, seen),
    }


def _person(person: _Known | None, match: Observation, reading: Reading) -> Claims:
    kind = person.kind if person else str(match.value.get("kind", "unknown"))
    return {
        "person": Claim(str(match.value["person"]), Strength.MATCHED, (match.id,)),
        "kind": Claim(kind, Strength.MATCHED, (match.id,)),
        "consent": person.consent if person else unknown("no consent is on record"),
        "minor": Claim(kind == "minor", Strength.MATCHED, (match.id,)),
    }


def _declared(
    reading: Reading, seen: Observation, people: Sequence[DeclaredPerson], known: dict[str, _Known]
) -> Claims:
    """A face or voice that matches nobody enrolled is one of those whom the declaration names: the strictest."""
    kind = min((p.kind for p in people), key=STRICTEST.index)
    consents = [known[p.name].consent for p in people]
    worst = next((c for c in consents if c.value is False), None) or next(
        (c for c in consents if not c.known), consents[0]
    )
    return {
        "person": Claim(people[0].name, Strength.DECLARED) if len(people) == 1 else unknown("one of several declared"),
        "kind": Claim(kind, Strength.DECLARED),
        "consent": worst,
        "minor": Claim(kind == "minor", Strength.DECLARED),
    }


def _age(reading: Reading, seen: Observation) -> Claim:
    """Under 18 by the age network's band; unknown where none looked."""
    for o in reading.of("age"):
        if o.value.get("face") == seen.id:
            return reading.claim(o)
    return unknown(reading.unseen("age") or "no age could be estimated")


def mentions(reading: Reading) -> Listed:
    """One item per person named in caption, hashtags, speech or on screen."""
    items: Items = []
    for name in dict.fromkeys(str(o.value["name"]) for o in reading.of("mention")):
        seen = [o for o in reading.of("mention") if o.value["name"] == name]
        best = max(seen, key=lambda o: (bool(reading.holds(o)) and o.strength.firm, o.confidence))
        held = reading.claim(best)
        if held.value is False:
            continue
        items.append({key: _if(held, str(best.value.get(key) or "")) for key in ("name", "kind", "role")})
    return Listed(items, reading.blind("mention"))


def _if(held: Claim, value: str) -> Claim:
    return held.map(value) if held.known else held


def people(reading: Reading, ai: Claims, faces: Listed, voices: Listed, mentions: Listed) -> Listed:
    """Everybody who is shown, heard, named or declared, once each; one more item for all who match nobody."""
    known = _known(reading)
    names = [str(i["person"].value) for i in (*faces.items, *voices.items) if i["person"].value]
    names += [str(i["name"].value) for i in mentions.items if i["name"].value]
    names += [p.name for p in reading.evidence.post.context.people]
    items = [_one(reading, name, known, ai, faces, voices, mentions) for name in dict.fromkeys(names)]
    strangers = [i for i in (*faces.items, *voices.items) if not i["person"].value]
    if strangers:
        items.append(_stranger(strangers, faces))
    return Listed(items, faces.blind or voices.blind or mentions.blind)


def _one(
    reading: Reading, name: str, known: dict[str, _Known], ai: Claims, faces: Listed, voices: Listed, mentions: Listed
) -> Claims:
    person = known.get(name)
    named = [i for i in mentions.items if i["name"].value == name]
    kinds = [i["kind"] for i in (*faces.items, *voices.items) if i["person"].value == name] + [i["kind"] for i in named]
    kind = Claim(person.kind, Strength.MATCHED) if person else next(k for k in kinds if k.known)
    shown = _present(name, faces, enrolled=person is not None and person.face)
    heard = _present(name, voices, enrolled=person is not None and person.voice)
    endorses = endorsing.endorses(reading, name, heard)
    mine = [i["synthetic"] for i in (*faces.items, *voices.items) if i["person"].value == name]
    if not mine:  # named only: if the likeness is used at all, it is as synthetic as the picture or the sound is
        mine = [c for c, there in ((ai["visual"], shown), (ai["audio"], heard)) if there.value is not False]
        if endorses.value is False and reading.evidence.post.context.depicts_nobody:
            mine = [Claim(False, Strength.DECLARED)]  # every AI face and voice is nobody's: not this person's either
    age = [i["minor"] for i in faces.items if i["person"].value == name]
    return {
        "name": Claim(name, kind.strength, kind.evidence),
        "kind": kind,
        "depicted": shown,
        "heard": heard,
        "mentioned": any_of(
            [*(i["name"].map(True) for i in named), unknown(mentions.blind) if mentions.blind else Claim(False)]
        ),
        "endorses": endorses,
        "synthetic": any_of(mine) if mine else Claim(False, Strength.MATCHED),
        "consent": person.consent if person else unknown("no consent is on record"),
        "minor": Claim(True, kind.strength, kind.evidence)
        if kind.value == "minor"
        else any_of(age)
        if age
        else Claim(False, kind.strength, kind.evidence),
    }


def _present(name: str, tracks: Listed, *, enrolled: bool) -> Claim:
    """Whether one of the tracks is this person. A stranger could be, unless a reference of the person was compared."""
    if mine := [i["person"] for i in tracks.items if i["person"].value == name]:
        return any_of([claim.map(True) for claim in mine])
    if tracks.blind:
        return unknown(tracks.blind)
    open_ = [i["person"] for i in tracks.items if not i["person"].known]
    if open_:
        return open_[0]
    strangers = [i["person"] for i in tracks.items if i["person"].value == ""]
    if strangers and not enrolled:
        return unknown(f"no reference of `{name}` is enrolled to compare with", evidence=strangers[0].evidence)
    return Claim(False, Strength.MATCHED)


def _stranger(strangers: Items, faces: Listed) -> Claims:
    """Those who match nobody enrolled, in one item."""
    shown = [i for i in strangers if any(i is f for f in faces.items)]
    kinds = {i["kind"].value for i in strangers}
    return {
        "name": Claim("", Strength.MATCHED),
        "kind": strangers[0]["kind"] if len(kinds) == 1 else unknown(*[i["kind"].reason for i in strangers]),
        "depicted": Claim(bool(shown), Strength.MATCHED),
        "heard": Claim(len(shown) < len(strangers), Strength.MATCHED),
        "mentioned": Claim(False, Strength.MATCHED),
        "synthetic": any_of([i["synthetic"] for i in strangers]),
        "consent": strangers[0]["consent"],
        "minor": any_of([i["minor"] for i in strangers]),
    }


def _known(reading: Reading) -> dict[str, _Known]:
    """People of the gallery who matter here, then those of the declaration, by name."""
    found = {str(o.value["person"]): _enrolled(o, reading.day) for o in reading.of("enrolled")}
    for person in reading.evidence.post.context.people:
        before = found.get(person.name)
        consent = _consent(person.consent, person.until, reading.day, Strength.DECLARED, ())
        if before is None:
            found[person.name] = _Known(person.name, person.kind, consent, declared=True)
        elif before.consent.value is not True and consent.known:
            found[person.name] = _Known(person.name, before.kind, consent, before.face, before.voice, declared=True)
    return found


def _enrolled(o: Observation, day: date) -> _Known:
    until = date.fromisoformat(o.value["until"]) if o.value.get("until") else None
    return _Known(
        str(o.value["person"]),
        str(o.value["kind"]),
        _consent(bool(o.value.get("consent")), until, day, o.strength, (o.id,)),
        face=bool(o.value.get("faces")),
        voice=bool(o.value.get("voices")),
    )


def _consent(given: bool | None, until: date | None, day: date, strength: Strength, evidence: Iterable[str]) -> Claim:
    if given is None:
        return unknown("the declaration does not say whether consent was given")
    return Claim(given and (until is None or day <= until), strength, tuple(evidence))
