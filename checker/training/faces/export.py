"""From trained networks to the file that ships, and its row in the table of calibrations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ... import calibration
from ...nets import synthetic_face
from .network import FaceNet, Shipped

OPSET = 17


def export(networks: Sequence[FaceNet], file: Path = synthetic_face.FILE) -> str:
    """Write the mean of `networks` as ONNX; the file's sha256."""
    shipped = Shipped([h.to(memory_format=torch.contiguous_format) for h in networks]).eval()
    example = torch.zeros(2, 192, 192, 3, dtype=torch.uint8)
    torch.onnx.export(
        shipped, (example,), str(file), input_names=["crops"], output_names=["score"],
        dynamic_axes={"crops": {0: "n"}, "score": {0: "n"}}, opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    return hashlib.sha256(file.read_bytes()).hexdigest()


def fit(score: NDArray[Any], fake: NDArray[np.bool_], weight: NDArray[Any] | None = None) -> dict[str, float]:
    """Slope, offset and limit of a logistic fit in which both labels weigh the same."""
    from sklearn.linear_model import LogisticRegression

    weight = np.ones(len(score)) if weight is None else weight
    even = np.where(fake, 0.5 / weight[fake].sum(), 0.5 / weight[~fake].sum()) * weight * len(score)
    scale = float(score.std())
    model = LogisticRegression(C=1e6, max_iter=1000).fit(score[:, None] / scale, fake, sample_weight=even)
    limit = float(np.log((~fake).sum() / 3))  # rule of three: what no real one reached
    return {
        "slope": round(float(model.coef_[0, 0]) / scale, 5),
        "offset": round(float(model.intercept_[0]), 5),
        "limit": round(limit, 2),
    }


def write_row(row: dict[str, float], sha256: str, by: str) -> None:
    """The row `synthetic-face` of `calibration.json`."""
    rows = json.loads(calibration.TABLE.read_text("utf-8"))
    rows["synthetic-face"] = {**row, "sha256": sha256, "by": by}
    calibration.TABLE.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
