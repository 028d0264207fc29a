"""The worst defect of this field: "could not look" getting lost on the way to the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker import load_policy
from checker.facts import Evidence
from checker.pipeline import judge
from checker.report import Report
from checker.types import Observation, Outcome, RunStatus, Verdict
from tests.evidence import NO_POST, PLAIN_POST, c2pa, evidence, runs, seen

TIKTOK = load_policy("tiktok")
LABELLED = replace(PLAIN_POST, ai_declared=True)
FACE = seen("face", at=(0, 4), track=0, frames=8, quality=1.0, size=0.3)
VOICE = seen("voice", at=(0, 4), speaker=0, seconds=4.0)
SAID = seen("utterance", at=(0, 4), text="hello", source="subtitles", language="en")
AD = seen("endorsement", 0.95, kind="commercial", cue="use code", where="speech", quote="use code X", target="")
LABEL = seen("ai_label", 1.0, "declared", where="screen", quote="AI-generated", language="en", denied=False)
ADA = (
    seen("face_match", 0.97, face=FACE.id, person="Ada", kind="public_figure", distance=0.2),
    seen("enrolled", 1.0, "declared", person="Ada", kind="public_figure", consent=False, until=None, faces=1, voices=0),
)

CLIPS: dict[str, tuple[list[Observation], dict[str, object], Verdict]] = {
    "ordinary": ([FACE, VOICE, SAID], {}, Verdict.PASS),
    "ordinary, no sidecar": ([FACE, VOICE, SAID], {"post": NO_POST}, Verdict.PASS),
    "unlabelled AI": ([c2pa("full")], {}, Verdict.REJECT),
    "labelled AI, nobody in it": ([c2pa("full"), LABEL], {"post": LABELLED}, Verdict.PASS),
    "AI, no sidecar": ([c2pa("full")], {"post": NO_POST}, Verdict.FLAG),
    "public figure sells": ([c2pa("full"), LABEL, FACE, *ADA, AD], {"post": LABELLED}, Verdict.REJECT),
    "advertisement without the toggle": ([AD, SAID], {}, Verdict.REJECT),
    "AI face of somebody unknown": ([c2pa("full"), LABEL, FACE], {"post": LABELLED}, Verdict.FLAG),
}
OPTIONAL = ("age", "watermark")


def scanned(name: str, **states: str) -> Evidence:
    observations, rest, _ = CLIPS[name]
    whole = evidence(*observations, **rest)  # type: ignore[arg-type]
    gone = {n for n, s in states.items() if s not in ("ok", "incomplete")}
    kept = tuple(o for o in whole.observations if o.id.split("/")[0] not in gone)
    return replace(whole, observations=kept, runs=runs(**states))


def judged(name: str, *, strict: bool = False, **states: str) -> Report:
    return judge("clip.mp4", scanned(name, **states), [TIKTOK], strict=strict)


@pytest.mark.parametrize("name", CLIPS)
def test_with_every_look(name: str) -> None:
    assert judged(name).verdict is CLIPS[name][2]


@pytest.mark.parametrize("state", ["unavailable", "failed", "incomplete", "none"])
@pytest.mark.parametrize("detector", TIKTOK.requires)
@pytest.mark.parametrize("name", CLIPS)
def test_a_required_look_that_was_not_made_never_ends_in_a_milder_verdict(name: str, detector: str, state: str) -> None:
    """Nothing ends in pass that did not pass before; a rejection whose evidence nobody could see is flagged."""
    report = judged(name, **{detector: state})
    before = CLIPS[name][2]
    assert report.verdict.rank >= min(before.rank, Verdict.FLAG.rank)
    assert detector in dict(report.not_checked)


@pytest.mark.parametrize("state", ["unavailable", "failed", "incomplete", "none"])
@pytest.mark.parametrize("detector", TIKTOK.requires)
@pytest.mark.parametrize("name", [n for n in CLIPS if n.startswith("ordinary")])
def test_an_ordinary_clip_at_which_nobody_could_look_is_flagged_and_says_why(
    name: str, detector: str, state: str
) -> None:
    report = judged(name, **{detector: state})
    unclear = [f for f in report.judgements[0].findings if f.outcome is Outcome.UNCLEAR]
    assert report.verdict is Verdict.FLAG and unclear
    assert any(detector in f.message for f in unclear), [f.message for f in unclear]


@pytest.mark.parametrize("state", ["unavailable", "failed"])
@pytest.mark.parametrize("detector", OPTIONAL)
@pytest.mark.parametrize("name", CLIPS)
def test_a_look_that_is_not_required_is_listed_and_changes_nothing(name: str, detector: str, state: str) -> None:
    report = judged(name, **{detector: state})
    assert report.verdict is CLIPS[name][2]
    assert detector in dict(report.not_checked)


def test_strict_makes_every_look_required() -> None:
    assert judged("ordinary").verdict is Verdict.PASS
    assert judged("ordinary", strict=True).verdict is Verdict.FLAG


@pytest.mark.parametrize("kind", ["synthetic_face", "synthetic_voice"])
@pytest.mark.parametrize("name", [n for n, (_, _, v) in CLIPS.items() if v is not Verdict.REJECT])
def test_an_estimate_alone_never_rejects(name: str, kind: str) -> None:
    base = scanned(name, **{kind: "ok"})
    owner = {"synthetic_face": ("face", FACE.id), "synthetic_voice": ("voice", VOICE.id)}[kind]
    sure = Observation(f"{kind}/0", kind, {owner[0]: owner[1], "score": 9.0}, 1.0)
    sure = replace(sure, strength=seen(kind, 1.0, "estimated").strength)
    report = judge("clip.mp4", replace(base, observations=(*base.observations, sure)), [TIKTOK])
    assert report.verdict in (Verdict.FLAG, CLIPS[name][2])
    assert report.verdict is not Verdict.REJECT


def test_a_detector_that_is_gone_from_a_stored_report_is_a_hole() -> None:
    stored = scanned("ordinary", voices="none")
    assert all(run.detector != "voices" for run in stored.runs)
    report = judge("clip.mp4", stored, [TIKTOK])
    assert report.verdict is Verdict.FLAG
    assert next(r for r in report.runs if r.detector == "voices").status is RunStatus.UNAVAILABLE
