"""From the cache to traces, from traces to machines: which rows train, and how much each counts."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...nets import synthetic_voice, voice_traces
from . import data, kernel, prepare

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setting:
    """What was chosen by hand; `nested` measures what the choosing is worth."""

    copied: float = 0.25
    """Weight of all copies among the fakes."""
    augmented: float = 0.6
    """Weight of an augmented clip beside its plain self."""
    penalty: float = 1.0
    width: float = 0.3


CHOSEN = Setting()


@dataclass(frozen=True, slots=True)
class Rows:
    """What can train: (n, COUNT) traces, and for each row its clip, whether it is fake, copied, augmented."""

    traces: NDArray[np.float32]
    clip: NDArray[np.int64]
    fake: NDArray[np.bool_]
    copied: NDArray[np.bool_]
    augmented: NDArray[np.bool_]

    def plain(self) -> NDArray[np.bool_]:
        return ~self.copied & ~self.augmented


def vector(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Traces of the first window of a clip, as the detector sees it."""
    return voice_traces.vector(synthetic_voice.windows(x[: synthetic_voice.WINDOW], 1)[0])


def make_traces(folder: Path, table: data.Clips) -> None:
    """Write `traces.npz` beside the cache: every clip, its augmentation, and the copies."""
    cache, started = prepare.read(folder), time.perf_counter()
    jobs = [(i, v) for v in (0, 1) for i in range(len(cache.origin)) if v == 0 or cache.maker[i] == ""]
    rows = np.zeros((len(jobs), voice_traces.COUNT), dtype=np.float32)
    for n, (i, v) in enumerate(jobs):
        rows[n] = vector(cache.waves[i, v, : cache.length[i]].astype(np.float32) / np.float32(32767))
        if n % 500 == 499:
            log.info("%d of %d traces, %.0f s", n + 1, len(jobs), time.perf_counter() - started)
    clip = cache.origin[[i for i, _ in jobs]]
    copied = cache.maker[[i for i, _ in jobs]] != ""
    augmented = np.array([v > 0 for _, v in jobs])
    np.savez(
        folder / "traces.npz",
        traces=rows,
        clip=clip,
        fake=table.fake[clip] | copied,
        copied=copied,
        augmented=augmented,
    )


def rows(folder: Path) -> Rows:
    with np.load(folder / "traces.npz") as stored:
        return Rows(**{name: stored[name] for name in ("traces", "clip", "fake", "copied", "augmented")})


def weights(table: data.Clips, all_rows: Rows, chosen: NDArray[Any], setting: Setting) -> NDArray[np.float64]:
    """(len(chosen),) weights: as much real as fake; no generator and no source outweighs the others by its number."""
    group = np.where(table.fake, table.generator, table.source)
    clip, copied = all_rows.clip[chosen], all_rows.copied[chosen]
    plain = all_rows.plain()[chosen]
    count = Counter(group[clip[plain]].tolist())
    each = np.array([max(1, count[g]) ** -0.5 for g in group[clip]])
    each = np.where(all_rows.augmented[chosen], setting.augmented * each, each)
    found = np.zeros(len(chosen))
    share = setting.copied if copied.any() else 0.0
    for mine, part in ((~all_rows.fake[chosen], 1.0), (all_rows.fake[chosen] & ~copied, 1 - share), (copied, share)):
        if mine.any():
            found[mine] = each[mine] / each[mine].sum() * part
    return found * plain.sum() / 2


def train(table: data.Clips, all_rows: Rows, clips: NDArray[np.bool_], setting: Setting = CHOSEN) -> kernel.Machine:
    """A machine trained on the given clips and on what was made from them."""
    able = (setting.copied > 0) | ~all_rows.copied
    able &= (setting.augmented > 0) | ~all_rows.augmented
    chosen = np.flatnonzero(clips[all_rows.clip] & able)
    weight = weights(table, all_rows, chosen, setting)
    return kernel.fit(all_rows.traces[chosen], all_rows.fake[chosen], weight, setting.penalty, setting.width)


def held_out(table: data.Clips, all_rows: Rows) -> tuple[NDArray[np.float32], list[kernel.Machine]]:
    """(clips,) scores by machines that heard neither the family, nor the generator, nor the speaker; those machines."""
    fold, plain = data.folds(table), all_rows.plain()
    found, machines = np.zeros(len(table), dtype=np.float32), []
    for k in range(len(data.FAMILIES)):
        machine = train(table, all_rows, data.apart(table, fold == k))
        test = np.flatnonzero(plain & (fold[all_rows.clip] == k))
        found[all_rows.clip[test]] = machine.scores(all_rows.traces[test])
        machines.append(machine)
    return found, machines
