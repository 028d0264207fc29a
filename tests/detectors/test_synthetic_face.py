from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from checker.detector import Incomplete, Settings
from checker.detectors.synthetic_face import FILE, PRIOR, SyntheticFace
from checker.errors import DetectorUnavailable, WeightsError
from checker.post import Post
from checker.types import Observation, Segment, Strength

MEDIA: Any = None  # it looks at crops only


def network(folder: Path) -> Path:
    """A network whose score is the mean of all pixels."""
    crops = helper.make_tensor_value_info("crops", TensorProto.FLOAT, ["n", 3, 192, 192])
    score = helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])
    axes = helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3])
    node = helper.make_node("ReduceMean", ["crops", "axes"], ["score"], keepdims=0)
    model = helper.make_model(
        helper.make_graph([node], "brightness", [crops], [score], [axes]),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )
    file = folder / FILE
    file.parent.mkdir(parents=True)
    onnx.save(model, str(file))
    return file


def calibrate(file: Path, **changes: object) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    row = {"slope": 8.0, "offset": -4.0, "limit": 3.0, "sha256": digest, **changes}
    file.with_suffix(".json").write_text(json.dumps(row))


def face(number: int, level: int, size: float = 0.2) -> Observation:
    crops = [np.full((192, 192, 3), level, np.uint8)] * 3
    return Observation(
        f"faces/{number}", "face", {"track": number, "size": size}, segment=Segment(0, 2), data={"crops": crops}
    )


def load(folder: Path) -> SyntheticFace:
    detector = SyntheticFace()
    detector.load(Settings(models=folder, threads=1))
    return detector


def test_without_weights_it_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="no weights for synthetic faces"):
        load(tmp_path)


def test_each_track_gets_a_calibrated_estimate(tmp_path: Path) -> None:
    calibrate(network(tmp_path))
    detector = load(tmp_path)
    dark, light = detector.detect(MEDIA, Post(), [face(0, 0), face(2, 255)])
    assert (dark.value["face"], light.value["face"]) == ("faces/0", "faces/2")
    assert (dark.value["score"], light.value["score"]) == (0.0, 1.0)
    prior = np.log(PRIOR / (1 - PRIOR))
    assert dark.confidence == pytest.approx(1 / (1 + np.exp(3.0 - prior)))
    assert light.confidence == pytest.approx(1 / (1 + np.exp(-3.0 - prior)))
    assert dark.strength is Strength.ESTIMATED and dark.segment == Segment(0, 2)
    assert detector.used_weights()[0].startswith("synthetic-face@sha256:")


def test_no_face_no_estimate(tmp_path: Path) -> None:
    calibrate(network(tmp_path))
    assert list(load(tmp_path).detect(MEDIA, Post(), [])) == []


def test_a_face_that_is_too_small_leaves_it_incomplete(tmp_path: Path) -> None:
    calibrate(network(tmp_path))
    seen = []
    with pytest.raises(Incomplete, match="1 faces are too small"):
        for o in load(tmp_path).detect(MEDIA, Post(), [face(0, 9), face(2, 9, size=0.02)]):
            seen.append(o.value["face"])  # noqa: PERF401 (what came before the exception counts)
    assert seen == ["faces/0"]


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
    calibrate(network(tmp_path), **changes)
    with pytest.raises(WeightsError, match=says):
        load(tmp_path)


def test_weights_without_calibration_are_refused(tmp_path: Path) -> None:
    network(tmp_path)
    with pytest.raises(WeightsError, match="no calibration"):
        load(tmp_path)
