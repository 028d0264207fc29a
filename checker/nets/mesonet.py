"""Meso-4 and MesoInception-4: small networks for forged faces, with the weights that their authors published.

Source: Afchar et al., WIFS 2018 (arXiv:1809.00888). Written anew; the published Keras files hold the layers of each
network in the order of their creation, and are read with h5py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import weights
from ..errors import DetectorUnavailable, WeightsError
from . import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 256
EPSILON = 1e-3
"""Of Keras' batch normalisation."""
BATCH = 16


class Inception(nn.Module):  # type: ignore[misc]
    """Four branches side by side: 1x1, then 1x1 and 3x3 with dilation 1, 2 and 3."""

    def __init__(self, inward: int, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        a, *rest = widths
        self.narrow = nn.ModuleList([nn.Conv2d(inward, n, 1) for n in (a, *rest)])
        self.wide = nn.ModuleList([nn.Conv2d(n, n, 3, padding=d, dilation=d) for d, n in enumerate(rest, 1)])

    def forward(self, x: Tensor) -> Tensor:
        first, *others = (F.relu(conv(x)) for conv in self.narrow)
        return torch.cat([first, *(F.relu(conv(y)) for conv, y in zip(self.wide, others, strict=True))], 1)


class MesoNet(nn.Module):  # type: ignore[misc]
    """(batch, 3, 256, 256) RGB in [0, 1] to (batch,) logits of "real"."""

    def __init__(self, inception: bool) -> None:
        super().__init__()
        first: list[nn.Module] = [nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 5, padding=2)]
        if inception:
            first = [Inception(3, (1, 4, 4, 2)), Inception(11, (2, 4, 4, 2))]
        widths = (11, 12, 16, 16) if inception else (8, 8, 16, 16)
        self.convs = nn.ModuleList([*first, nn.Conv2d(widths[1], 16, 5, padding=2), nn.Conv2d(16, 16, 5, padding=2)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(n, eps=EPSILON) for n in widths])
        self.hidden, self.out = nn.Linear(1024, 16), nn.Linear(16, 1)

    def forward(self, x: Tensor) -> Tensor:
        for conv, norm, pool in zip(self.convs, self.norms, (2, 2, 2, 4), strict=True):
            x = F.max_pool2d(norm(F.relu(conv(x))), pool)
        x = x.permute(0, 2, 3, 1).flatten(1)  # channels last, as Keras flattens
        logits: Tensor = self.out(F.leaky_relu(self.hidden(x), 0.1)).squeeze(1)
        return logits

    def layers(self) -> dict[str, list[Any]]:
        """Layers by their Keras kind, in the order of creation."""
        convs: list[Any] = []
        for conv in self.convs:
            if isinstance(conv, Inception):
                convs.append(conv.narrow[0])
                for narrow, wide in zip(list(conv.narrow)[1:], conv.wide, strict=True):
                    convs += [narrow, wide]
            else:
                convs.append(conv)
        return {"conv2d": convs, "batch_normalization": list(self.norms), "dense": [self.hidden, self.out]}


def load(name: str, models: Path | None = None) -> MesoNet:
    """Network `meso4-df`, `mesoinception-df` or `mesoinception-f2f` with its published weights.

    Raises:
        DetectorUnavailable: The weights are not there, or what reads them is not.
        WeightsError: They are damaged or do not fit.
    """
    file = weights.path(name, models)
    try:
        import h5py
    except ImportError as error:
        raise DetectorUnavailable(f"weights `{name}` are read with h5py; run `pip install h5py`") from error
    network = MesoNet(inception=name.startswith("mesoinception"))
    try:
        with h5py.File(file, "r") as groups:
            for kind, layers in network.layers().items():
                found = sorted((n for n in groups if n.rpartition("_")[0] == kind), key=lambda n: int(n.split("_")[-1]))
                for layer, group in zip(layers, found, strict=True):
                    _fill(layer, {k.split(":")[0]: v[()] for k, v in groups[group][group].items()})
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(f"weights `{name}` do not fit the network: {error}") from error
    network.eval()
    return network


NAMES = {
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def _fill(layer: Any, values: dict[str, NDArray[np.float32]]) -> None:
    """Give a layer its Keras values: kernels are (height, width, in, out) or (in, out) there."""
    state = {}
    for key, value in values.items():
        tensor = torch.from_numpy(value)
        if key == "kernel":
            state["weight"] = tensor.permute(3, 2, 0, 1) if tensor.ndim == 4 else tensor.T
        else:
            state[NAMES[key]] = tensor
    layer.load_state_dict(state, strict=not isinstance(layer, nn.BatchNorm2d))


def scores(network: MesoNet, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n,) logits of "real", as published, for (n, h, w, 3) RGB crops: higher is more likely real."""
    import cv2
    import numpy as np

    found = []
    with one_thread():
        for start in range(0, len(crops), BATCH):
            small = [cv2.resize(c, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) for c in crops[start : start + BATCH]]
            batch = torch.from_numpy(np.stack(small).astype(np.float32) / 255.0).permute(0, 3, 1, 2)
            found.append(network(batch).numpy())
    return np.concatenate(found)
