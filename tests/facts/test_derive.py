"""What each fact says for what was seen, not seen, and not looked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts import Evidence, derive
from checker.post import Context, DeclaredPerson, Post
from checker.types import Facts, Observation
from tests.evidence import NO_POST, PLAIN_POST, VIDEO, c2pa, evidence, runs, seen

REQUIRES = ("provenance", "language", "screen_text", "speech", "faces", "voices")
UNKNOWN = object()


def facts(*observations: Observation, requires: tuple[str, ...] = REQUIRES, **rest: Any) -> Facts:
    return derive(evidence(*observations, **rest), requires=requires, day=date(2026, 6, 1))


def value(found: Facts, name: str) -> Any:
    group, _, field = name.partition(".")
    return found.full[group].get(field, UNKNOWN)


def firm(found: Facts, name: str) -> Any:
    group, _, field = name.partition(".")
    return found.firm[group].get(field, UNKNOWN)


def label(where: str, **rest: Any) -> Observation:
    return seen(
        "ai_label", 1.0, "declared", where=where, quote="AI-generated", language="en", **{"denied": False, **rest}
    )


UNREAD = seen("unread_text", 0.5, at=(1, 3), score=0.9)
TOGGLE_ON = replace(PLAIN_POST, ai_declared=True)
FACE = seen("face", at=(0, 4), track=0, frames=8, quality=1.0, size=0.3)
VOICE = seen("voice", at=(0, 4), speaker=0, seconds=4.0)


@pytest.mark.parametrize(
    ("observations", "rest", "expected"),
    [
        pytest.param([], {}, False, id="nothing seen by anybody"),
        pytest.param([], {"post": NO_POST}, False, id="no sidecar does not make AI use doubtful"),
        pytest.param([c2pa("full")], {}, True, id="signed manifest says AI"),
        pytest.param([c2pa("none")], {}, False, id="signed manifest says no AI"),
        pytest.param([seen("xmp", 1.0, "declared", ai=True)], {}, True, id="xmp"),
        pytest.param([seen("xmp", 1.0, "declared", ai=False)], {}, False, id="xmp of a camera"),
        pytest.param([seen("aigc", 1.0, "proven", label=1, valid=True)], {}, True, id="aigc"),
        pytest.param([seen("platform_key", 1.0, "proven", key="aigc_info", ai=True)], {}, True, id="platform key"),
        pytest.param([seen("platform_key", 1.0, "proven", key="aigc_info", ai=False)], {}, False, id="key off"),
        pytest.param([seen("generator_mark", generator="Sora", text="Sora")], {}, True, id="visible mark"),
        pytest.param([label("screen")], {}, True, id="label on screen"),
        pytest.param([label("screen", denied=True)], {}, False, id="denial is no label"),
        pytest.param([], {"post": TOGGLE_ON}, True, id="toggle"),
        pytest.param([], {"provenance": "failed"}, UNKNOWN, id="provenance failed"),
        pytest.param([], {"screen_text": "unavailable"}, UNKNOWN, id="no text reader"),
        pytest.param([], {"speech": "incomplete"}, UNKNOWN, id="part of the speech not decoded"),
        pytest.param([], {"speech": "not_applicable"}, False, id="no sound to listen to"),
        pytest.param([c2pa("full")], {"screen_text": "failed", "language": "failed"}, True, id="one proof is enough"),
        pytest.param([], {"synthetic_face": "ok"}, False, id="estimator saw nothing"),
        pytest.param([seen("synthetic_face", 0.95, "estimated", face="faces/0")], {}, True, id="estimate high"),
        pytest.param(
            [seen("synthetic_face", 0.5, "estimated", face="faces/0")], {}, UNKNOWN, id="estimate in the band"
        ),
        pytest.param([seen("synthetic_face", 0.1, "estimated", face="faces/0")], {}, False, id="estimate low"),
    ],
)
def test_ai_used(observations: list[Observation], rest: dict[str, Any], expected: Any) -> None:
    assert value(facts(*observations, **rest), "ai.used") is expected


def test_what_only_an_estimate_says_is_absent_from_the_firm_document() -> None:
    found = facts(seen("synthetic_face", 0.95, "estimated", face="faces/0"))
    assert value(found, "ai.used") is True and firm(found, "ai.used") is UNKNOWN
    assert firm(facts(c2pa("full"), seen("synthetic_face", 0.1, "estimated", face="x")), "ai.used") is True


def test_a_look_that_is_not_required_contributes_nothing_and_strict_makes_it_required() -> None:
    clip = evidence(synthetic_face="unavailable")
    assert value(derive(clip, requires=REQUIRES), "ai.used") is False
    assert value(derive(clip, requires=(*REQUIRES, "synthetic_face")), "ai.used") is UNKNOWN
    strict = derive(clip, requires=REQUIRES, strict=True)
    assert "synthetic_face" in strict.table["ai.used"].unknown


@pytest.mark.parametrize(
    ("observations", "rest", "present", "clear"),
    [
        pytest.param([], {}, False, False, id="toggle off, nothing seen"),
        pytest.param([], {"post": NO_POST}, UNKNOWN, UNKNOWN, id="nobody knows the toggle"),
        pytest.param([], {"post": TOGGLE_ON}, True, True, id="toggle"),
        pytest.param([label("screen")], {"post": NO_POST}, True, True, id="on screen, toggle unknown"),
        pytest.param([label("caption")], {}, True, True, id="caption"),
        pytest.param([label("hashtag")], {}, True, False, id="hashtag only"),
        pytest.param([label("speech")], {}, True, False, id="spoken only"),
        pytest.param([], {"screen_text": "failed"}, UNKNOWN, UNKNOWN, id="nobody read the screen"),
        pytest.param([], {"language": "failed"}, UNKNOWN, UNKNOWN, id="nobody read the words"),
        pytest.param([label("caption", denied=True)], {}, False, False, id="denial"),
        pytest.param([UNREAD], {}, UNKNOWN, UNKNOWN, id="text in a script that nobody read"),
        pytest.param([UNREAD, label("caption")], {}, True, True, id="unread text, and a label"),
        pytest.param(
            [], {"media": replace(VIDEO, audio_codec=""), "speech": "not_applicable"}, False, False, id="mute"
        ),
    ],
)
def test_label(observations: list[Observation], rest: dict[str, Any], present: Any, clear: Any) -> None:
    found = facts(*observations, **rest)
    assert value(found, "label.present") is present
    assert value(found, "label.clear") is clear


def test_no_label_is_never_concluded_from_a_look_that_nobody_made_required_or_not() -> None:
    found = facts(screen_text="unavailable", requires=())
    assert value(found, "label.on_screen") is UNKNOWN and value(found, "label.present") is UNKNOWN


@pytest.mark.parametrize(("others", "expected"), [([], True), (["caption"], False), (["screen"], False)])
def test_hashtag_only(others: list[str], expected: bool) -> None:
    assert value(facts(label("hashtag"), *map(label, others)), "label.hashtag_only") is expected


def test_on_screen_label_is_measured_from_the_text_it_was_found_in() -> None:
    first = seen("screen_text", at=(0.0, 2.0), text="AI-generated", height_ratio=0.06, contrast=7.5)
    again = seen("screen_text", at=(1.0, 5.0), text="AI-generated", height_ratio=0.03, contrast=2.0)
    found = facts(first, again, label("screen", of=first.id), label("screen", of=again.id))
    expected = {"first_s": 0.0, "on_screen_s": 5.0, "height_ratio": 0.06, "contrast": 7.5, "at_start": True}
    assert {name: value(found, f"label.{name}") for name in expected} == expected
    assert value(facts(), "label.first_s") is UNKNOWN


@pytest.mark.parametrize(
    ("observations", "rest", "expected"),
    [
        pytest.param([], {}, "consistent", id="nothing anywhere"),
        pytest.param([c2pa("full")], {"post": TOGGLE_ON}, "consistent", id="proven and declared"),
        pytest.param([c2pa("full")], {}, "contradiction", id="proven, toggle off"),
        pytest.param([c2pa("full"), label("caption", denied=True)], {"post": TOGGLE_ON}, "contradiction", id="denied"),
        pytest.param([seen("generator_mark", generator="Sora", text="Sora")], {}, "undeclared", id="mark, no label"),
        pytest.param([], {"post": TOGGLE_ON}, "declared_unmarked", id="declared, file says nothing"),
        pytest.param(
            [c2pa("none", "trusted", source_types=["digitalCapture"], own_source_types=["digitalCapture"])],
            {"post": TOGGLE_ON},
            "over_labelled",
            id="camera",
        ),
        pytest.param(
            [c2pa("none", "trusted", source_types=["digitalCreation", "digitalCapture"], own_source_types=[])],
            {"post": TOGGLE_ON},
            "declared_unmarked",
            id="camera in an ingredient only",
        ),
        pytest.param(
            [c2pa("none", "absent", remote_url="https://example.com/m")],
            {"post": TOGGLE_ON},
            "stripped",
            id="pointer left",
        ),
        pytest.param([], {"provenance": "failed"}, UNKNOWN, id="nobody read the file"),
        pytest.param([c2pa("full")], {"post": NO_POST}, UNKNOWN, id="nobody knows the toggle"),
    ],
)
def test_reconciliation(observations: list[Observation], rest: dict[str, Any], expected: Any) -> None:
    assert value(facts(*observations, **rest), "provenance.reconciliation") == expected


@pytest.mark.parametrize(
    ("confidences", "rest", "expected"),
    [
        pytest.param({}, {}, "none", id="none"),
        pytest.param({"commercial": 0.9}, {}, "commercial", id="commercial"),
        pytest.param({"commercial": 0.9, "political": 0.8}, {}, "political", id="both"),
        pytest.param({"commercial": 0.5}, {}, UNKNOWN, id="in the band"),
        pytest.param({}, {"post": replace(PLAIN_POST, brand_declared=True)}, "commercial", id="declared by its toggle"),
        pytest.param({"commercial": 0.1}, {}, "none", id="below the band"),
        pytest.param({}, {"speech": "failed"}, UNKNOWN, id="nobody heard the words"),
        pytest.param({"commercial": 0.9}, {"speech": "failed"}, "commercial", id="seen is seen"),
    ],
)
def test_endorsement(confidences: dict[str, float], rest: dict[str, Any], expected: Any) -> None:
    found = facts(*[seen("endorsement", c, kind=k, cue="x", where="caption") for k, c in confidences.items()], **rest)
    assert value(found, "endorsement.kind") == expected


def test_the_word_ai_in_a_generators_mark_is_no_label() -> None:
    text = seen("screen_text", at=(0.0, 4.0), text="KLING AI", height_ratio=0.04)
    mark = seen("generator_mark", at=(0.0, 4.0), generator="Kling", text="KLING AI")
    found = facts(text, mark, label("screen", of=text.id))
    assert value(found, "ai.used") is True and value(found, "label.present") is False
    assert value(facts(text, label("screen", of=text.id)), "label.present") is True


def enrolled(name: str, kind: str, **rest: Any) -> Observation:
    return seen(
        "enrolled",
        strength="declared",
        person=name,
        kind=kind,
        **{"consent": False, "until": None, "faces": 1, "voices": 1, **rest},
    )


def match(name: str, kind: str, confidence: float = 0.95) -> Observation:
    return seen("face_match", confidence, face=FACE.id, person=name, kind=kind, distance=0.3)


def person(found: Facts, name: str) -> dict[str, Any]:
    return next(p for p in found.full["people"] if p.get("name") == name)


def test_matched_face_is_depicted_and_synthetic_when_the_picture_is() -> None:
    found = facts(FACE, match("Ada", "public_figure"), enrolled("Ada", "public_figure"), c2pa("full"))
    assert person(found, "Ada") == {
        "name": "Ada", "kind": "public_figure", "depicted": True, "heard": False, "mentioned": False,
        "endorses": False, "synthetic": True, "consent": False, "minor": False,
    }  # fmt: skip
    assert found.full["faces"][0]["person"] == "Ada"


def test_matched_face_in_an_ordinary_clip_is_not_synthetic() -> None:
    found = facts(FACE, match("Ada", "public_figure"), enrolled("Ada", "public_figure"))
    assert person(found, "Ada")["synthetic"] is False


def test_likeness_within_the_band_leaves_the_person_unknown() -> None:
    found = facts(FACE, match("Ada", "public_figure", 0.6), enrolled("Ada", "public_figure"))
    assert not {"person", "kind"} & found.full["faces"][0].keys()


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, True), ("2026-06-01", True), ("2026-05-31", False)],
    ids=["open", "last day", "expired"],
)
def test_consent_expires(until: str | None, expected: bool) -> None:
    found = facts(FACE, match("Ada", "private"), enrolled("Ada", "private", consent=True, until=until), c2pa("full"))
    assert person(found, "Ada")["consent"] is expected


def test_somebody_only_named_may_be_the_stranger_who_is_shown_unless_a_reference_was_compared() -> None:
    named = seen("mention", name="Ada", kind="public_figure", role="artist", where="caption", quote="Ada")
    assert "depicted" not in person(facts(FACE, named), "Ada")
    assert person(facts(FACE, named, enrolled("Ada", "public_figure")), "Ada")["depicted"] is False
    assert person(facts(named), "Ada")["depicted"] is False
    assert "depicted" not in person(facts(named, faces="failed"), "Ada")


def test_a_stranger_is_unknown_until_the_declaration_names_him() -> None:
    assert facts(FACE).full["faces"][0]["kind"] == "unknown"
    declared = Context(people=(DeclaredPerson("Bo", "private", consent=True, until=date(2026, 12, 31)),))
    face = facts(FACE, post=replace(PLAIN_POST, context=declared)).full["faces"][0]
    assert (face["person"], face["kind"], face["consent"]) == ("Bo", "private", True)


def test_the_strictest_of_several_declared_people_counts() -> None:
    people = (DeclaredPerson("Bo", "self", consent=True), DeclaredPerson("Cy", "minor", consent=False))
    face = facts(FACE, post=replace(PLAIN_POST, context=Context(people=people))).full["faces"][0]
    assert (face["kind"], face["consent"], face["minor"]) == ("minor", False, True)


@pytest.mark.parametrize("detector", ["faces", "voices"])
def test_a_list_that_nobody_could_fill_is_absent_or_open(detector: str) -> None:
    assert detector not in facts(**{detector: "failed"}).full
    assert facts(**{detector: "not_applicable"}).full[detector] == []
    other = {"faces": VOICE, "voices": FACE}[detector]
    assert {} in facts(other, **{detector: "failed"}).full["people"]


def test_an_estimate_of_one_face_says_nothing_of_another() -> None:
    other = seen("face", at=(5, 9), track=1, frames=8, quality=1.0, size=0.3)
    estimates = [seen("synthetic_face", c, "estimated", face=f.id) for f, c in ((FACE, 0.97), (other, 0.05))]
    found = facts(FACE, other, *estimates, synthetic_face="ok")
    assert [face["synthetic"] for face in found.full["faces"]] == [True, False]
    assert all("synthetic" not in face for face in found.firm["faces"])


POOL = [
    c2pa("full"), c2pa("none"), label("screen"), label("caption", denied=True), label("hashtag"), FACE, VOICE,
    match("Ada", "public_figure"), match("Ada", "public_figure", 0.6), enrolled("Ada", "private"),
    seen("mention", 0.6, name="Ada", kind="public_figure", role="artist", where="caption", quote="Ada"),
    seen("synthetic_face", 0.9, "estimated", face=FACE.id), seen("synthetic_face", 0.5, "estimated", face=FACE.id),
    seen("endorsement", 0.9, kind="commercial", cue="x", where="caption"),
    seen("generator_mark", 0.9, generator="Sora", text="Sora"), seen("aigc", 1.0, "estimated", label=3, valid=True),
]  # fmt: skip
STATES = st.sampled_from(["ok", "failed", "unavailable", "not_applicable", "incomplete", "none"])
LOOKERS = ("provenance", "language", "screen_text", "speech", "faces", "voices", "synthetic_face", "synthetic_voice")


def clip(observations: list[Observation], states: dict[str, str], post: Post) -> Evidence:
    gone = {name for name, state in states.items() if state not in ("ok", "incomplete")}
    kept = [o for o in observations if o.id.split("/")[0] not in gone]
    return Evidence(VIDEO, post, tuple(kept), runs(**states))


@given(
    st.lists(st.sampled_from(POOL), unique_by=id),
    st.fixed_dictionaries(dict.fromkeys(LOOKERS, STATES)),
    st.sampled_from([NO_POST, PLAIN_POST, TOGGLE_ON]),
    st.booleans(),
)
def test_firm_is_part_of_full_and_every_fact_has_a_value_or_a_reason(
    observations: list[Observation], states: dict[str, str], post: Post, strict: bool
) -> None:
    found = derive(clip(observations, states, post), requires=REQUIRES, strict=strict)
    for name, known in found.firm.items():
        whole = found.full[name]
        if isinstance(known, dict):
            assert known.items() <= whole.items()
        else:
            assert len(known) == len(whole)
            assert all(part.items() <= item.items() for part, item in zip(known, whole, strict=True))
    for fact in found.table.values():
        assert (fact.value is None) == bool(fact.unknown), fact


@given(
    st.lists(st.sampled_from(POOL), unique_by=id),
    st.sampled_from([NO_POST, PLAIN_POST, TOGGLE_ON]),
    st.sampled_from(LOOKERS[:6]),
    st.sampled_from(["failed", "unavailable", "incomplete", "none"]),
)
def test_losing_a_required_look_only_ever_makes_facts_unknown(
    observations: list[Observation], post: Post, lost: str, state: str
) -> None:
    """No scalar fact turns into its opposite because somebody could not look."""
    from checker.pipeline import _not_run

    whole = derive(clip(observations, {}, post), requires=REQUIRES)
    blind = clip(observations, {lost: state}, post)
    if state != "incomplete":
        blind = replace(blind, observations=tuple(o for o in blind.observations if not o.id.startswith(lost + "/")))
    blind = replace(blind, runs=(*blind.runs, *_not_run(blind, REQUIRES)))
    partial = derive(blind, requires=REQUIRES)
    for name, fact in partial.table.items():
        if "." in name and "[" not in name and not fact.unknown:
            assert fact.value == whole.table[name].value, (name, whole.table[name], fact)
