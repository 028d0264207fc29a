"""AASIST: graph attention over the spectral and the temporal side of a raw waveform, to tell spoofed from real speech.

Source: Jung et al., ICASSP 2022 (arXiv:2110.01200). Written anew so that the published weights load key by key; the
parameters keep the names that they have in those files. For inference only: no dropout, no frequency masking.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import weights
from ..errors import WeightsError
from . import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 16_000
SAMPLES = 64_600
"""Samples that it listens to at once, 4.04 s."""
FILTERS, TAPS = 70, 129
SELU = nn.SELU()


@dataclass(frozen=True, slots=True)
class Size:
    """What differs between the published variants."""

    channels: tuple[tuple[int, int], ...]
    graph: tuple[int, int]
    spectral_ratio: float
    temporal_ratio: float
    joint_ratio: float
    temperature: float = 2.0
    joint_temperature: float = 100.0


SIZES = {
    "aasist": Size(((1, 32), (32, 32), (32, 64), (64, 64), (64, 64), (64, 64)), (64, 32), 0.5, 0.7, 0.5),
    "aasist-l": Size(((1, 32), (32, 32), (32, 24), (24, 24), (24, 24), (24, 24)), (24, 32), 0.4, 0.5, 0.7),
}


def band_passes() -> Tensor:
    """(70, 1, 129) windowed ideal band passes whose edges are equally far apart on the mel scale."""
    import numpy as np

    top_mel = 2595 * np.log10(1 + RATE_HZ / 2 / 700)
    edges_hz = 700 * (10 ** (np.linspace(0, top_mel, FILTERS + 1) / 2595) - 1)
    taps = np.arange(TAPS) - TAPS // 2
    cutoffs = 2 * edges_hz[:, None] / RATE_HZ
    low_passes = cutoffs * np.sinc(cutoffs * taps)
    return torch.tensor(np.hamming(TAPS) * np.diff(low_passes, axis=0), dtype=torch.float32).unsqueeze(1)


class Residual(nn.Module):  # type: ignore[misc]
    """Two convolutions over (frequency, time), a shortcut, and a pool of three along time."""

    def __init__(self, inward: int, outward: int, first: bool) -> None:
        super().__init__()
        if not first:
            self.bn1 = nn.BatchNorm2d(inward)  # in the published files, and unused by the published network
        self.conv1 = nn.Conv2d(inward, outward, (2, 3), padding=(1, 1))
        self.bn2 = nn.BatchNorm2d(outward)
        self.conv2 = nn.Conv2d(outward, outward, (2, 3), padding=(0, 1))
        if inward != outward:
            self.conv_downsample = nn.Conv2d(inward, outward, (1, 3), padding=(0, 1))

    def inward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv1(x)
        return out

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv2(SELU(self.bn2(self.inward(x))))
        shortcut = self.conv_downsample(x) if hasattr(self, "conv_downsample") else x
        return F.max_pool2d(out + shortcut, (1, 3))


def _normalise(norm: nn.BatchNorm1d, x: Tensor) -> Tensor:
    return SELU(norm(x.flatten(0, 1)).view_as(x))


class Attention(nn.Module):  # type: ignore[misc]
    """Graph attention among the nodes (batch, n, inward) of one side."""

    def __init__(self, inward: int, outward: int, temperature: float) -> None:
        super().__init__()
        self.att_proj = nn.Linear(inward, outward)
        self.att_weight = nn.Parameter(torch.empty(outward, 1))
        self.proj_with_att = nn.Linear(inward, outward)
        self.proj_without_att = nn.Linear(inward, outward)
        self.bn = nn.BatchNorm1d(outward)
        self.temperature = temperature

    def forward(self, x: Tensor) -> Tensor:
        pairs = torch.tanh(self.att_proj(x.unsqueeze(2) * x.unsqueeze(1)))
        share = torch.softmax((pairs @ self.att_weight).squeeze(-1) / self.temperature, dim=-1)
        return _normalise(self.bn, self.proj_with_att(share @ x) + self.proj_without_att(x))


class JointAttention(nn.Module):  # type: ignore[misc]
    """Graph attention among the nodes of both sides, with a master node that listens to all of them."""

    def __init__(self, inward: int, outward: int, temperature: float) -> None:
        super().__init__()
        self.proj_type1 = nn.Linear(inward, inward)
        self.proj_type2 = nn.Linear(inward, inward)
        self.att_proj = nn.Linear(inward, outward)
        self.att_projM = nn.Linear(inward, outward)
        self.att_weight11 = nn.Parameter(torch.empty(outward, 1))
        self.att_weight22 = nn.Parameter(torch.empty(outward, 1))
        self.att_weight12 = nn.Parameter(torch.empty(outward, 1))
        self.att_weightM = nn.Parameter(torch.empty(outward, 1))
        self.proj_with_att = nn.Linear(inward, outward)
        self.proj_without_att = nn.Linear(inward, outward)
        self.proj_with_attM = nn.Linear(inward, outward)
        self.proj_without_attM = nn.Linear(inward, outward)
        self.bn = nn.BatchNorm1d(outward)
        self.temperature = temperature

    def forward(self, temporal: Tensor, spectral: Tensor, master: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        n = temporal.shape[1]
        x = torch.cat([self.proj_type1(temporal), self.proj_type2(spectral)], dim=1)
        pairs = torch.tanh(self.att_proj(x.unsqueeze(2) * x.unsqueeze(1)))
        board = (pairs @ self.att_weight12).squeeze(-1)
        board[:, :n, :n] = (pairs[:, :n, :n] @ self.att_weight11).squeeze(-1)
        board[:, n:, n:] = (pairs[:, n:, n:] @ self.att_weight22).squeeze(-1)
        share = torch.softmax(board / self.temperature, dim=-1)
        heard = torch.tanh(self.att_projM(x * master)) @ self.att_weightM
        share_master = torch.softmax(heard / self.temperature, dim=1).transpose(1, 2)
        master = self.proj_with_attM(share_master @ x) + self.proj_without_attM(master)
        x = _normalise(self.bn, self.proj_with_att(share @ x) + self.proj_without_att(x))
        return x[:, :n], x[:, n:], master


class Pool(nn.Module):  # type: ignore[misc]
    """Keeps the share `ratio` of nodes with the highest score, weighted by it."""

    def __init__(self, inward: int, ratio: float) -> None:
        super().__init__()
        self.proj = nn.Linear(inward, 1)
        self.ratio = ratio

    def forward(self, x: Tensor) -> Tensor:
        scores = torch.sigmoid(self.proj(x))
        kept = torch.topk(scores, max(1, int(x.shape[1] * self.ratio)), dim=1).indices
        return torch.gather(x * scores, 1, kept.expand(-1, -1, x.shape[2]))


class Aasist(nn.Module):  # type: ignore[misc]
    """The whole network: (batch, 64600) samples to (batch, 2) logits, spoofed and bona fide."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        wide, narrow = size.graph
        self.first_bn = nn.BatchNorm2d(1)
        self.encoder = nn.Sequential(
            *(nn.Sequential(Residual(a, b, first=i == 0)) for i, (a, b) in enumerate(size.channels))
        )
        channels = size.channels[-1][1]
        self.pos_S = nn.Parameter(torch.empty(1, FILTERS // 3, channels))
        self.master1 = nn.Parameter(torch.empty(1, 1, wide))
        self.master2 = nn.Parameter(torch.empty(1, 1, wide))
        self.GAT_layer_S = Attention(channels, wide, size.temperature)
        self.GAT_layer_T = Attention(channels, wide, size.temperature)
        self.pool_S = Pool(wide, size.spectral_ratio)
        self.pool_T = Pool(wide, size.temporal_ratio)
        for branch in ("1", "2"):
            self.add_module(f"HtrgGAT_layer_ST{branch}1", JointAttention(wide, narrow, size.joint_temperature))
            self.add_module(f"HtrgGAT_layer_ST{branch}2", JointAttention(narrow, narrow, size.joint_temperature))
            self.add_module(f"pool_hS{branch}", Pool(narrow, size.joint_ratio))
            self.add_module(f"pool_hT{branch}", Pool(narrow, size.joint_ratio))
        self.out_layer = nn.Linear(5 * narrow, 2)
        self.register_buffer("bands", band_passes(), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        x = F.conv1d(samples.unsqueeze(1), self.get_buffer("bands")).unsqueeze(1)
        x = self.encoder(SELU(self.first_bn(F.max_pool2d(x.abs(), 3))))
        spectral = x.abs().amax(dim=3).transpose(1, 2) + self.pos_S
        temporal = x.abs().amax(dim=2).transpose(1, 2)
        spectral = self.pool_S(self.GAT_layer_S(spectral))
        temporal = self.pool_T(self.GAT_layer_T(temporal))
        one = self._branch("1", temporal, spectral, self.master1)
        two = self._branch("2", temporal, spectral, self.master2)
        temporal, spectral, master = (torch.maximum(a, b) for a, b in zip(one, two, strict=True))
        summary = [
            temporal.abs().amax(dim=1),
            temporal.mean(dim=1),
            spectral.abs().amax(dim=1),
            spectral.mean(dim=1),
            master.squeeze(1),
        ]
        out: Tensor = self.out_layer(torch.cat(summary, dim=1))
        return out

    def _branch(self, branch: str, temporal: Tensor, spectral: Tensor, master: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first, second = (self.get_submodule(f"HtrgGAT_layer_ST{branch}{i}") for i in "12")
        temporal, spectral, master = first(temporal, spectral, master)
        spectral = self.get_submodule(f"pool_hS{branch}")(spectral)
        temporal = self.get_submodule(f"pool_hT{branch}")(temporal)
        more = second(temporal, spectral, master)
        return temporal + more[0], spectral + more[1], master + more[2]


def load(name: str, models: Path | None = None) -> Aasist:
    """Network `aasist` or `aasist-l` with its published weights.

    Raises:
        DetectorUnavailable: The weights are not there.
        WeightsError: They are damaged or do not fit.
    """
    network: Aasist = weights_of(Aasist(SIZES[name]), name, models)
    return network


def weights_of(network: Any, name: str, models: Path | None = None) -> Any:
    """The network, filled with the published weights `name` and ready to be asked.

    Raises:
        DetectorUnavailable: The weights are not there.
        WeightsError: They are damaged or do not fit.
    """
    file = weights.path(name, models)
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, ValueError) as error:
        raise WeightsError(f"weights `{name}` are not a file of tensors: {str(error).splitlines()[0]}") from error
    try:
        network.load_state_dict(state)
    except (RuntimeError, TypeError) as error:
        raise WeightsError(f"weights `{name}` do not fit the network: {error}") from error
    network.eval()
    return network


def windows(samples: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """(n, 64600) windows, at most `most`, evenly spread; samples that are shorter are repeated."""
    import numpy as np

    if len(samples) < SAMPLES:
        return np.resize(samples, (1, SAMPLES))
    count = min(most, max(1, round(len(samples) / SAMPLES)))
    starts = np.linspace(0, len(samples) - SAMPLES, count).round().astype(int)
    return np.stack([samples[s : s + SAMPLES] for s in starts])


def scores(network: Any, batch: Any) -> NDArray[np.float32]:
    """(n,) logits of "bona fide" for (n, 64600) windows, as published: higher is more likely real."""
    import numpy as np

    with one_thread():
        return np.concatenate([network(torch.from_numpy(w[None].copy()))[:, 1].numpy() for w in batch])
