"""Facts about what the file proves and what the post says of AI: groups `provenance`, `label` and `ai`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..types import Observation, Segment, Strength
from .claims import Claim, all_of, any_of, negation, unknown
from .evidence import Reading

Claims = dict[str, Claim]

CAPTION_UNKNOWN = "no sidecar gives the caption"
TOGGLE_UNKNOWN = "no sidecar says whether the AI toggle is on"


def provenance(reading: Reading) -> Claims:
    """The group `provenance` but for `contradiction` and `reconciliation`."""
    return {
        "c2pa": _only(reading, "c2pa", "state", "absent", strength=Strength.PROVEN),
        "c2pa_ai": _only(reading, "c2pa", "ai", "none"),
        "xmp_ai": _any_ai(reading, "xmp"),
        "aigc_label": _aigc_label(reading),
        "platform_ai_label": _any_ai(reading, "platform_key"),
        "generator": _first(reading, ("c2pa", "aigc", "generator_trace"), ("generator", "producer")),
        "visible_mark": _first(reading, ("generator_mark",), ("generator",)),
    }


def _only(reading: Reading, kind: str, key: str, empty: str, *, strength: Strength | None = None) -> Claim:
    """The value of the one observation of this kind."""
    if seen := reading.of(kind):
        return Claim(seen[0].value.get(key), strength or seen[0].strength, (seen[0].id,))
    reason = reading.unseen(kind)
    return unknown(reason) if reason else Claim(empty)


def _any_ai(reading: Reading, kind: str) -> Claim:
    claims = [Claim(bool(o.value.get("ai")), o.strength, (o.id,)) for o in reading.of(kind)]
    return any_of([*claims, _nothing(reading.unseen(kind))])


def _aigc_label(reading: Reading) -> Claim:
    if seen := reading.of("aigc"):
        label = seen[0].value.get("label")
        if label in (1, 2, 3):
            return Claim(label, seen[0].strength, (seen[0].id,))
        return unknown("the AIGC label in the file cannot be read", evidence=(seen[0].id,))
    reason = reading.unseen("aigc")
    return unknown(reason) if reason else Claim(0)


def _first(reading: Reading, kinds: Iterable[str], keys: tuple[str, ...]) -> Claim:
    """The first name that a believed observation of these kinds gives; an empty string when none does."""
    blind: list[str] = []
    for kind in kinds:
        for o in reading.of(kind):
            if (name := next((o.value[k] for k in keys if o.value.get(k)), "")) and reading.holds(o):
                return Claim(str(name), o.strength, (o.id,))
        blind.append(reading.unseen(kind))
    return unknown(*blind) if any(blind) else Claim("")


def _nothing(reason: str) -> Claim:
    """False when somebody looked, unknown when nobody could."""
    return unknown(reason) if reason else Claim(False)


def label(reading: Reading, platform_key: Claim) -> Claims:
    """The group `label`."""
    post = reading.evidence.post
    caption_known = post.caption is not None or bool(post.hashtags)
    unread = "" if caption_known else CAPTION_UNKNOWN
    text = reading.unseen("ai_label", upstream=False)
    toggle = (
        Claim(post.ai_declared, Strength.DECLARED)
        if post.ai_declared is not None
        else any_of([platform_key, unknown(TOGGLE_UNKNOWN)])
    )
    on_screen = _labelled(reading, "screen", text or reading.unseen("screen_text") or _unread(reading))
    in_caption = _labelled(reading, "caption", text or unread)
    hashtag = _labelled(reading, "hashtag", text or unread)
    spoken = _labelled(reading, "speech", text or reading.unseen("utterance"))
    clear = any_of([toggle, on_screen, in_caption])
    denials = [reading.claim(o) for o in reading.of("ai_label") if o.value.get("denied")]
    return {
        "present": any_of([clear, hashtag, spoken]),
        "clear": clear,
        "platform": toggle,
        "on_screen": on_screen,
        "in_caption": in_caption,
        "hashtag_only": all_of([hashtag, negation(any_of([clear, spoken]))]),
        "spoken": spoken,
        "denied": any_of([*denials, _nothing(reading.unseen("ai_label"))]),
        **(_measures(reading, on_screen) if on_screen.value else {}),
    }


def _labelled(reading: Reading, where: str, blind: str) -> Claim:
    seen = [o for o in _labels(reading) if o.value["where"] == where]
    return any_of([*map(reading.claim, seen), _nothing(blind)])


def _unread(reading: Reading) -> str:
    """Text in a script that nobody here can read could be a label: it makes "no label" doubtful, and nothing else."""
    seen = [o.segment for o in reading.of("unread_text") if o.segment is not None]
    return f"text on screen at {seen[0].start_s:.1f} s could not be read" if seen else ""


def _labels(reading: Reading) -> list[Observation]:
    """AI labels that are no denials, and no part of a generator's mark: "KLING AI" names a product."""
    marks = {o.value.get("text") for o in reading.of("generator_mark")}
    named = {o.id for o in reading.of("screen_text") if o.value.get("text") in marks}
    return [o for o in reading.of("ai_label") if not o.value.get("denied") and o.value.get("of") not in named]


def _measures(reading: Reading, on_screen: Claim) -> Claims:
    """Where, when and how large the on-screen label is; from the screen text that it was found in."""
    texts = {o.id: o for o in reading.of("screen_text")}
    labels = [o for o in _labels(reading) if o.value["where"] == "screen" and reading.holds(o)]
    items = [texts[o.value["of"]] for o in labels if o.value.get("of") in texts]
    seen = tuple(o.id for o in items)
    measures: Claims = {}
    if segments := sorted(o.segment for o in items if o.segment is not None):
        measures["first_s"] = Claim(segments[0].start_s, Strength.MATCHED, seen)
        measures["on_screen_s"] = Claim(_covered_s(segments) - _hidden_s(items), Strength.MATCHED, seen)
        measures["at_start"] = Claim(segments[0].start_s <= 0.1, Strength.MATCHED, seen)
    for key in ("height_ratio", "contrast"):
        if values := [float(o.value[key]) for o in items if o.value.get(key) is not None]:
            measures[key] = Claim(max(values), Strength.MATCHED, seen)
    if boxes := [o for o in items if o.box is not None]:
        measures["survives_crop"] = Claim(any(_survives(reading, o) for o in boxes), Strength.MATCHED, seen)
    if on_screen.strength.firm:
        return measures
    return {name: replace(claim, strength=on_screen.strength) for name, claim in measures.items()}


def _hidden_s(items: list[Observation]) -> float:
    """Seconds in which a label that comes and goes is not there; of several labels, another may show meanwhile."""
    return float(items[0].value.get("hidden_s", 0.0)) if len(items) == 1 else 0.0


def _covered_s(segments: list[Segment]) -> float:
    total = end_s = 0.0
    for segment in segments:
        total += max(0.0, segment.end_s - max(segment.start_s, end_s))
        end_s = max(end_s, segment.end_s)
    return total


def _survives(reading: Reading, item: Observation) -> bool:
    """Whether the box lies within the centre crops to 9:16 and to 1:1."""
    media, box = reading.evidence.media, item.box
    if box is None or not media.width or not media.height:
        return False
    for target in (9 / 16, 1.0):
        shown = media.width / media.height
        keep_x, keep_y = min(1.0, target / shown), min(1.0, shown / target)
        left, top = (1 - keep_x) / 2, (1 - keep_y) / 2
        if box.x0 < left or box.x1 > 1 - left or box.y0 < top or box.y1 > 1 - top:
            return False
    return True


def ai(reading: Reading, provenance: Claims, label: Claims) -> Claims:
    """The group `ai`. False only when every required look was made and found nothing."""
    media = reading.evidence.media
    has_picture, has_sound = media.kind != "audio", bool(media.audio_codec)
    c2pa = _contribution(reading, provenance["c2pa_ai"], "c2pa", "none")
    aigc = _contribution(reading, provenance["aigc_label"], "aigc", 0)
    whole = _says_full(c2pa)
    said = _whole_file(reading, provenance, aigc, label)
    mark = any_of([*map(reading.claim, reading.of("generator_mark")), _nothing(reading.blind("generator_mark"))])
    faces = _estimates(reading, "synthetic_face")
    voices = _estimates(reading, "synthetic_voice")
    watermark = _estimates(reading, "watermark")
    traces = [reading.claim(o) for o in reading.of("generator_trace")]
    used = any_of([_says_some(c2pa), _maybe(aigc), said, mark, faces, voices, watermark, *traces])
    doubt = unknown("AI was used, but not said for what", evidence=used.evidence)
    rest = [doubt] if used.value else [used]
    visual = any_of([whole, said, mark, faces, watermark, *rest]) if has_picture else Claim(False)
    audio = any_of([whole, voices, *rest]) if has_sound else Claim(False)
    return {"used": used, "visual": visual, "audio": audio}


def _says_some(c2pa: Claim) -> Claim:
    return c2pa.map(c2pa.value != "none") if c2pa.known else c2pa


def _says_full(c2pa: Claim) -> Claim:
    return c2pa.map(c2pa.value == "full") if c2pa.known else c2pa


def _maybe(aigc: Claim) -> Claim:
    return aigc.map(aigc.value > 0) if aigc.known else aigc


def _contribution(reading: Reading, claim: Claim, kind: str, empty: object) -> Claim:
    """A look that was not made and is not required contributes nothing."""
    return claim if claim.known or claim.evidence or reading.blind(kind) else Claim(empty)


def _whole_file(reading: Reading, provenance: Claims, aigc: Claim, label: Claims) -> Claim:
    """Statements about the file as a whole: toggle, perceived label, XMP, a sure AIGC label, platform key."""
    sure = aigc.map(aigc.value == 1) if aigc.known else aigc
    seen = label["present"]
    # A caption or toggle that nobody gave cannot make AI use doubtful: it could only have admitted it. Nor can words
    # that the classifier is not sure of.
    guessed = {o.id for o in reading.of("ai_label") if not o.strength.firm}
    doubts = (
        [seen]
        if set(seen.evidence) - guessed
        else [_nothing(reading.blind(k)) for k in ("ai_label", "screen_text", "utterance")]
    )
    xmp = _contribution(reading, provenance["xmp_ai"], "xmp", False)
    key = _contribution(reading, provenance["platform_ai_label"], "platform_key", False)
    return any_of([xmp, sure, key, *([seen] if seen.value else doubts)])


def _estimates(reading: Reading, kind: str) -> Claim:
    return any_of([*map(reading.claim, reading.of(kind)), _nothing(reading.blind(kind))])
