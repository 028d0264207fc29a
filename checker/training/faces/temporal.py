"""What a face does over time, and whether that tells swaps and reenactments from reals.

The longest track of each clip of the groups that never train, as the product's detector makes it, is looked at again
in every frame. Each cue is a number per track; the hypothesis is that it is larger for fakes, so that an AUC below 0.5
counts against it. Intervals draw people again, with all their clips: a fake of FaceForensics++ shares its person, its
room and its camera with a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ...nets.face import CROP_RISE, CROP_SCALE, CROP_SIDE
from . import measure
from . import rows as table
from .measure import Scores, auc
from .rows import Row

if TYPE_CHECKING:
    from ...detectors.faces import Look
    from ...media import Media

Numbers = NDArray[np.float64]
EVERY = 5
"""Of the frames, the first of every so many is embedded and scored: 5 a second at 25."""
SIDE = 64
"""Pixels of a face that was moved onto the mean of its track."""
LEAST_FRAMES = 12
"""Tracks that are seen in fewer are left out."""
DRAWS = 1000
LEAST_AUC = 0.55
"""A cue is worth building in where the interval of its AUC lies above, and it adds to the network's score."""


@dataclass(frozen=True, slots=True)
class Moving:
    """One face in every frame of its track."""

    points: Numbers
    """(n, 5, 2) landmarks in pixels of crops, in dlib's order."""
    faces: NDArray[np.uint8]
    """(n, 64, 64) grey, moved so that the landmarks of all frames lie on one another."""
    embeddings: Numbers
    """(n / 5, 128) of every fifth frame."""
    scores: Numbers
    """(n / 5,) of the network, of every fifth frame."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known of one clip."""

    row: Row
    score: float
    """The network's score of the track, as the product has it."""
    cues: dict[str, float]


def steps(values: Numbers) -> float:
    """Mean distance from one row of (n, d) to the next."""
    return float(np.linalg.norm(np.diff(values, axis=0), axis=1).mean())


def spread(values: Numbers) -> float:
    """Mean distance of the rows of (n, d) from their mean."""
    return float(np.linalg.norm(values - values.mean(axis=0), axis=1).mean())


def onto(points: Numbers, target: Numbers) -> Numbers:
    """(2, 3): the similarity that moves (5, 2) points onto (5, 2) others with the least squared error.

    Source: Umeyama 1991, doi:10.1109/34.88573, in the plane.
    """
    p, t = points - points.mean(axis=0), target - target.mean(axis=0)
    a, b = float((p * t).sum()), float((p[:, 0] * t[:, 1] - p[:, 1] * t[:, 0]).sum())
    turn = np.array([[a, -b], [b, a]]) / max(float((p**2).sum()), 1e-9)
    return np.column_stack([turn, target.mean(axis=0) - turn @ points.mean(axis=0)])


def shapes(points: Numbers) -> Numbers:
    """(n, 5, 2) without the motion of the head, in distances between the outer corners of the eyes."""
    mean = points[0]
    for _ in range(3):
        moved = np.stack([p @ (m := onto(p, mean))[:, :2].T + m[:, 2] for p in points])
        mean = moved.mean(axis=0)
    return np.asarray((moved - mean) / max(float(np.linalg.norm(mean[0] - mean[2])), 1e-9))


def jitter(points: Numbers) -> float:
    """Root mean square of the acceleration of landmarks, per frame squared, without the motion of the head."""
    return float(np.sqrt((np.diff(shapes(points), n=2, axis=0) ** 2).sum(axis=2).mean()))


def roughness(points: Numbers) -> float:
    """Acceleration of landmarks over how far they move at all: how little of the motion is smooth."""
    still = shapes(points)
    return jitter(points) / max(float(np.sqrt((still**2).sum(axis=2).mean())), 1e-9)


def _masks() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(64, 64) what lies inside of a face, and a ring around it."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    r = np.hypot(x / 0.27, (y - 0.04) / 0.31)
    return r < 1, (r > 1.15) & (r < 1.6)


def inner_change(faces: NDArray[np.uint8]) -> float:
    """Log of the change from frame to frame inside of a face over that in the ring around it."""
    inside, ring = _masks()
    change = np.abs(np.diff(faces.astype(np.float64), axis=0))
    return float(np.log((change[:, inside].mean() + 0.1) / (change[:, ring].mean() + 0.1)))


def flicker(faces: NDArray[np.uint8]) -> float:
    """Levels: root mean square of the second difference of how much brighter a face is inside than in the ring."""
    inside, ring = _masks()
    light = faces[:, inside].mean(axis=1) - faces[:, ring].mean(axis=1)
    return float(np.sqrt((np.diff(light, n=2) ** 2).mean()))


CUES: dict[str, Callable[[Moving], float]] = {
    "identity, step": lambda m: steps(m.embeddings),
    "identity, spread": lambda m: spread(m.embeddings),
    "landmarks, jitter": lambda m: jitter(m.points),
    "landmarks, roughness": lambda m: roughness(m.points),
    "inner face, change": lambda m: inner_change(m.faces),
    "inner face, flicker": lambda m: flicker(m.faces),
    "network, spread": lambda m: float(m.scores.std()),
    "network, step": lambda m: steps(m.scores[:, None]),
}


class Watcher:
    """Looks at a face in every frame of its track; not to be shared between threads."""

    def __init__(self, score: Scores) -> None:
        import dlib

        from ...nets import packaged
        from ...nets.face import Embedder

        file = packaged("face_recognition_models", "models/shape_predictor_5_face_landmarks.dat")
        self._predict = dlib.shape_predictor(str(file))
        self._embedder, self._score = Embedder(), score

    def watch(self, media: Media, looks: Sequence[Look]) -> Moving | None:
        """Every frame from the first look to the last; None where there are too few."""
        from ...nets.face import Face, crop
        from ...types import Segment

        if len(looks) < 2:
            return None
        frames = list(media.window(Segment(looks[0].time_s, looks[-1].time_s + 0.01)))
        if len(frames) < LEAST_FRAMES:
            return None
        boxes = _between(looks, [f.time_s for f in frames], frames[0].image.shape)
        for _ in range(2):  # first where the looks put it, then where its landmarks are
            faces = [Face(x - side / 2, y - side / 2, side, 1.0) for x, y, side in boxes]
            crops = np.stack([crop(f.image, face) for f, face in zip(frames, faces, strict=True)])
            points = np.stack([self._landmarks(c) for c in crops])
            middle = points.mean(axis=1)
            boxes[:, :2] += (middle - np.median(middle, axis=0)) * CROP_SCALE * boxes[:, 2:] / CROP_SIDE
        some = slice(None, None, EVERY)
        embeddings = self._embedder.embed([f.image for f in frames[some]], faces[some])
        return Moving(
            points, aligned(crops, points), embeddings.astype(np.float64), self._score(crops[some]).astype(np.float64)
        )

    def _landmarks(self, picture: NDArray[np.uint8]) -> Numbers:
        """(5, 2) in a crop, to a quarter of a pixel: dlib rounds to whole ones."""
        import dlib

        large, side = cv2.resize(picture, None, fx=4, fy=4), 4 * CROP_SIDE / CROP_SCALE
        left, top = 2 * CROP_SIDE - side / 2, 2 * CROP_SIDE + (CROP_RISE - 0.5) * side
        box = dlib.rectangle(*(round(v) for v in (left, top, left + side, top + side)))
        return np.array([(p.x, p.y) for p in self._predict(large, box).parts()]) / 4


def _between(looks: Sequence[Look], times_s: Sequence[float], shape: tuple[int, ...]) -> Numbers:
    """(n, 3) centre and side in pixels of the frame at these times, straight from one look to the next."""
    height, width = shape[:2]
    at = [look.time_s for look in looks]
    known = [((b.x0 + b.x1) / 2 * width, (b.y0 + b.y1) / 2 * height, look.side) for look in looks for b in (look.box,)]
    return np.stack([np.interp(times_s, at, column) for column in np.array(known).T], axis=1)


def aligned(crops: NDArray[np.uint8], points: Numbers) -> NDArray[np.uint8]:
    """(n, 64, 64) grey: crops moved so that their landmarks lie on the mean of the track."""
    shrink, mean = SIDE / CROP_SIDE, points.mean(axis=0)
    out = []
    for picture, p in zip(crops, points, strict=True):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        moved = cv2.warpAffine(grey, onto(p, mean), (CROP_SIDE, CROP_SIDE), borderMode=cv2.BORDER_REPLICATE)
        out.append(cv2.resize(moved, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA))
    return np.stack(out).astype(np.uint8)


def look(data: Path, score: Scores) -> list[Clip]:
    """Cues of all clips of groups that never train, and the score that the shipped network gives each."""
    from ...media import Media

    everything = table.read(data)
    known = table.trained_groups(everything)
    watcher, found = Watcher(score), []
    for row in everything:
        if row.kind != "clip" or row.group in known:
            continue
        with Media.open(data / row.file) as media:
            seen = measure.longest(media)
            moving = watcher.watch(media, seen.data["looks"]) if seen is not None else None
        if seen is not None and moving is not None:
            plain = float(score(np.stack(seen.data["crops"])).mean())
            found.append(Clip(row, plain, {name: cue(moving) for name, cue in CUES.items()}))
    return found


def people(clips: Sequence[Clip]) -> list[str]:
    """What is drawn again together: the person of each clip."""
    return [c.row.identity or c.row.group for c in clips]


def drawn(by: Sequence[str], n: int = DRAWS) -> Iterator[NDArray[np.int_]]:
    """Indices of `n` draws of as many people as there are, each with all clips."""
    rng, mine = np.random.default_rng(0), {k: np.flatnonzero(np.array(by) == k) for k in set(by)}
    names = sorted(mine)
    for _ in range(n):
        yield np.concatenate([mine[names[k]] for k in rng.integers(0, len(names), len(names))])


def interval(statistic: Callable[[NDArray[np.int_]], float], by: Sequence[str]) -> tuple[float, float]:
    """95 % of a statistic of indices, over people drawn again."""
    found = [statistic(i) for i in drawn(by)]
    return float(np.nanpercentile(found, 2.5)), float(np.nanpercentile(found, 97.5))


def left_out(features: Numbers, fake: NDArray[np.bool_], by: Sequence[str]) -> Numbers:
    """(n,) log-odds of a logistic fit that did not see the group of the row."""
    from sklearn.linear_model import LogisticRegression

    odds = np.zeros(len(fake))
    for name in sorted(set(by)):
        out = np.array(by) == name
        mean, scale = features[~out].mean(axis=0), features[~out].std(axis=0) + 1e-9
        model = LogisticRegression(class_weight="balanced").fit((features[~out] - mean) / scale, fake[~out])
        odds[out] = model.decision_function((features[out] - mean) / scale)
    return odds


@dataclass(frozen=True, slots=True)
class Worth:
    """What a cue is worth for one family."""

    area: float
    low: float
    high: float
    pairs: float
    """Share of pairs of a fake and a real of one person in which the fake has more; nan where there are none."""
    alone: float
    """AUC of the network, in a fit that left the group out."""
    gain: float
    """By which the cue raises it."""
    gain_low: float
    gain_high: float

    @property
    def builds(self) -> bool:
        return self.low > LEAST_AUC and self.gain_low > 0


def worth(value: Numbers, score: Numbers, fake: NDArray[np.bool_], by: Sequence[str], groups: Sequence[str]) -> Worth:
    """Of one cue (n,) beside the network's score (n,): people are drawn again, and groups left out."""

    def area(of: Numbers, i: NDArray[np.int_]) -> float:
        return auc(of[i][fake[i]], of[i][~fake[i]])

    def gain(i: NDArray[np.int_]) -> float:
        return area(both, i) - area(one, i)

    everything, person = np.arange(len(fake)), np.array(by)
    one, both = left_out(score[:, None], fake, groups), left_out(np.column_stack([score, value]), fake, groups)
    of_one = (person[:, None] == person) & fake[:, None] & ~fake
    more = (value[:, None] > value)[of_one]
    return Worth(
        area(value, everything),
        *interval(lambda i: area(value, i), by),
        float(more.mean()) if len(more) else float("nan"),
        area(one, everything),
        gain(everything),
        *interval(gain, by),
    )


def report(clips: Sequence[Clip]) -> str:
    """A table for each family of several groups: cue, AUC, pairs of one person, and what it adds to the network."""
    parts = []
    for family in measure.FAMILIES:
        mine = [c for c in clips if not c.row.fake or c.row.method == family]
        fake = np.array([c.row.fake for c in mine], bool)
        if any(len({c.row.group for c in mine if c.row.fake is kind}) < 2 for kind in (True, False)):
            continue  # nothing to leave out, nothing to draw again
        by, score = people(mine), np.array([c.score for c in mine])
        lines = [
            f"{family}: {fake.sum()} fakes, {(~fake).sum()} reals, {len(set(by))} people",
            "",
            "| cue | AUC | 95 % | pairs of one person | network, with the cue | gain, 95 % |",
            "|---|---|---|---|---|---|",
        ]
        for name in ("network, mean", *CUES):
            value = score if name == "network, mean" else np.array([c.cues[name] for c in mine])
            w = worth(value, score, fake, by, [c.row.group for c in mine])
            lines.append(
                f"| {name}{' **build**' if w.builds else ''} | {w.area:.2f} | {w.low:.2f} to {w.high:.2f} | "
                f"{w.pairs:.2f} | {w.alone:.2f}, {w.alone + w.gain:.2f} | {w.gain_low:+.2f} to {w.gain_high:+.2f} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
