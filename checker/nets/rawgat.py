"""RawGAT-ST: graph attention over the spectral and the temporal side of a raw waveform, fused by multiplication.

Source: Tak et al., ASVspoof workshop 2021 (arXiv:2107.12710). Written anew so that the published weights load key by
key; it shares its parts with AASIST, which grew out of it. For inference only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .aasist import SELU, Attention, Residual, band_passes, scores, weights_of, windows

__all__ = ["RawGat", "load", "scores", "windows"]

CHANNELS = ((32, 32), (32, 32), (32, 64), (64, 64), (64, 64), (64, 64))


class Block(Residual):
    """A block of AASIST, with one more convolution from one channel; the first block uses that alone."""

    def __init__(self, inward: int, outward: int, first: bool) -> None:
        super().__init__(inward, outward, first)
        self.conv_1 = nn.Conv2d(1, outward, (2, 3), padding=(1, 1))
        if first:
            del self.conv1

    def inward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv1(x) if hasattr(self, "conv1") else self.conv_1(x)
        return out


class Pool(nn.Module):  # type: ignore[misc]
    """Keeps the share `ratio` of nodes with the highest score, weighted by it."""

    def __init__(self, inward: int, ratio: float) -> None:
        super().__init__()
        self.proj = nn.Linear(inward, 1)
        self.ratio = ratio

    def forward(self, x: Tensor) -> Tensor:
        marks = torch.sigmoid(self.proj(x))
        kept = torch.topk(marks, max(2, int(x.shape[1] * self.ratio)), dim=1).indices
        return torch.gather(x * marks, 1, kept.expand(-1, -1, x.shape[2]))


class RawGat(nn.Module):  # type: ignore[misc]
    """(batch, 64600) samples to (batch, 2) logits, spoofed and bona fide."""

    def __init__(self) -> None:
        super().__init__()
        self.first_bn = nn.BatchNorm2d(1)
        for name in ("encoder1", "encoder2"):
            blocks = (nn.Sequential(Block(a, b, first=i == 0)) for i, (a, b) in enumerate(CHANNELS))
            self.add_module(name, nn.Sequential(*blocks))
        self.GAT_layer1, self.pool1 = Attention(64, 32, 1.0), Pool(32, 0.64)
        self.GAT_layer2, self.pool2 = Attention(64, 32, 1.0), Pool(32, 0.81)
        self.GAT_layer3, self.pool3 = Attention(32, 16, 1.0), Pool(16, 0.64)
        self.proj1, self.proj2 = nn.Linear(14, 12), nn.Linear(23, 12)
        self.proj, self.proj_node = nn.Linear(16, 1), nn.Linear(7, 2)
        self.register_buffer("bands", band_passes(), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        x = F.conv1d(samples.unsqueeze(1), self.get_buffer("bands")).unsqueeze(1)
        x = SELU(self.first_bn(F.max_pool2d(x.abs(), 3)))
        spectral = self.get_submodule("encoder1")(x).abs().amax(dim=3).transpose(1, 2)
        temporal = self.get_submodule("encoder2")(x).abs().amax(dim=2).transpose(1, 2)
        one = self.proj1(self.pool1(self.GAT_layer1(spectral)).transpose(1, 2))
        two = self.proj2(self.pool2(self.GAT_layer2(temporal)).transpose(1, 2))
        both = self.pool3(self.GAT_layer3((one * two).transpose(1, 2)))
        out: Tensor = self.proj_node(self.proj(both).flatten(1))
        return out


def load(name: str = "rawgat-st", models: Path | None = None) -> RawGat:
    """The network with its published weights.

    Raises:
        DetectorUnavailable: The weights are not there.
        WeightsError: They are damaged or do not fit.
    """
    found: Any = weights_of(RawGat(), name, models)
    network: RawGat = found
    return network
