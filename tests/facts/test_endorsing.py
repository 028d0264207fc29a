"""Who endorses: words, voices and faces together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from checker.detector import Settings
from checker.detectors.language import Language
from checker.facts import derive
from checker.media import Media
from checker.post import Context
from checker.types import Observation, Segment
from tests.evidence import PLAIN_POST, evidence, seen

REQUIRES = ("language", "screen_text", "speech", "faces", "voices")
UNKNOWN = object()


def named(part: str = "", where: str = "caption", confidence: float = 0.95) -> Observation:
    return seen("mention", confidence, name="Ada Example", kind="public_figure", role="actor", part=part, where=where)


def promoted(where: str = "caption", confidence: float = 0.9, at: tuple[float, float] = (1, 3)) -> Observation:
    value: Any = {"kind": "commercial", "cue": "use my code", "target": "", "where": where, "quote": "use my code"}
    return seen("endorsement", confidence, at=at if where == "speech" else None, **value)


VOICE = seen("voice", at=(0, 4), speaker=0, seconds=4.0)
OTHER = seen("voice", at=(4, 9), speaker=1, seconds=5.0)
FACE = seen("face", at=(0, 4), track=0, frames=8, quality=1.0, size=0.3)
KNOWN = seen("enrolled", 1.0, "declared", person="Ada Example", kind="public_figure", consent=False, faces=1, voices=1)
NO_VOICE = replace(KNOWN, value={**KNOWN.value, "voices": 0})
HEARD = seen("voice_match", 0.95, voice=VOICE.id, person="Ada Example", kind="public_figure", similarity=0.8)
MAYBE = replace(HEARD, confidence=0.6)
SHOWN = seen("face_match", 0.95, face=FACE.id, person="Ada Example", kind="public_figure", distance=0.3)


def ada(*observations: Observation, **rest: Any) -> dict[str, Any]:
    found = derive(evidence(*observations, **rest), requires=REQUIRES)
    return next(dict(p) for p in found.full["people"] if p.get("name") == "Ada Example")


@pytest.mark.parametrize(
    ("observations", "rest", "expected"),
    [
        pytest.param([named(), promoted()], {}, False, id="named beside a discount code"),
        pytest.param([named("endorses"), promoted()], {}, True, id="the words say that she recommends"),
        pytest.param([named(), named("endorses", confidence=0.6)], {}, UNKNOWN, id="but perhaps it is not she"),
        pytest.param([named("speaks"), promoted()], {}, True, id="she introduces herself, and the caption promotes"),
        pytest.param([named("speaks"), promoted("hashtag")], {}, True, id="a hashtag is of the caption"),
        pytest.param([named("speaks"), promoted("speech")], {}, False, id="promoted elsewhere"),
        pytest.param([named("speaks")], {}, False, id="she introduces herself, and nothing is promoted"),
        pytest.param([named("speaks"), promoted(confidence=0.5)], {}, UNKNOWN, id="perhaps promoted"),
        pytest.param([VOICE, KNOWN, HEARD, promoted("speech")], {}, True, id="her voice promotes"),
        pytest.param([VOICE, KNOWN, HEARD, promoted()], {}, False, id="her voice, and the caption promotes"),
        pytest.param([named(), VOICE, KNOWN, promoted("speech")], {}, False, id="another voice promotes"),
        pytest.param([named(), VOICE, KNOWN, MAYBE, promoted("speech")], {}, UNKNOWN, id="perhaps her voice"),
        pytest.param([VOICE, OTHER, KNOWN, HEARD, promoted("speech")], {}, True, id="of two voices, in her turn"),
        pytest.param(
            [VOICE, OTHER, KNOWN, HEARD, promoted("speech", at=(5, 6))],
            {},
            UNKNOWN,
            id="of two voices, out of her turn",
        ),
        pytest.param([FACE, VOICE, NO_VOICE, SHOWN, promoted("speech")], {}, UNKNOWN, id="her face, an unknown voice"),
        pytest.param([FACE, VOICE, KNOWN, SHOWN, promoted("speech")], {}, False, id="her face, another's voice"),
        pytest.param([named(), VOICE, promoted("speech")], {}, False, id="named, no reference to compare with"),
        pytest.param([named(), promoted("speech")], {"voices": "failed"}, UNKNOWN, id="nobody listened to the voices"),
        pytest.param([FACE, KNOWN, SHOWN], {"language": "failed"}, UNKNOWN, id="nobody read the words"),
    ],
)
def test_who_endorses(observations: list[Observation], rest: dict[str, Any], expected: Any) -> None:
    assert ada(*observations, **rest).get("endorses", UNKNOWN) is expected


@pytest.mark.parametrize(("part", "expected"), [("", False), ("endorses", UNKNOWN)])
def test_a_declaration_that_nobody_is_depicted_covers_who_is_only_named(part: str, expected: Any) -> None:
    post = replace(PLAIN_POST, context=Context(depicts_nobody=True))
    made = seen("synthetic_face", 0.5, "estimated", face=FACE.id)
    assert ada(named(part), FACE, made, promoted(), post=post).get("synthetic", UNKNOWN) is expected
    assert ada(named(), FACE, made, promoted()).get("synthetic", UNKNOWN) is UNKNOWN


@pytest.mark.parametrize(
    ("caption", "said", "expected"),
    [
        ("Lionel Messi recommends this app! Use my code LEO20", (), True),
        ("Lionel Messi scored twice. Use my code LEO20", (), False),
        ("Lionel Messi", (("hi i'm Lionel Messi", "and I use this cream", "every day"),), True),
        ("Lionel Messi", (("today Lionel Messi", "scored twice", "use my code LEO20"),), False),
        ("Votez pour Emmanuel Macron", (), False),
        ("Bonjour, je suis Emmanuel Macron. Votez pour Renaissance", (), True),
    ],
)
def test_the_words_themselves(caption: str, said: tuple[tuple[str, ...], ...], expected: bool) -> None:
    heard = [
        Observation(f"speech/{i}", "utterance", {"text": text, "source": "subtitles"}, segment=Segment(i, i + 0.9))
        for i, text in enumerate(text for group in said for text in group)
    ]
    post = replace(PLAIN_POST, caption=caption)
    detector = Language()
    detector.load(Settings())
    found = derive(evidence(*heard, *detector.detect(cast(Media, None), post, heard), post=post), requires=REQUIRES)
    (person,) = found.full["people"]
    assert person["endorses"] is expected
