"""Small networks made in the test, in the place of trained ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from checker.calibration import Logistic
from checker.nets.own import FILE
from checker.nets.panel import Member


def brightness(folder: Path, **changes: object) -> Path:
    """Weights of one's own in a folder of weights: their score is the mean of all pixels; calibrated."""
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
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(file))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    row = {"slope": 8.0, "offset": -4.0, "limit": 3.0, "sha256": digest, **changes}
    file.with_suffix(".json").write_text(json.dumps(row))
    return file


def member(name: str, scores: Callable[..., Any], fit: Logistic | None = None) -> Member:
    """A network that is a function of crops, or of samples and how many windows."""
    return Member(name, f"{name}@sha256:{hashlib.sha256(name.encode()).hexdigest()}", scores, fit)


def loudness(samples: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """The level of each second in dBFS, as a network for voices would score windows."""
    parts: Sequence[Any] = np.array_split(samples, max(1, min(most, len(samples) // 16_000)))
    return np.array([20 * np.log10(1e-6 + np.sqrt(np.mean(p**2))) for p in parts], np.float32)
