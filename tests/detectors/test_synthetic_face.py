from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checker.calibration import Logistic
from checker.detector import Incomplete, Settings
from checker.detectors.faces import Look
from checker.detectors.synthetic_face import LEAST_SHARPNESS, LEAST_SIDE, LEAST_WHOLE, SyntheticFace
from checker.errors import DetectorUnavailable, WeightsError
from checker.nets import panel
from checker.nets.panel import PRIOR, Panel
from checker.post import Post
from checker.types import Box, Observation, Segment, Strength
from tests.networks import brightness, member

MEDIA: Any = None  # it looks at crops only
BOX = Box(0.4, 0.4, 0.6, 0.6)
FIT = Logistic(8.0, -4.0, 3.0)


def look(level: int, time_s: float = 0.0, **changes: float) -> Look:
    crop = np.full((192, 192, 3), level, np.uint8)
    row = {"side": 120.0, "sharpness": 80.0, "whole": 1.0, "quality": 0.6, **changes}
    return Look(time_s, BOX, crop, **row)


def face(number: int, *looks: Look, size: float = 0.2) -> Observation:
    return Observation(
        f"faces/{number}", "face", {"track": number, "size": size}, segment=Segment(0, 2), data={"looks": list(looks)}
    )


def detector(*members: Any) -> SyntheticFace:
    """With these networks, by default one that takes light faces for synthetic."""
    light = member("light", lambda crops: crops.reshape(len(crops), -1).mean(axis=1) / 255.0, FIT)
    found = SyntheticFace()
    found._panel = Panel(members or [light], "synthetic faces")
    return found


def judged(of: SyntheticFace, *faces: Observation) -> list[Observation]:
    return list(of.detect(MEDIA, Post(), list(faces)))


def test_each_track_gets_a_calibrated_estimate() -> None:
    dark, light = judged(detector(), face(0, look(0)), face(2, look(255)))
    assert (dark.value["face"], light.value["face"]) == ("faces/0", "faces/2")
    assert (dark.value["score"], light.value["score"]) == (-3.0, 3.0)  # as far as the calibration goes
    prior = np.log(PRIOR / (1 - PRIOR))
    assert dark.confidence == pytest.approx(1 / (1 + np.exp(3.0 - prior)))
    assert light.confidence == pytest.approx(1 / (1 + np.exp(-3.0 - prior)))
    assert dark.strength is Strength.ESTIMATED and dark.segment == Segment(0, 2)
    assert light.value["networks"] == {"light": {"score": 1.0, "confidence": pytest.approx(light.confidence, abs=1e-4)}}


def test_frames_vote_with_their_quality_and_the_series_is_kept() -> None:
    looks = [look(0, 0.0, quality=0.9), look(255, 0.5, quality=0.1), look(0, 1.0, quality=0.9)]
    (seen,) = judged(detector(), face(0, *looks))
    assert seen.value["networks"]["light"]["score"] == pytest.approx(0.1 / 1.9, abs=1e-3)
    times, confidences = zip(*seen.value["looks"], strict=True)
    assert times == (0.0, 0.5, 1.0)
    assert confidences[1] > confidences[0] == confidences[2]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"side": LEAST_SIDE - 1}, id="too small"),
        pytest.param({"sharpness": LEAST_SHARPNESS - 1}, id="blurred"),
        pytest.param({"whole": LEAST_WHOLE - 0.1}, id="cut off by the frame"),
    ],
)
def test_looks_that_show_too_little_do_not_vote(changes: dict[str, float]) -> None:
    (seen,) = judged(detector(), face(0, look(0), look(255, **changes)))
    assert seen.value["networks"]["light"]["score"] == 0.0
    with pytest.raises(Incomplete, match="1 faces are too small, blurred or cut off") as told:
        judged(detector(), face(0, look(255, **changes)))
    assert told.value.hole


def test_faces_of_the_background_are_told_and_leave_no_hole() -> None:
    seen = []
    with pytest.raises(Incomplete, match="1 faces of the background") as told:
        for o in detector().detect(MEDIA, Post(), [face(0, look(9)), face(2, look(9), size=0.02)]):
            seen.append(o.value["face"])  # noqa: PERF401 (what came before the exception counts)
    assert seen == ["faces/0"]
    assert not told.value.hole


def test_no_face_no_estimate() -> None:
    assert judged(detector()) == []


def test_a_network_near_chance_neither_adds_nor_dilutes() -> None:
    sure = member("sure", lambda crops: np.ones(len(crops)), FIT)
    chance = member("chance", lambda crops: np.full(len(crops), -1.0), Logistic(1.0, 0.0, 3.0, auc=0.52))
    alone, together = (judged(d, face(0, look(9)))[0] for d in (detector(sure), detector(sure, chance)))
    assert together.confidence == pytest.approx(alone.confidence, abs=0.01)
    assert set(together.value["networks"]) == {"sure", "chance"}


def test_two_that_agree_are_no_surer_than_the_surer_one() -> None:
    two = [member(n, lambda crops: np.ones(len(crops)), FIT) for n in ("a", "b")]
    one, both = (judged(d, face(0, look(9)))[0] for d in (detector(two[0]), detector(*two)))
    assert both.confidence == pytest.approx(one.confidence)


def test_a_network_without_calibration_shows_its_score_and_counts_for_nothing() -> None:
    sure = member("sure", lambda crops: np.ones(len(crops)), FIT)
    raw = member("raw", lambda crops: np.full(len(crops), 99.0))
    (seen,) = judged(detector(sure, raw), face(0, look(9)))
    assert seen.value["networks"]["raw"] == {"score": 99.0, "confidence": None}
    assert seen.confidence == judged(detector(sure), face(0, look(9)))[0].confidence


@pytest.mark.parametrize("members", [[], [member("raw", len)], [member("chance", len, Logistic(1, 0, 1, auc=0.5))]])
def test_without_a_network_that_knows_anything_it_is_unavailable(members: list[Any]) -> None:
    with pytest.raises(DetectorUnavailable, match="no network for synthetic faces with a calibration"):
        Panel(members, "synthetic faces")


def test_a_network_of_ones_own_joins(tmp_path: Path) -> None:
    brightness(tmp_path)
    found = SyntheticFace()
    found.load(Settings(models=tmp_path, threads=1))
    (seen,) = judged(found, face(0, look(255)))
    assert seen.value["networks"]["own-face"]["score"] == 1.0
    assert any(w.startswith("own-face@sha256:") for w in found.used_weights())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"sha256": "0" * 64}, "fit it for", id="calibrated for another file"),
        pytest.param({"slope": None}, "not a calibration", id="no slope"),
        pytest.param({"slope": float("nan")}, "finite", id="not finite"),
        pytest.param({"limit": 0.0}, "finite", id="no limit"),
    ],
)
def test_a_calibration_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    brightness(tmp_path, **changes)
    with pytest.raises(WeightsError, match=says):
        panel.faces(tmp_path)


def test_weights_without_calibration_are_refused(tmp_path: Path) -> None:
    brightness(tmp_path).with_suffix(".json").unlink()
    with pytest.raises(WeightsError, match="no calibration"):
        panel.faces(tmp_path)
