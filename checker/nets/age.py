"""The age network of face-api.js: a small Xception that tells age and gender; only the age is used.

Source: github.com/vladmandic/face-api (MIT), `TinyXception` and `AgeGenderNet`. Written anew; the published weights are
bytes with a scale and a minimum for each tensor, laid out by a manifest.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import weights
from ..errors import WeightsError
from . import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "faceapi-age"
SIDE = 112
MEAN_RGB = (122.782, 117.001, 104.298)
MAIN_BLOCKS = 2
BATCH = 16
ITEM_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}


class AgeNet:
    """Estimates ages; not to be shared between threads."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self._tensors = tensors
        with one_thread():
            self._forward(torch.zeros(1, 3, SIDE, SIDE))  # a shape that does not fit shows now

    def years(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n,) years for (n, h, w, 3) RGB squares that show a face from brows to chin with a little around it."""
        import cv2
        import numpy as np

        found = []
        with one_thread():
            for start in range(0, len(faces), BATCH):
                part = faces[start : start + BATCH]
                small = [cv2.resize(f, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for f in part]
                batch = (np.stack(small).astype(np.float32) - np.array(MEAN_RGB, np.float32)) / 256.0
                found.append(self._forward(torch.from_numpy(batch).permute(0, 3, 1, 2)).numpy())
        return np.concatenate(found)

    def _forward(self, x: Tensor) -> Tensor:
        x = F.relu(self._conv(x, "entry_flow/conv_in", 2))
        x = self._reduce(x, "entry_flow/reduction_block_0", first=True)
        x = self._reduce(x, "entry_flow/reduction_block_1")
        for i in range(MAIN_BLOCKS):
            y = x
            for j in range(3):
                y = self._separable(F.relu(y), f"middle_flow/main_block_{i}/separable_conv{j}")
            x = x + y
        x = self._reduce(x, "exit_flow/reduction_block")
        x = F.relu(self._separable(x, "exit_flow/separable_conv"))
        pooled = F.avg_pool2d(x, 7, 2).flatten(1)
        ages: Tensor = (pooled @ self._tensors["fc/age/weights"] + self._tensors["fc/age/bias"]).squeeze(1)
        return ages

    def _reduce(self, x: Tensor, name: str, first: bool = False) -> Tensor:
        y = self._separable(x if first else F.relu(x), f"{name}/separable_conv0")
        y = self._separable(F.relu(y), f"{name}/separable_conv1")
        y = F.max_pool2d(_same(y, 3, 2, float("-inf")), 3, 2)
        return y + self._conv(x, f"{name}/expansion_conv", 2)

    def _conv(self, x: Tensor, name: str, stride: int) -> Tensor:
        kernel = self._tensors[f"{name}/filters"].permute(3, 2, 0, 1)
        return F.conv2d(_same(x, kernel.shape[-1], stride), kernel, self._tensors[f"{name}/bias"], stride)

    def _separable(self, x: Tensor, name: str) -> Tensor:
        deep = self._tensors[f"{name}/depthwise_filter"].permute(2, 3, 0, 1)
        point = self._tensors[f"{name}/pointwise_filter"].permute(3, 2, 0, 1)
        x = F.conv2d(_same(x, 3, 1), deep, groups=deep.shape[0])
        return F.conv2d(x, point, self._tensors[f"{name}/bias"])


def _same(x: Tensor, size: int, stride: int, value: float = 0.0) -> Tensor:
    """Padded as TensorFlow's "same" does: what is odd goes to the right and below."""
    pads = []
    for side in (x.shape[3], x.shape[2]):
        total = max(0, (-(-side // stride) - 1) * stride + size - side)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads, value=value)


def load(models: Path | None = None) -> AgeNet:
    """The network with its published weights.

    Raises:
        DetectorUnavailable: The weights are not there.
        WeightsError: They are damaged or do not fit.
    """
    weights.path(NAME, models)
    files = [weights.folder(models) / f.path for f in weights.entry(NAME).files]
    content = next(f for f in files if f.suffix == ".bin").read_bytes()
    manifest = next(f for f in files if f.suffix == ".json").read_text("utf-8")
    try:
        return AgeNet(dequantise(json.loads(manifest), content))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(f"weights `{NAME}` do not fit the network: {error!r}") from error


def dequantise(manifest: list[dict[str, Any]], content: bytes) -> dict[str, Tensor]:
    """The tensors of a TensorFlow.js manifest, one after the other in the bytes.

    Raises:
        ValueError: The bytes are not as many as the manifest says.
    """
    import numpy as np

    found: dict[str, Tensor] = {}
    at = 0
    for row in (row for group in manifest for row in group["weights"]):
        scale = row.get("quantization")
        kind = scale["dtype"] if scale else row["dtype"]
        count = int(np.prod(row["shape"]))
        values = np.frombuffer(content, np.dtype(kind).newbyteorder("<"), count, at).astype(np.float32)
        at += count * ITEM_BYTES[kind]
        if scale:
            values = values * np.float32(scale["scale"]) + np.float32(scale["min"])
        found[row["name"]] = torch.from_numpy(values.reshape(row["shape"]).copy())
    if at != len(content):
        raise ValueError(f"{len(content)} bytes, and the manifest lays out {at}")
    return found
