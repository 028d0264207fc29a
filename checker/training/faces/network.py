"""The network: fixed statistics of fine detail over a grid of cells, and a small head that learns what they mean.

The front is not learnt. Filters that remove the picture and leave its grain run at three scales; each cell of 16x16
pixels then tells how strong the grain is, how heavy its tails are, how it goes on from one pixel to the next and how
it agrees between the colours. A face that was pasted, redrawn or generated has another grain than what is around it,
or another than a camera leaves. The head compares cells. A second output says which are fake; it only teaches.
Source of the filters: Spatial Rich Model, Fridrich and Kodovsky 2012.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

CELLS = 12
"""Cells along each side."""
CHANNELS = 237
SCALES = 3
_LUMA = (0.299, 0.587, 0.114)
_STEPS = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))
_FLOOR = 0.02


def _kernel(*cells: tuple[int, int, float]) -> Any:
    """(5, 5) with these values at (down, across) from the middle."""
    kernel = torch.zeros(5, 5)
    for y, x, value in cells:
        kernel[y + 2, x + 2] = value
    return kernel


def _filters() -> Any:
    """(12, 3, 5, 5): nine of lightness, and the Laplacian of each colour."""
    laplacian = _kernel((0, 0, 1), (0, 1, -0.25), (1, 0, -0.25), (0, -1, -0.25), (-1, 0, -0.25))
    rich = torch.tensor(
        [[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]]
    )
    light = [
        laplacian,
        rich / 12,
        _kernel((0, -1, 0.5), (0, 0, -1), (0, 1, 0.5)),
        _kernel((-1, 0, 0.5), (0, 0, -1), (1, 0, 0.5)),
        _kernel((-1, -1, 0.5), (0, 0, -1), (1, 1, 0.5)),
        _kernel((-1, 1, 0.5), (0, 0, -1), (1, -1, 0.5)),
        _kernel((0, 0, 0.5), (0, 1, -0.5), (1, 0, -0.5), (1, 1, 0.5)),
        _kernel((0, 0, -1), (0, 1, 1)),
        _kernel((0, 0, -1), (1, 0, 1)),
    ]
    weight = torch.zeros(len(light) + 3, 3, 5, 5)
    for i, kernel in enumerate(light):
        weight[i] = torch.tensor(_LUMA)[:, None, None] * kernel
    for colour in range(3):
        weight[len(light) + colour, colour] = laplacian
    return weight


class Front(nn.Module):  # type: ignore[misc]
    """(n, 3, 192, 192) RGB in [0, 1] to (n, 237, 12, 12) statistics. A few pictures at once run fastest."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", _filters(), persistent=False)

    def forward(self, x: Any) -> Any:
        x = x * 255
        found = []
        for scale in range(SCALES):
            x = functional.avg_pool2d(x, 2) if scale else x
            found += self._grain(x)
        mean = functional.avg_pool2d(x, x.shape[-1] // CELLS) / 60
        light = mean[:, :1] * _LUMA[0] + mean[:, 1:2] * _LUMA[1] + mean[:, 2:] * _LUMA[2]
        tint = torch.cat([light, mean[:, :1] - light, mean[:, 2:] - light], 1)
        return torch.cat([*found, tint - tint.mean((2, 3), keepdim=True)], 1)

    def _grain(self, x: Any) -> list[Any]:
        """Statistics of one scale, each (n, channels, 12, 12)."""
        side = x.shape[-1]

        def cells(values: Any) -> Any:
            return functional.avg_pool2d(values, side // CELLS)

        rest = functional.conv2d(functional.pad(x, (2, 2, 2, 2), mode="replicate"), self.filters)
        light, colours = rest[:, :-3], rest[:, -3:]
        power = cells(light * light) + _FLOOR
        overall = power.mean((2, 3), keepdim=True)
        found = [torch.log(power), torch.log(overall).expand_as(power), cells(light.abs()) / power.sqrt()]
        for down, across in _STEPS:
            product = light[:, :, : side - down, : side - across] * light[:, :, down:, across:]
            found.append(cells(functional.pad(product, (0, across, 0, down))) / power)
        each = cells(colours * colours) + _FLOOR
        found.append(torch.log(each) - torch.log(power[:, :1]))
        next_colour, next_power = (torch.cat([v[:, 1:], v[:, :1]], 1) for v in (colours, each))
        found.append(cells(colours * next_colour) / (each * next_power).sqrt())
        return found


def statistics(front: Front, pictures: Any) -> Any:
    """(n, 237, 12, 12) float16 of (n, 192, 192, 3) RGB uint8 pictures."""
    import numpy as np

    found = np.empty((len(pictures), CHANNELS, CELLS, CELLS), np.float16)
    with torch.inference_mode():
        for start in range(0, len(pictures), 4):
            x = torch.from_numpy(np.array(pictures[start : start + 4])).permute(0, 3, 1, 2).float() / 255
            found[start : start + 4] = front(x.contiguous()).half().numpy()
    return found


class Head(nn.Module):  # type: ignore[misc]
    """(n, 237, 12, 12) statistics to (n,) logit, higher = synthetic, and (n, 12, 12) logits of the fake cells."""

    def __init__(self, fine: int = 64, coarse: int = 96, dropout: float = 0.3) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, CHANNELS, 1, 1))
        self.register_buffer("spread", torch.ones(1, CHANNELS, 1, 1))
        self.cells = nn.Sequential(
            nn.Conv2d(CHANNELS, fine, 1, bias=False), nn.BatchNorm2d(fine), nn.ReLU(), nn.Dropout2d(0.1)
        )
        self.parts = nn.Sequential(
            nn.Conv2d(fine, coarse, 3, 2, 1, bias=False), nn.BatchNorm2d(coarse), nn.ReLU(), nn.Dropout2d(0.1),
            nn.Conv2d(coarse, coarse, 3, 1, 1, bias=False), nn.BatchNorm2d(coarse), nn.ReLU(),
        )  # fmt: skip
        self.where = nn.Conv2d(fine + coarse, 1, 1)
        self.attend = nn.Conv2d(coarse, 1, 1)
        self.drop = nn.Dropout(dropout)
        self.decide = nn.Linear(2 * coarse + fine, 1)

    def forward(self, x: Any) -> tuple[Any, Any]:
        cells = self.cells(((x - self.mean) / self.spread).clamp(-5, 5))
        parts = self.parts(cells)
        where = self.where(torch.cat([cells, functional.interpolate(parts, scale_factor=2, mode="nearest")], 1))[:, 0]
        weight = torch.softmax(self.attend(parts).flatten(2), 2)
        looked = (parts.flatten(2) * weight).sum(2)
        pooled = torch.cat([parts.mean((2, 3)), looked, cells.mean((2, 3))], 1)
        return self.decide(self.drop(pooled))[:, 0], where


class Shipped(nn.Module):  # type: ignore[misc]
    """(n, 192, 192, 3) RGB uint8 crops to (n,) score: the mean logit of several heads on one front."""

    def __init__(self, heads: list[Head]) -> None:
        super().__init__()
        self.front = Front()
        self.heads = nn.ModuleList(heads)

    def forward(self, crops: Any) -> Any:
        x = self.front(crops.permute(0, 3, 1, 2).float() / 255.0)
        return torch.stack([head(x)[0] for head in self.heads]).mean(0)
