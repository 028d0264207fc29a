from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from checker import weights
from checker.errors import DetectorUnavailable, WeightsError
from checker.nets import age

from ..shared import models


def manifest(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"weights": list(rows), "paths": ["x.bin"]}]


def test_bytes_become_numbers_by_scale_and_minimum() -> None:
    rows = manifest(
        {"name": "a", "shape": [2], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}},
        {"name": "b", "shape": [1, 1], "dtype": "float32"},
    )
    found = age.dequantise(rows, bytes([0, 4]) + np.float32(7.5).tobytes())
    assert found["a"].tolist() == [-1.0, 1.0] and found["b"].tolist() == [[7.5]]


@pytest.mark.parametrize("content", [b"", b"\0" * 5, b"\0" * 100])
def test_bytes_that_are_not_as_many_as_the_manifest_says_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError):
        age.dequantise(manifest({"name": "a", "shape": [2], "dtype": "float32"}), content)


def test_every_weight_is_there_and_fits() -> None:
    network = age.load(models())
    shapes = {name: tuple(t.shape) for name, t in network._tensors.items()}
    assert shapes["entry_flow/conv_in/filters"] == (3, 3, 3, 32)
    assert shapes["exit_flow/separable_conv/pointwise_filter"] == (1, 1, 256, 512)
    assert shapes["fc/age/weights"] == (512, 1)
    years = network.years(np.full((20, 192, 192, 3), 128, np.uint8))
    assert years.shape == (20,) and np.isfinite(years).all() and years[0] == pytest.approx(years[19])


@pytest.mark.parametrize(("side", "size", "stride"), [(112, 3, 2), (56, 3, 2), (7, 3, 2), (14, 1, 2), (9, 3, 1)])
def test_same_padding_gives_tensorflows_sizes(side: int, size: int, stride: int) -> None:
    padded = age._same(torch.ones(1, 1, side, side), size, stride)
    assert F.max_pool2d(padded, size, stride).shape[-1] == -(-side // stride)
    if size == 3 and stride == 2 and side % 2 == 0:
        assert padded[0, 0, 0, 0] == 1 and padded[0, 0, -1, -1] == 0  # what is odd goes to the right and below


def test_without_weights_it_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="checker models pull faceapi-age"):
        age.load(tmp_path)


@pytest.mark.parametrize("text", ["[]", "{}", '[{"weights": 3}]', "no json"])
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(weights, "path", lambda name, models: None)
    for file in weights.entry(age.NAME).files:
        (tmp_path / file.path).parent.mkdir(exist_ok=True)
        (tmp_path / file.path).write_text(text if file.path.endswith("json") else json.dumps({}))
    with pytest.raises(WeightsError, match="do not fit"):
        age.load(tmp_path)
