"""Training: each real face beside the fake made from it, sources balanced, weights averaged."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from .network import SIDE, UNIT, FaceNet
from .prepare import Copies

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)
STEPS = (1000,)
"""Of the rounds; each begins at the full rate and goes on from the averaged weights of the one before."""
PAIRS, REALS = 32, 8
"""A batch: pairs of a real face and the fake made from it, and more real ones."""
RATE, DECAY, AVERAGE = 2e-3, 0.05, 0.998
POWER = 0.5
"""A source of n rows is drawn as often as n to this power says."""
SOFT = 0.03
"""Labels stay this far from certain."""
WHERE = 0.7
"""Weight of the loss of cells."""


def draw_weights(copies: Copies, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    """How likely each of the chosen copies is drawn; they sum to 1."""
    sources = np.array([copies.rows[copies.row[i]].source for i in chosen])
    names, inverse, count = np.unique(sources, return_inverse=True, return_counts=True)
    rows = np.array([len(set(copies.row[chosen[inverse == k]])) for k in range(len(names))])
    weight = (rows**POWER / count)[inverse]
    return np.asarray(weight / weight.sum(), np.float64)


def batches(copies: Copies, groups: Collection[str], steps: int, rng: np.random.Generator) -> Iterator[Any]:
    """Views (n, 8, 96, 96), labels (n,), fake cells (n, 12, 12), of these groups of real faces, or of all."""
    seen = np.array([not groups or r.group in groups for r in copies.rows])
    real = np.flatnonzero(seen[copies.row] & ~copies.fake)
    weights = draw_weights(copies, real)
    for _ in range(steps):
        pairs = rng.choice(real, PAIRS, p=weights)
        which = np.concatenate([pairs, pairs + 1, rng.choice(real, REALS, p=weights)])
        x, where = _vary(copies.views[which], copies.cells[which], rng)
        yield x, torch.from_numpy(copies.fake[which]).float(), where


def _vary(views: Any, cells: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Mirrored, a rectangle covered, colours changed, background flattened; both of a pair in the same way."""
    n = len(views)
    x, where = torch.from_numpy(views).float().div_(UNIT), torch.from_numpy(cells).float().div_(255)
    twin = np.arange(n)
    twin[PAIRS : 2 * PAIRS] -= PAIRS
    mirrored = torch.from_numpy((rng.random(n) < 0.5)[twin])
    x[mirrored], where[mirrored] = x[mirrored].flip(3), where[mirrored].flip(2)
    colours = 1 + rng.normal(0, 0.12, (n, 3, 1, 1)) + rng.normal(0, 0.15, (n, 1, 1, 1))
    x[:, :3] *= torch.from_numpy(colours[twin].astype(np.float32))
    corner, size, covered = rng.integers(0, 80, (n, 2)), rng.integers(8, 40, (n, 2)), rng.random(n) < 0.2
    for i in np.flatnonzero(covered[twin]):
        (top, left), (height, width) = corner[twin[i]], size[twin[i]]
        x[i, :, top : top + height, left : left + width] = 0
    flattened = rng.random(n) < 0.4
    keep = {j: _head(rng) for j in np.flatnonzero(flattened)}
    strength = rng.uniform(0, 0.8, n).astype(np.float32)
    for i in np.flatnonzero(flattened[twin]):
        x[i] = _flat(x[i], keep[twin[i]], float(strength[twin[i]]))
    return x, where


def _head(rng: np.random.Generator) -> Any:
    """(96, 96) in [0, 1]: a soft oval around a whole head, wider than what any maker of fakes touches."""
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    across, down = rng.uniform(34, 44), rng.uniform(42, 54)
    far = ((xs - SIDE / 2) / across) ** 2 + ((ys - SIDE / 2) / down) ** 2
    return torch.from_numpy(1 / (1 + np.exp((far - 1) * rng.uniform(4, 20))).astype(np.float32))


def _flat(x: Any, keep: Any, strength: float) -> Any:
    """Views (8, 96, 96) of a picture whose background is smooth: a real face before a screen, or out of focus."""
    x = x.clone()
    colour = x[:3, :6].mean((1, 2), keepdim=True)
    x[:3] = x[:3] * keep + (colour + strength * (x[:3] - colour)) * (1 - keep)
    x[3] = x[3] + (1 - keep) * 2 * math.log(0.1 + strength)
    x[4:] = x[4:] * (keep + strength * (1 - keep))
    x[:4] = x[:4] - x[:4].mean((1, 2), keepdim=True)
    x[:3] = x[:3] / (x[:3].square().mean() + 0.01).sqrt()
    x[4:] = x[4:] / (x[4:].square().mean() + 0.01).sqrt()
    return x.clamp(-4, 4)


def train(copies: Copies, seed: int, steps: Sequence[int] = STEPS, groups: Collection[str] = ()) -> FaceNet:
    """A network that has seen `groups` of real faces, or all; its weights are an average over the last steps."""
    network = None
    for i, round_steps in enumerate(steps):
        network = _round(copies, groups, seed + 1000 * i, round_steps, network)
    assert network is not None
    return network


def _round(copies: Copies, groups: Collection[str], seed: int, steps: int, start: FaceNet | None) -> FaceNet:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network, average = FaceNet(), FaceNet()
    if start is not None:
        network.load_state_dict(start.state_dict())
    average.load_state_dict(network.state_dict())
    for each in (network, average):
        each.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    began, total = time.process_time(), 0.0
    for step, (x, fake, where) in enumerate(batches(copies, groups, steps, rng)):
        for group in optimiser.param_groups:
            cool = 0.01 + 0.495 * (1 + math.cos(math.pi * step / steps))
            group["lr"] = RATE * min(1.0, (step + 1) / 100) * cool
        with torch.autocast("cpu", torch.bfloat16):
            logit, cells = network(x.contiguous(memory_format=torch.channels_last))
        soft = fake * (1 - 2 * SOFT) + SOFT
        loss = functional.binary_cross_entropy_with_logits(logit.float(), soft)
        loss = loss + WHERE * functional.binary_cross_entropy_with_logits(cells.float(), where)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        _follow(average, network, min(AVERAGE, (1 + step) / (10 + step)))
        total += float(loss.detach())
        if (step + 1) % 250 == 0:
            spent = time.process_time() - began
            log.info("seed %d step %d loss %.4f %.0f s", seed, step + 1, total / 250, spent)
            total = 0.0
    average.eval()
    return average


def _follow(average: FaceNet, network: FaceNet, keep: float) -> None:
    with torch.no_grad():
        for a, b in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if a.dtype.is_floating_point:
                a.lerp_(b, 1 - keep)
            else:
                a.copy_(b)


def save(network: FaceNet, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), file)


def restore(file: Path) -> FaceNet:
    network = FaceNet()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    network.eval()
    return network


def scores(networks: list[FaceNet], views: Any, batch: int = 128) -> NDArray[np.float32]:
    """(n,) mean logit of `networks` for views (n, 8, 96, 96)."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(views), batch):
            x = torch.from_numpy(np.array(views[start : start + batch])).float() / UNIT
            found.append(np.mean([network(x)[0].numpy() for network in networks], axis=0))
    return np.concatenate(found) if found else np.zeros(0, np.float32)
