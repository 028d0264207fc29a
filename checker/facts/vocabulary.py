"""The closed vocabulary: facts that a rule may name, and kinds of observation that detectors may emit.

A fact that could not be established is absent from the document, never null and never a default.
`checker policy facts` prints this table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

TYPES = ("bool", "int", "double", "string", "strings")
"""`strings` is a list of strings; all others are scalars."""


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the vocabulary."""

    type: str
    doc: str
    values: tuple[str, ...] = ()
    """For a string (or the items of `strings`): the values that exist; empty = any text."""
    needs: tuple[str, ...] = ()
    """Kinds of observation that establish it; none for what the container or the post says."""

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"type `{self.type}` is not one of {', '.join(TYPES)}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Groups of scalar facts and lists of items, such as ``label.present`` and ``faces[].synthetic``."""

    groups: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)

    def kinds(self, names: Iterable[str]) -> set[str]:
        """Kinds of observation that establish these facts; a bare group or list stands for all its fields."""
        names = set(names)
        return {k for name, row in self if name in names or re.split(r"\[|\.", name)[0] in names for k in row.needs}

    def __iter__(self) -> Iterator[tuple[str, Field]]:
        """``("label.present", Field)`` and ``("faces[].synthetic", Field)``, in the order of the table."""
        for group, fields in self.groups.items():
            for name, row in fields.items():
                yield f"{group}.{name}", row
        for items, fields in self.lists.items():
            for name, row in fields.items():
                yield f"{items}[].{name}", row


PERSON_KINDS = ("public_figure", "private", "minor", "self", "unknown")
SAFETY = (
    "hate",
    "harassment",
    "sexual",
    "minor_safety",
    "self_harm",
    "violence",
    "dangerous_acts",
    "regulated_goods",
    "scam",
    "misinformation",
)
TOPICS = ("news", "crisis", "health", "elections", "finance", "commerce")

_MARKS = ("c2pa", "xmp", "aigc", "platform_key", "generator_trace")
_LABEL = ("ai_label", "screen_text", "utterance", "platform_key")
_SYNTHETIC = ("synthetic_face", "synthetic_voice")
_AI = (*_MARKS, "generator_mark", "ai_label", *_SYNTHETIC, "watermark")

_person = {
    "person": Field("string", "name of the enrolled person it matches; empty when it matches nobody enrolled"),
    "kind": Field("string", "who that is; `unknown` when it matches nobody enrolled", PERSON_KINDS),
    "consent": Field("bool", "whether consent to an AI likeness is on record and has not expired", needs=("enrolled",)),
    "minor": Field("bool", "whether the person is under 18 (gallery, declaration, age estimate)"),
    "seconds": Field("double", "how long it is seen or heard"),
}

FACTS = Vocabulary(
    groups={
        "media": {
            "kind": Field("string", "what the file holds", ("video", "image", "audio")),
            "duration_s": Field("double", "length in seconds; 0 for a still image"),
            "width": Field("int", "pixels, as displayed"),
            "height": Field("int", "pixels, as displayed"),
            "has_audio": Field("bool", "whether there is an audio stream"),
            "has_speech": Field("bool", "whether somebody speaks", needs=("utterance",)),
        },
        "post": {
            "platform": Field(
                "string",
                "where it is published",
                ("tiktok", "youtube", "instagram", "facebook", "x", "linkedin", "snapchat", "other"),
            ),
            "ai_declared": Field("bool", "the platform's AI-generated toggle"),
            "brand_declared": Field("bool", "the toggle for a paid partnership with a third party"),
            "own_brand_declared": Field("bool", "the toggle for promoting one's own business"),
            "privacy": Field("string", "who can see it", ("public", "friends", "followers", "private")),
            "is_ad": Field("bool", "published as an advertisement"),
            "has_caption": Field("bool", "whether a caption is known and not empty"),
            "language": Field("string", "ISO 639-1 code of the caption", needs=("text_language",)),
        },
        "context": {
            "realistic": Field("bool", "declared: looks as if it could be real"),
            "artistic": Field("bool", "declared: evidently artistic, satirical, fictional"),
            "news_or_crisis": Field("bool", "declared: about news, a crisis or another matter of public importance"),
            "role": Field(
                "string", "declared: who asks", ("creator", "advertiser", "platform", "provider", "deployer", "user")
            ),
            "jurisdictions": Field("strings", "declared: where it is published, such as EU, CN, US-NY"),
            "commercial": Field("bool", "declared: commercial content"),
            "professional": Field("bool", "declared: published in the course of a profession or business"),
            "depicts_nobody": Field("bool", "declared: every AI face and voice is of a person who does not exist"),
        },
        "provenance": {
            "c2pa": Field(
                "string",
                "state of the C2PA manifest",
                ("absent", "unreadable", "invalid", "intact", "valid", "trusted", "cannot_carry"),
                needs=("c2pa",),
            ),
            "c2pa_ai": Field(
                "string",
                "what a manifest that is not tampered says of AI",
                ("none", "partial", "full"),
                needs=("c2pa",),
            ),
            "xmp_ai": Field("bool", "XMP DigitalSourceType names generative AI", needs=("xmp",)),
            "aigc_label": Field("int", "China's AIGC label: 0 absent, 1 is, 2 may be, 3 suspected", needs=("aigc",)),
            "platform_ai_label": Field("bool", "a platform's key in the file says AI", needs=("platform_key",)),
            "generator": Field("string", "generator that the file names; empty when it names none", needs=_MARKS),
            "visible_mark": Field(
                "string", "generator whose visible mark is on screen; empty when none is", needs=("generator_mark",)
            ),
            "contradiction": Field("bool", "a marking of the file contradicts what the post declares", needs=_MARKS),
            "reconciliation": Field(
                "string",
                "declared x proven x perceived x estimated, in one word",
                ("consistent", "undeclared", "declared_unmarked", "contradiction", "over_labelled", "stripped"),
                needs=_AI,
            ),
        },
        "label": {
            "present": Field("bool", "an AI label in any form", needs=_LABEL),
            "clear": Field("bool", "an AI label other than a hashtag or speech alone", needs=_LABEL),
            "platform": Field("bool", "the platform's own label (toggle or key in the file)"),
            "on_screen": Field("bool", "an AI label is written in the picture", needs=("ai_label",)),
            "in_caption": Field("bool", "the caption says it in words", needs=("ai_label",)),
            "hashtag_only": Field("bool", "the only label is a hashtag", needs=("ai_label",)),
            "spoken": Field("bool", "an AI label is spoken", needs=("ai_label",)),
            "denied": Field("bool", "the post says that no AI was used", needs=("ai_label",)),
            "first_s": Field("double", "when the on-screen label first appears", needs=("ai_label",)),
            "on_screen_s": Field("double", "how long the on-screen label is seen in all", needs=("ai_label",)),
            "height_ratio": Field("double", "text height over the shortest side of the frame", needs=("ai_label",)),
            "at_start": Field("bool", "the on-screen label is in the first frame", needs=("ai_label",)),
            "survives_crop": Field(
                "bool", "the on-screen label survives a centre crop to 9:16 and 1:1", needs=("ai_label",)
            ),
            "contrast": Field("double", "contrast ratio of the on-screen label (WCAG, 1 to 21)", needs=("ai_label",)),
        },
        "ai": {
            "used": Field("bool", "AI made or changed something in it", needs=_AI),
            "visual": Field("bool", "AI made or changed the picture", needs=_AI),
            "audio": Field("bool", "AI made or changed the sound", needs=_AI),
        },
        "endorsement": {
            "kind": Field("string", "what is promoted", ("none", "political", "commercial"), needs=("endorsement",)),
            "target": Field("string", "who or what is promoted; empty when not named", needs=("endorsement",)),
        },
        "text": {
            "languages": Field("strings", "ISO 639-1 codes of what is said and written", needs=("text_language",)),
            "topics": Field("strings", "topics that rules need", TOPICS, needs=("topic",)),
            "minor_mentioned": Field("bool", "the words speak of a minor who takes part", needs=("minor_mention",)),
        },
        "safety": {name: Field("bool", f"community-safety category {name}", needs=("safety",)) for name in SAFETY},
    },
    lists={
        "faces": {
            **{k: Field(f.type, f.doc, f.values, (*f.needs, "face", "face_match")) for k, f in _person.items()},
            "synthetic": Field("bool", "whether the face is made or changed by AI", needs=("face", "synthetic_face")),
        },
        "voices": {
            **{k: Field(f.type, f.doc, f.values, (*f.needs, "voice", "voice_match")) for k, f in _person.items()},
            "synthetic": Field("bool", "whether the voice is made by AI", needs=("voice", "synthetic_voice")),
        },
        "people": {
            "name": Field("string", "name; empty for a face or voice that matches nobody", needs=("mention",)),
            "kind": Field("string", "who that is", PERSON_KINDS, ("face", "voice", "mention")),
            "depicted": Field("bool", "the person's face is shown", needs=("face", "face_match")),
            "heard": Field("bool", "the person's voice is heard", needs=("voice", "voice_match")),
            "mentioned": Field("bool", "the person is named in the words", needs=("mention",)),
            "endorses": Field(
                "bool",
                "the person recommends something: in the first person, by what the words say of them, or as the voice "
                "that promotes it; false for one who is only named, or for whom one shall vote",
                needs=("mention", "endorsement", "voice_match"),
            ),
            "synthetic": Field("bool", "the face or voice that is shown is made by AI", needs=_AI),
            "consent": Field("bool", "consent to an AI likeness is on record and has not expired", needs=("enrolled",)),
            "minor": Field("bool", "under 18", needs=("enrolled", "age")),
        },
        "mentions": {
            "name": Field("string", "canonical name", needs=("mention",)),
            "kind": Field("string", "who that is", PERSON_KINDS, ("mention",)),
            "role": Field("string", "role in the gazetteer, such as politician, athlete", needs=("mention",)),
        },
        "markings": {
            "format": Field(
                "string",
                "which marking",
                ("c2pa", "xmp", "aigc", "platform_key", "generator_trace", "watermark"),
                _MARKS,
            ),
            "state": Field("string", "`valid`, `invalid`, ...", needs=_MARKS),
            "ai": Field("bool", "whether it says AI", needs=_MARKS),
        },
    },
)

KINDS: Mapping[str, str] = {
    # provenance
    "c2pa": "{state, ai: none|partial|full, signer, generator, source_types[], own_source_types[], actions[], codes[], "
    "remote_url}; always one, also when absent; proven",
    "xmp": "{digital_source_type: bare term, ai: bool, fields{}}; declared",
    "aigc": "{label: 1|2|3|null, producer, valid: bool, deviations[], where}; proven",
    "platform_key": "{key, raw, label_type: int|null, ai: bool}; proven",
    "generator_trace": "{generator, trace}; matched",
    # picture
    "shot": "{index}; segment; matched",
    "screen_text": "{text, height_ratio, contrast?, score, hidden_s?: of it, not shown}; segment, box; matched",
    "unread_text": "{score}; what looks like a line of text but cannot be read, such as another script; segment, box",
    "generator_mark": "{generator, text}; segment, box; matched",
    "watermark": "{payload: sdxl|flux|stable-diffusion-1, bits: how many match, of}; segment; estimated",
    "face": "{track: int, frames, quality, size: box height over frame height}; segment, box of the best crop; "
    "matched; data = {embedding (128,) float32, or None; looks [..]: at most 12, equally far apart, and of these "
    "crops [(192,192,3) uint8 RGB], times_s [..]}",
    "face_match": "{face: id of the face, person, kind, distance}; confidence = same-person probability; matched",
    "synthetic_face": "{face: id, score: log-odds of all networks together, prior, networks {name: {score, confidence: "
    "null without a calibration}}, looks [[time_s, confidence], ..]}; estimated",
    "age": "{face: id, years}; confidence = probability of under 18; estimated",
    # sound
    "speech": "{}; one per stretch of speech; segment; matched",
    "utterance": "{text, source: subtitles|keywords|name of the engine, language, words?}; segment; matched, but "
    "keywords estimated",
    "voice": "{speaker: int, seconds}; segment of the first turn; matched; data = {embedding (256,), turns [Segment]}",
    "enrolled": "{person, kind, consent: bool, until: ISO date|null, faces: n, voices: n}; one per enrolled person who "
    "is matched or named; declared",
    "voice_match": "{voice: id of the voice, person, kind, similarity}; confidence; matched",
    "synthetic_voice": "{voice: id or null, score: log-odds of all networks together, prior, networks {name: {score, "
    "confidence}}, turns [[start_s, end_s, confidence], ..]}; segment; estimated",
    # words; `where` is caption|hashtag|speech|screen, `quote` the original text, `of` the id it was found in,
    # `source` what it was heard by where that is weak; what comes of a keyword is estimated
    "text_language": "{code, where}; matched",
    # `by: classifier` where only the classifier sees it, then estimated
    "ai_label": "{where, quote, language, denied: bool, of?, span [start, end], by?}; declared",
    "endorsement": "{kind: political|commercial, cue, target, where, quote, of?, by?}; matched",
    "mention": "{name, kind, role, part: endorses|speaks (in the first person)|empty, where, quote, of?}; matched",
    "minor_mention": "{where, quote, of?, by?}; matched",
    "topic": "{topic, where, quote}; matched",
    "safety": "{category, where, quote, by?}; estimated",
}
