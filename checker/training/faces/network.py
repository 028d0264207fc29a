"""The network: a fixed front that evens out exposure and brings out grain, and a small residual network behind it.

The front takes away what a camera or an edit sets for the whole picture (brightness, contrast, amount of detail), so
that none of it can be learnt, and gives four views at half of the resolution: colours, how strong fine detail is at
each place against the rest of the picture, and the detail itself. A second output says which cells are fake; it only
teaches.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

SIDE = 96
"""Side of what the front gives."""
CHANNELS = 8
CELLS = 12
"""Side of the map of fake cells."""
UNIT = 32.0
"""Steps of a byte to one spread, as prepared copies are stored."""


class Front(nn.Module):  # type: ignore[misc]
    """(n, 3, 192, 192) RGB in [0, 1] to (n, 8, 96, 96): colours (3), strength of detail (1), detail (4), in [-4, 4]."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("luma", torch.tensor([0.299, 0.587, 0.114])[None, :, None, None], persistent=False)
        laplacian = torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]])
        self.register_buffer("laplacian", laplacian[None, None], persistent=False)

    def forward(self, x: Any) -> Any:
        x = x * 255
        half = functional.avg_pool2d(x, 2)
        colours = half - half.mean((2, 3), keepdim=True)
        colours = colours / (colours.square().mean((1, 2, 3), keepdim=True) + 25).sqrt()
        grey = functional.pad((x * self.luma).sum(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
        detail = functional.conv2d(grey, self.laplacian)
        power = torch.log(functional.avg_pool2d(detail.square(), 2) + 2)
        power = power - power.mean((2, 3), keepdim=True)
        detail = detail / (detail.square().mean((2, 3), keepdim=True) + 4).sqrt()
        found = torch.cat([colours, power, functional.pixel_unshuffle(detail, 2)], 1)
        return found.clamp(-4, 127 / UNIT)


class Block(nn.Module):  # type: ignore[misc]
    """Two convolutions beside a short way; half as large where the widths differ."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        stride = 1 if before == after else 2
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        self.short: Any = None
        if stride == 2:
            self.short = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: Any) -> Any:
        y = functional.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return functional.relu(y + (x if self.short is None else self.short(x)))


class FaceNet(nn.Module):  # type: ignore[misc]
    """(n, 8, 96, 96) of the front to (n,) logit, higher = synthetic, and (n, 12, 12) logits of the fake cells."""

    def __init__(self, a: int = 24, b: int = 32, c: int = 64, d: int = 96, dropout: float = 0.3) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(CHANNELS, a, 3, 2, 1, bias=False), nn.BatchNorm2d(a), nn.ReLU())
        self.fine = nn.Sequential(Block(a, b), Block(b, c), Block(c, c))
        self.coarse = nn.Sequential(Block(c, d))
        self.where = nn.Conv2d(c + d, 1, 1)
        self.attend = nn.Conv2d(d, 1, 1)
        self.drop = nn.Dropout(dropout)
        self.decide = nn.Linear(2 * d + c, 1)

    def forward(self, x: Any) -> tuple[Any, Any]:
        fine = self.fine(self.stem(x))
        coarse = self.coarse(fine)
        up = functional.interpolate(coarse, scale_factor=2, mode="nearest")
        where = self.where(torch.cat([fine, up], 1))[:, 0]
        weight = torch.softmax(self.attend(coarse).flatten(2), 2)
        looked = (coarse.flatten(2) * weight).sum(2)
        pooled = torch.cat([coarse.mean((2, 3)), looked, fine.mean((2, 3))], 1)
        return self.decide(self.drop(pooled))[:, 0], where


class Shipped(nn.Module):  # type: ignore[misc]
    """(n, 192, 192, 3) RGB uint8 crops to (n,) score: the mean logit of several networks behind one front."""

    def __init__(self, members: list[FaceNet]) -> None:
        super().__init__()
        self.front = Front()
        self.members = nn.ModuleList(members)

    def forward(self, crops: Any) -> Any:
        x = self.front(crops.permute(0, 3, 1, 2).float() / 255.0)
        return torch.stack([member(x)[0] for member in self.members]).mean(0)


def views(front: Front, pictures: Any) -> Any:
    """(n, 8, 96, 96) int8, in steps of 1/32, of (n, 192, 192, 3) RGB uint8 pictures."""
    import numpy as np

    found = np.empty((len(pictures), CHANNELS, SIDE, SIDE), np.int8)
    with torch.inference_mode():
        for start in range(0, len(pictures), 8):
            x = torch.from_numpy(np.array(pictures[start : start + 8])).permute(0, 3, 1, 2).float() / 255
            found[start : start + 8] = (front(x.contiguous()) * UNIT).round().to(torch.int8).numpy()
    return found
