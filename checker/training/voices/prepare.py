"""Makes the cache that training reads: every clip, fakes copied from the real ones, each plain and augmented."""

from __future__ import annotations

import logging
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import augment, copies, data

log = logging.getLogger(__name__)
SEED = 20
COPIES = 2
"""Copies of each real clip, each by another maker."""
VERSIONS = 2
"""Of each item: itself and an augmentation."""


@dataclass(frozen=True, slots=True)
class Cache:
    waves: NDArray[np.int16]
    """(items, versions, 67200), read from disk as asked."""
    length: NDArray[np.int64]
    """(items,) samples."""
    origin: NDArray[np.int64]
    """(items,) row of the manifest that the item is, or is a copy of."""
    maker: NDArray[Any]
    """(items,) name of the copy's maker, empty for a clip itself."""


def read(folder: Path) -> Cache:
    meta = np.load(folder / "items.npz")
    waves = np.load(folder / "waves.npy", mmap_mode="r")
    return Cache(waves, meta["length"], meta["origin"], meta["maker"])


def items(table: data.Clips) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Rows and makers: all clips first, then the copies."""
    random = np.random.default_rng(SEED)
    origin, maker = list(range(len(table))), [""] * len(table)
    for row in np.flatnonzero(~table.fake):
        for kind in random.choice(list(copies.MAKERS), COPIES, replace=False):
            origin.append(int(row))
            maker.append(str(kind))
    return np.array(origin), np.array(maker)


def run(source: Path, folder: Path, versions: int = VERSIONS) -> None:
    """Write `waves.npy` and `items.npz` into `folder`."""
    warnings.simplefilter("ignore")
    table, started = data.clips(source), time.perf_counter()
    origin, maker = items(table)
    folder.mkdir(parents=True, exist_ok=True)
    shape = (len(origin), versions, data.LONGEST)
    waves = np.lib.format.open_memmap(folder / "waves.npy", "w+", np.int16, shape)
    length = np.zeros(len(origin), dtype=np.int64)
    for i, (row, kind) in enumerate(zip(origin, maker, strict=True)):
        random = np.random.default_rng([SEED, i])
        x = data.decode(source / "voices" / table.file[row])[: data.LONGEST]
        if kind:
            x = copies.make(x, kind, random)
        length[i] = len(x)
        for v in range(versions):
            y = x if v == 0 else augment.drawn(x, random)
            waves[i, v, : len(y)] = np.clip(y * 32767, -32768, 32767).astype(np.int16)
        if i % 200 == 199:
            log.info("%d of %d items, %.0f s", i + 1, len(origin), time.perf_counter() - started)
    waves.flush()
    np.savez(folder / "items.npz", length=length, origin=origin, maker=maker)
