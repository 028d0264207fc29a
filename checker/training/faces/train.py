"""Training of a head: each real face beside the fake made from it, sources balanced, weights averaged."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from .network import Head
from .prepare import Copies
from .rows import Fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)
STEPS = 500
PAIRS, REALS, GENERATED = 48, 16, 40
"""A batch: pairs of a real face and the fake made from it, more real ones, and fakes of generators."""
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


def batches(copies: Copies, fold: Fold, steps: int, rng: np.random.Generator) -> Iterator[tuple[Any, Any, Any]]:
    """Statistics (n, 237, 12, 12), labels (n,), fake cells (n, 12, 12), of what `fold` does not hold out."""
    seen = np.array([not fold.holds_out(r) for r in copies.rows])
    whole = seen[copies.row] & (copies.made < 0)
    real, generated = np.flatnonzero(whole & ~copies.fake), np.flatnonzero(whole & copies.fake)
    real_weights = draw_weights(copies, real)
    generated_weights = draw_weights(copies, generated) if len(generated) else None
    for _ in range(steps):
        pairs = rng.choice(real, PAIRS, p=real_weights)
        chosen = [pairs, pairs + 1, rng.choice(real, REALS, p=real_weights)]
        if generated_weights is not None:
            chosen.append(rng.choice(generated, GENERATED, p=generated_weights))
        which = np.concatenate(chosen)
        x = torch.from_numpy(copies.statistics[which]).float()
        where = torch.from_numpy(copies.cells[which]).float() / 255
        if rng.random() < 0.5:
            x, where = x.flip(3), where.flip(2)
        yield x, torch.from_numpy(copies.fake[which]).float(), where


def train(copies: Copies, fold: Fold, seed: int, steps: int = STEPS) -> Head:
    """A head that has seen what `fold` does not hold out; its weights are an average over the last steps."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head, average = Head(), Head()
    sample = copies.statistics[
        np.sort(rng.choice(np.flatnonzero(~copies.fake), min(1500, int((~copies.fake).sum())), False))
    ]
    sample = sample.astype(np.float32)
    head.mean.copy_(torch.from_numpy(sample.mean((0, 2, 3)))[None, :, None, None])
    head.spread.copy_(torch.from_numpy(sample.std((0, 2, 3)))[None, :, None, None] + 0.05)
    average.load_state_dict(head.state_dict())
    head, average = (h.to(memory_format=torch.channels_last) for h in (head, average))
    optimiser = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    began, total = time.process_time(), 0.0
    for step, (x, fake, where) in enumerate(batches(copies, fold, steps, rng)):
        for group in optimiser.param_groups:
            cool = 0.01 + 0.495 * (1 + math.cos(math.pi * step / steps))
            group["lr"] = RATE * min(1.0, (step + 1) / 100) * cool
        with torch.autocast("cpu", torch.bfloat16):
            logit, cells = head(x.contiguous(memory_format=torch.channels_last))
        soft = fake * (1 - 2 * SOFT) + SOFT
        loss = functional.binary_cross_entropy_with_logits(logit.float(), soft)
        loss = loss + WHERE * functional.binary_cross_entropy_with_logits(cells.float(), where)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        _follow(average, head, min(AVERAGE, (1 + step) / (10 + step)))
        total += float(loss.detach())
        if (step + 1) % 250 == 0:
            log.info(
                "%s/%d step %d loss %.4f %.0f s", fold.name, seed, step + 1, total / 250, time.process_time() - began
            )
            total = 0.0
    return average.eval()


def _follow(average: Head, head: Head, keep: float) -> None:
    with torch.no_grad():
        for a, b in zip(average.state_dict().values(), head.state_dict().values(), strict=True):
            if a.dtype.is_floating_point:
                a.lerp_(b, 1 - keep)
            else:
                a.copy_(b)


def save(head: Head, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(head.state_dict(), file)


def restore(file: Path) -> Head:
    head = Head()
    head.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return head.eval()


def scores(heads: list[Head], statistics: Any, batch: int = 128) -> NDArray[np.float32]:
    """(n,) mean logit of `heads` for (n, 237, 12, 12) statistics."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(statistics), batch):
            x = torch.from_numpy(np.array(statistics[start : start + batch])).float()
            found.append(np.mean([head(x)[0].numpy() for head in heads], axis=0))
    return np.concatenate(found) if found else np.zeros(0, np.float32)
