"""What was only heard by keyword search raises doubts; it neither excuses nor convicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker import load_policy
from checker.facts import derive
from checker.pipeline import judge
from checker.types import Facts, Observation, Outcome, Verdict
from tests.evidence import PLAIN_POST, c2pa, evidence, seen

TIKTOK = load_policy("tiktok")
SURE = {"ai_label": (0.1, 0.1), "endorsement": (0.1, 0.1), "mention": (0.1, 0.1)}
"""Bands that believe everything."""
LABELLED = replace(PLAIN_POST, ai_declared=True)


def label(strength: str = "estimated", confidence: float = 0.55, source: str = "keywords") -> Observation:
    value = {"where": "speech", "quote": "made with AI", "language": "en", "denied": False, "source": source}
    return seen("ai_label", confidence, strength, at=(3.2, 4.0), **value)


def promotion(kind: str, confidence: float = 0.55, strength: str = "estimated") -> Observation:
    return seen("endorsement", confidence, strength, kind=kind, cue="x", target="", where="speech", quote="x")


def facts(*observations: Observation, bands: dict[str, tuple[float, float]] | None = None) -> Facts:
    return derive(evidence(*observations), bands=bands or {}, requires=TIKTOK.requires)


@pytest.mark.parametrize("bands", [{}, SURE], ids=["default bands", "bands that believe everything"])
def test_a_label_by_keyword_is_unknown_and_says_where_to_listen(bands: dict[str, tuple[float, float]]) -> None:
    found = facts(label(), bands=bands)
    assert "spoken" not in found.full["label"] and "spoken" not in found.firm["label"]
    assert "at 3.2 s" in found.table["label.spoken"].unknown and "listen" in found.table["label.spoken"].unknown


def test_a_label_in_the_transcript_is_one() -> None:
    assert facts(label("declared", 0.93, "whisper")).firm["label"]["spoken"] is True


def test_a_keyword_neither_excuses_an_unlabelled_video_nor_accuses_a_labelled_one() -> None:
    without = judge("a.mp4", evidence(c2pa("full")), [TIKTOK])
    heard = judge("a.mp4", evidence(c2pa("full"), label()), [TIKTOK])
    assert without.verdict is Verdict.REJECT
    assert heard.verdict is Verdict.FLAG
    (rule,) = [f for f in heard.judgements[0].findings if f.rule == "tt-aigc-label"]
    assert rule.outcome is Outcome.UNCLEAR
    assert judge("a.mp4", evidence(c2pa("full"), label(), post=LABELLED), [TIKTOK]).verdict is Verdict.PASS


def test_a_label_by_keyword_makes_an_ordinary_video_doubtful() -> None:
    """Whoever says "made with AI" may well have used it: somebody has to listen."""
    report = judge("a.mp4", evidence(label()), [TIKTOK])
    assert report.verdict is Verdict.FLAG
    assert {f.outcome for f in report.judgements[0].findings} <= {
        Outcome.UNCLEAR,
        Outcome.SATISFIED,
        Outcome.NOT_APPLICABLE,
    }


@pytest.mark.parametrize(
    ("observations", "bands", "full", "firm"),
    [
        pytest.param([promotion("commercial")], {}, None, None, id="a doubt by default"),
        pytest.param([promotion("commercial")], SURE, "commercial", None, id="estimated, never firm"),
        pytest.param(
            [promotion("political"), promotion("commercial", 0.9, "matched")],
            SURE,
            "commercial",
            "commercial",
            id="an estimate does not take the place of what is firm",
        ),
        pytest.param(
            [promotion("political", 0.9, "matched"), promotion("commercial")],
            SURE,
            "political",
            "political",
            id="firm and political",
        ),
        pytest.param([], {}, "none", "none", id="nothing heard"),
    ],
)
def test_promotion(
    observations: list[Observation], bands: dict[str, tuple[float, float]], full: str | None, firm: str | None
) -> None:
    found = facts(*observations, bands=bands)
    assert (found.full["endorsement"].get("kind"), found.firm["endorsement"].get("kind")) == (full, firm)


def mention(confidence: float, strength: str) -> Observation:
    return seen("mention", confidence, strength, name="Ada", kind="public_figure", role="", where="speech", quote="Ada")


def test_a_doubt_says_where_to_listen() -> None:
    value = {"kind": "commercial", "cue": "x", "target": "", "where": "speech", "quote": "promo code"}
    heard = seen("endorsement", 0.55, "estimated", at=(7.2, 8.0), **value, source="keywords")
    assert facts(heard).table["endorsement.kind"].unknown.startswith("“promo code” may be said at 7.2 s")


def test_a_name_by_keyword_is_a_doubt_beside_nothing_and_nothing_beside_a_transcript() -> None:
    assert facts(mention(0.55, "estimated")).full["mentions"] == [{}]
    both = facts(mention(0.9, "estimated"), mention(0.8, "matched"), bands=SURE)
    assert both.firm["mentions"] == [{"name": "Ada", "kind": "public_figure", "role": ""}]
