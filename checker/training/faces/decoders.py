"""Small autoencoders trained on real faces: what they draw carries the traces of a generator's last layers.

Each of them enlarges in its own way, as the generators in use do. They learn against a critic of patches, so that
what they draw is sharp and the traces are fine ones; a fake is a whole crop, or a face blended into the real one.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import fakes

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)
KINDS = ("nearest", "transposed")
SIDE = 96
"""Side of what they are trained on; they are convolutions, so any side does."""


class Up(nn.Module):  # type: ignore[misc]
    """Twice as large: every pixel four times and a convolution, or a transposed convolution."""

    def __init__(self, before: int, after: int, kind: str) -> None:
        super().__init__()
        self.repeat = kind == "nearest"
        self.layer: Any = (
            nn.Conv2d(before, after, 3, 1, 1) if self.repeat else nn.ConvTranspose2d(before, after, 4, 2, 1)
        )

    def forward(self, x: Any) -> Any:
        return self.layer(functional.interpolate(x, scale_factor=2, mode="nearest") if self.repeat else x)


class Autoencoder(nn.Module):  # type: ignore[misc]
    """(n, 3, h, w) in [0, 1] to the same, by way of an eighth of each side."""

    def __init__(self, kind: str, width: int = 32, latent: int = 24) -> None:
        super().__init__()
        down: list[Any] = [nn.Conv2d(12, width, 3, 1, 1), nn.SiLU(), nn.Conv2d(width, 2 * width, 3, 2, 1), nn.SiLU()]
        up: list[Any] = [Up(2 * width, width, kind), nn.SiLU(), nn.Conv2d(width, width, 3, 1, 1), nn.SiLU()]
        down += [nn.Conv2d(2 * width, 2 * width, 3, 2, 1), nn.SiLU()]
        up = [Up(2 * width, 2 * width, kind), nn.SiLU(), *up]
        self.encode = nn.Sequential(nn.PixelUnshuffle(2), *down, nn.Conv2d(2 * width, latent, 1))
        self.decode = nn.Sequential(
            nn.Conv2d(latent, 2 * width, 3, 1, 1),
            nn.SiLU(),
            *up,
            Up(width, 16, kind),
            nn.SiLU(),
            nn.Conv2d(16, 3, 3, 1, 1),
        )

    def forward(self, x: Any, noise: float = 0.0) -> Any:
        code = self.encode(x * 2 - 1)
        if noise:
            code = code + noise * code.std() * torch.randn_like(code)
        return (self.decode(code) + 1) / 2


def critic() -> Any:
    """Says of each patch how real it is."""
    return nn.Sequential(
        nn.PixelUnshuffle(2), nn.Conv2d(12, 32, 3, 1, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 3, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 64, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 1, 3, 1, 1),
    )  # fmt: skip


def train(pictures: NDArray[np.uint8], kind: str, steps: int, seed: int) -> Autoencoder:
    """An autoencoder for (n, 192, 192, 3) RGB faces, by absolute difference and, later, a critic."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network, judge = Autoencoder(kind), critic()
    draw = torch.optim.Adam(network.parameters(), 2e-3, betas=(0.5, 0.99))
    tell = torch.optim.Adam(judge.parameters(), 1e-3, betas=(0.5, 0.99))
    for step in range(steps):
        chosen, (y, x0) = rng.integers(0, len(pictures), 16), rng.integers(0, 192 - SIDE, 2)
        part = pictures[chosen][:, y : y + SIDE, x0 : x0 + SIDE]
        x = torch.from_numpy(np.ascontiguousarray(part)).permute(0, 3, 1, 2).float() / 255
        with torch.autocast("cpu", torch.bfloat16):
            drawn = network(x, 0.05)
            loss = 4 * (drawn - x).abs().mean() + 4 * (drawn.diff(dim=3) - x.diff(dim=3)).abs().mean()
            if step > steps // 3:
                loss = loss - 0.03 * judge(drawn).mean()
        draw.zero_grad()
        loss.float().backward()
        draw.step()
        if step > steps // 4:
            with torch.autocast("cpu", torch.bfloat16):
                told = functional.relu(1 - judge(x)).mean() + functional.relu(1 + judge(drawn.detach())).mean()
            tell.zero_grad()
            told.float().backward()
            tell.step()
        if (step + 1) % 100 == 0:
            log.info("%s step %d loss %.4f", kind, step + 1, float(loss.detach()))
    network.eval()
    return network


class Decoders:
    """Trained autoencoders, from a folder of `KIND.pt`."""

    def __init__(self, folder: Path) -> None:
        torch.set_num_threads(1)
        self._networks = []
        for file in sorted(folder.glob("*.pt")):
            network = Autoencoder(file.stem.partition("-")[0])
            network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
            self._networks.append(network.eval())
        if not self._networks:
            raise SystemExit(f"no decoders in `{folder}`; run `python -m checker.training.faces decoders` first")

    def decoded(self, real: Any, points: NDArray[np.float32], rng: np.random.Generator) -> tuple[Any, Any]:
        """The face as one of the networks draws it, as a whole or blended in; and the mask."""
        import cv2

        network = self._networks[int(rng.integers(len(self._networks)))]
        size = int(rng.choice([192, 192, 256, 288, 128]))
        x = cv2.resize(real, (size, size), interpolation=cv2.INTER_AREA if size < 192 else cv2.INTER_CUBIC)
        with torch.inference_mode():
            torch.manual_seed(int(rng.integers(2**31)))
            tensor = torch.from_numpy(x).permute(2, 0, 1)[None].float() / 255
            drawn = network(tensor, float(rng.uniform(0, 0.25)))[0].permute(1, 2, 0).clamp(0, 1)
        image = (drawn.numpy() * 255 + 0.5).astype(np.uint8)
        image = cv2.resize(image, (192, 192), interpolation=cv2.INTER_AREA if size > 192 else cv2.INTER_CUBIC)
        if rng.random() < 0.55:
            return image, np.ones((192, 192), np.float32)
        mask = fakes.region(points, rng)
        if rng.random() < 0.5:
            image = fakes.recolour(image, rng, 0.4)
        return fakes.blend(image, real, mask), mask
