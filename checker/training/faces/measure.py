"""What the networks are worth on sources and generators that they never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import rows as table
from .rows import Row

if TYPE_CHECKING:
    from ...media import Media
    from ...types import Observation

FAMILIES = ("swap", "reenact", "lipsync", "gan", "diffusion", "video-gen")
SEAMS = ("swap", "reenact")
"""Families in which a part of a real picture was changed: what the network is made for and calibrated on."""


@dataclass(frozen=True, slots=True)
class Track:
    """Crops of one face through one video, or one still."""

    row: Row
    """Its first row."""
    pictures: NDArray[np.uint8]
    """(n, 192, 192, 3) RGB"""


def tracks(data: Path, kind: str = "crop") -> list[Track]:
    """Tracks of groups that never train: of crops, or with `clip` what the product's finder sees in the clips."""
    everything = table.read(data)
    known = table.trained_groups(everything)
    asked = [r for r in everything if r.kind == kind and r.group not in known]
    if kind == "clip":
        return [t for r in asked if (t := _seen(data, r)) is not None]
    together: dict[tuple[str, str], list[Row]] = {}
    for row in asked:
        together.setdefault((row.track, row.label), []).append(row)
    return [Track(rows[0], np.stack([table.picture(data, r) for r in rows])) for rows in together.values()]


def _seen(data: Path, row: Row) -> Track | None:
    """The crops of the longest track of a clip."""
    from ...media import Media

    with Media.open(data / row.file) as media:
        found = longest(media)
    return Track(row, np.stack(found.data["crops"])) if found is not None else None


def longest(media: Media) -> Observation | None:
    """The longest track of a clip, from the product's own detector with its embedded finder."""
    from ...detector import Settings
    from ...detectors.faces import Faces
    from ...post import Post

    faces = Faces()
    faces.load(Settings(models=Path("no-such-folder")))
    found = [o for o in faces.detect(media, Post(), []) if o.kind == "face"]
    return max(found, key=lambda o: int(o.value["frames"]), default=None)


def auc(fake: Sequence[float] | NDArray[Any], real: Sequence[float] | NDArray[Any]) -> float:
    """Chance that a fake one scores above a real one; nan where there are none."""
    if len(fake) == 0 or len(real) == 0:
        return float("nan")
    from scipy.stats import rankdata

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


def takes(row: Row, method: str) -> bool:
    """Whether a row is asked about this family: its fakes, and reals from video or, for generated stills, stills."""
    return row.method == method if row.fake else row.from_video == (method not in ("gan", "diffusion"))
