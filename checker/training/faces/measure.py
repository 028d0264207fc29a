"""What the networks are worth on sources and generators that they never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rows as table
from .rows import FOLDS, NEVER_ASKED, Fold, Row

FAMILIES = ("swap", "reenact", "lipsync", "gan", "diffusion", "video-gen")


@dataclass(frozen=True, slots=True)
class Track:
    """Crops of one face through one video, or one still."""

    row: Row
    """Its first row."""
    pictures: NDArray[np.uint8]
    """(n, 192, 192, 3) RGB"""


def tracks(data: Path, kind: str = "crop") -> list[Track]:
    """All tracks of crops, or with `clip` those that the product's finder sees in the clips, in a fixed order."""
    if kind == "clip":
        return [t for r in table.read(data) if r.kind == "clip" if (t := _seen(data, r)) is not None]
    together: dict[tuple[str, str], list[Row]] = {}
    for row in table.read(data):
        if row.kind == "crop":
            together.setdefault((row.track, row.label), []).append(row)
    return [Track(rows[0], np.stack([table.picture(data, r) for r in rows])) for rows in together.values()]


def _seen(data: Path, row: Row) -> Track | None:
    """The crops of the longest track of a clip, from the product's own detector with its embedded finder."""
    from ...detector import Settings
    from ...detectors.faces import Faces
    from ...media import Media
    from ...post import Post

    faces = Faces()
    faces.load(Settings(models=Path("no-such-folder")))
    with Media.open(data / row.file) as media:
        found = [o for o in faces.detect(media, Post(), []) if o.kind == "face"]
    if not found:
        return None
    longest = max(found, key=lambda o: int(o.value["frames"]))
    return Track(row, np.stack(longest.data["crops"]))


def answers_for(row: Row) -> Fold | None:
    """The fold whose network saw neither the source nor the generator of `row`, nor one of its kind; None: none is."""
    seen = row.trains or row.group in NEVER_ASKED
    return next((f for f in FOLDS[1:] if f.holds_out(row)), None if seen else FOLDS[0])


def auc(fake: Sequence[float] | NDArray[Any], real: Sequence[float] | NDArray[Any]) -> float:
    """Chance that a fake one scores above a real one; nan where there are none."""
    if len(fake) == 0 or len(real) == 0:
        return float("nan")
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    ranks = rankdata(np.concatenate([fake, real]))[: len(fake)].sum()
    return float((ranks - len(fake) * (len(fake) + 1) / 2) / (len(fake) * len(real)))


def interval(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if n == 0:
        return 0.0, 1.0
    p, d = hits / n, 1 + z * z / n
    middle, half = (p + z * z / (2 * n)) / d, z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return float(max(0, middle - half)), float(min(1, middle + half))


def bootstrap(
    fake: Any, real: Any, fake_by: Sequence[str], real_by: Sequence[str], n: int = 300
) -> tuple[float, float]:
    """95 % interval of the AUC, drawing whole sources and identities again rather than tracks."""
    rng, found = np.random.default_rng(0), []
    fake, real = np.asarray(fake), np.asarray(real)
    f, r = ({k: np.flatnonzero(np.array(by) == k) for k in set(by)} for by in (fake_by, real_by))
    fs, rs = sorted(f), sorted(r)
    for _ in range(n):
        i = np.concatenate([f[fs[k]] for k in rng.integers(0, len(fs), len(fs))])
        j = np.concatenate([r[rs[k]] for k in rng.integers(0, len(rs), len(rs))])
        found.append(auc(fake[i], real[j]))
    return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))


Scores = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def per_track(score: Scores, found: Sequence[Track]) -> NDArray[np.float64]:
    """Mean score of each track."""
    if not found:
        return np.zeros(0)
    flat = score(np.concatenate([t.pictures for t in found]))
    ends = np.cumsum([len(t.pictures) for t in found])
    return np.array([part.mean() for part in np.split(flat, ends[:-1])], np.float64)


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of fakes is asked about: which network, which fakes, against which reals."""

    method: str
    fold: Fold
    video: bool
    """Whether against faces from video, else against stills."""

    def takes(self, row: Row) -> bool:
        if not row.fake:
            unseen = self.fold.holds_out(row) or not (row.trains or row.group in NEVER_ASKED)
            return unseen and row.from_video == self.video
        return row.method == self.method and (not row.trains or self.fold.holds_out(row))


def families() -> list[Family]:
    by = {f.name: f for f in FOLDS}
    return [
        Family("swap", by["all"], True),
        Family("reenact", by["all"], True),
        Family("lipsync", by["gan"], True),
        Family("gan", by["gan"], False),
        Family("diffusion", by["diffusion"], False),
        Family("video-gen", by["diffusion"], True),
    ]
