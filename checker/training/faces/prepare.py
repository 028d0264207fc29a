"""Degraded copies of the real crops that train, each with a fake made from it, in one file on disk.

Both go through the same degradation and stand next to one another. The donor of a swap is of the same group.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import rows as table
from .network import CELLS, CHANNELS, SIDE
from .rows import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

COPIES = {"voteview": 4, "facemask": 10, "pixabay": 10, "ecuador": 10, "3dsk": 8, "canada": 10}
FEW = 24
"""Copies of a row of any other source."""
MADE = ("self_blended", "swapped", "reenacted", "decoded")
SHARES = (0.36, 0.24, 0.2, 0.2)


@dataclass(frozen=True, slots=True)
class Copies:
    """What was prepared, as arrays of one length."""

    views: NDArray[np.int8]
    """(n, 8, 96, 96), on disk"""
    cells: NDArray[np.uint8]
    """(n, 12, 12): how much of each cell is fake, of 255"""
    row: NDArray[np.int32]
    """Which row of `rows` it was made from."""
    made: NDArray[np.int8]
    """-1: a copy of the row itself, else which of `MADE`; it follows the real copy that it was made from."""
    rows: list[Row]

    @property
    def fake(self) -> NDArray[np.bool_]:
        return self.made >= 0


def load(folder: Path) -> Copies:
    told = np.load(folder / "told.npz")
    views = np.load(folder / "views.npy", mmap_mode="r")
    kept = [Row(**r) for r in json.loads((folder / "rows.json").read_text("utf-8"))]
    return Copies(views, told["cells"], told["row"], told["made"], kept)


def _plan(kept: Sequence[Row], scale: float) -> list[int]:
    """Row of each copy."""
    plan = []
    for i, row in enumerate(kept):
        plan += [i] * max(1, round(scale * COPIES.get(row.source, FEW)))
    return plan


def prepare(data: Path, folder: Path, decoders: Path | None, scale: float = 1.0, jobs: int = 1, seed: int = 0) -> int:
    """Write the copies into `folder`; how many there are."""
    kept = [r for r in table.read(data) if r.trains]
    plan = _plan(kept, scale)
    n, numbers = 2 * len(plan), list(range(len(plan)))
    folder.mkdir(parents=True, exist_ok=True)
    shape = (n, CHANNELS, SIDE, SIDE)
    np.lib.format.open_memmap(folder / "views.npy", "w+", np.int8, shape).flush()
    work = [(data, folder, decoders, plan[j::jobs], numbers[j::jobs], seed) for j in range(jobs)]
    if jobs == 1:
        parts = [_part(work[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(jobs) as pool:
            parts = pool.map(_part, work)
    cells, made = np.zeros((n, CELLS, CELLS), np.uint8), np.full(n, -1, np.int8)
    row = np.zeros(n, np.int32)
    for found in parts:
        for place, i, kind, small in found:
            row[place], made[place], cells[place] = i, kind, small
    np.savez(folder / "told.npz", cells=cells, made=made, row=row)
    (folder / "rows.json").write_text(
        json.dumps([{f: getattr(r, f) for f in Row.__dataclass_fields__} for r in kept]), "utf-8"
    )
    return n


def _part(work: tuple[Any, ...]) -> list[tuple[int, int, int, Any]]:
    """Make and store some of the copies; what each of them is."""
    import cv2
    import torch

    from . import fakes
    from .degrade import degraded
    from .network import Front, views

    torch.set_num_threads(1)

    data, folder, decoders, plan, numbers, seed = work
    cv2.setNumThreads(1)
    kept = [r for r in table.read(data) if r.trains]
    pictures = [table.picture(data, r) for r in kept]
    find = fakes.Landmarks()
    shapes = np.stack([find(p) for p in pictures])
    groups: dict[str, Any] = {}
    for i, r in enumerate(kept):
        groups.setdefault(r.group, []).append(i)
    groups = {g: np.array(v) for g, v in groups.items()}
    decode = None
    if decoders is not None:
        from .decoders import Decoders

        decode = Decoders(decoders)
    out = np.load(folder / "views.npy", mmap_mode="r+")
    front = Front()
    told = []
    for number, i in zip(numbers, plan, strict=True):
        rng = np.random.default_rng((seed, number))
        r, real, place = kept[i], pictures[i], 2 * number
        turn, treatment = int(rng.integers(2**31)), int(rng.integers(2**31))
        told.append((place, i, -1, 0))
        kept_whole = degraded(turned(real, turn), np.random.default_rng(treatment))
        kind = int(rng.choice(len(MADE), p=SHARES))
        if kind == 3 and decode is None:
            kind = 0
        if kind == 0:
            fake, mask = fakes.self_blended(real, shapes[i], rng)
        elif kind == 1:
            same = groups[r.group]
            j = same[fakes.nearest(shapes[same], int(np.flatnonzero(same == i)[0]), rng)]
            fake, mask = fakes.swapped(real, shapes[i], pictures[j], shapes[j], rng)
        elif kind == 2:
            fake, mask = fakes.reenacted(real, shapes[i], rng)
        else:
            assert decode is not None
            fake, mask = decode.decoded(real, shapes[i], rng)
        mask = turned(mask, turn)
        small = cv2.resize(mask, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
        told.append((place + 1, i, kind, (small * 255).astype(np.uint8)))
        treated = degraded(turned(fake, turn), np.random.default_rng(treatment))
        out[place : place + 2] = views(front, np.stack([kept_whole, treated]))
    return told


def turned(image: Any, seed: int) -> Any:
    """Turned, scaled and moved by chance, as crops of a track are."""
    import cv2

    rng = np.random.default_rng(seed)
    if rng.random() < 0.4:
        return image
    matrix = cv2.getRotationMatrix2D((96, 96), rng.uniform(-8, 8), rng.uniform(0.9, 1.2))
    matrix[:, 2] += rng.uniform(-8, 8, 2)
    return cv2.warpAffine(image, matrix, (192, 192), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
