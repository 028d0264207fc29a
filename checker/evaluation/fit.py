"""Fit calibrators to the user's clips, and propose the bands that keep false accusations to a stated share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import calibration
from ..errors import UsageError
from .clips import Seen
from .measure import Answer, auc
from .pairs import Compared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST = 40
"""Clips of each label below which nothing is fitted: two coefficients, and 10 % of them in a band, mean little then."""
LEAST_DIFFERENT = 300
"""Pairs of different people: how unlikely a chance match is rests on them, and they are easily had."""
FOLDS = 5
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fit:
    """New rows of a calibration, and what they say of each clip when fitted on the others."""

    rows: dict[str, Row]
    answers: list[Answer]
    """Confidences of clips that the fit behind them did not see."""


def clips(seen: Sequence[Seen], prior: float, by: str) -> Fit:
    """A calibrator for each network, on the face or voice of each clip that is seen or heard longest.

    Raises:
        UsageError: There are too few clips.
    """
    import numpy as np

    judged = [s for s in seen if s.found]
    truth = np.array([s.clip.fake for s in judged], bool)
    _enough(truth, ("fake", "real"), len(seen))
    names = list(judged[0].scores()[0])
    main = {name: np.array([s.scores()[0][name] for s in judged]) for name in names}
    folds = _folds(truth, [s.clip.group for s in judged])
    rows: dict[str, Row] = {}
    outside: dict[str, list[calibration.Logistic]] = {}
    for name in names:
        rows[name], outside[name] = _row(main[name], truth, folds)
        rows[name] |= {"sha256": judged[0].weights[name], "by": by}
    answers = []
    for i, s in enumerate(judged):
        odds = [
            calibration.fuse((outside[name][folds[i]], scores[name]) for name in names) or 0.0 for scores in s.scores()
        ]
        answers.append(Answer(s.clip.fake, calibration.probability(max(odds), prior), s.clip.group))
    return Fit(rows, answers)


def pairs(compared: Sequence[Compared], names: dict[str, str], by: str) -> Fit:
    """A calibrator of the distance for each modality (`names` has the row of each) of which there are enough pairs.

    Raises:
        UsageError: There are too few pairs.
    """
    import numpy as np

    fitted, answers = dict[str, Row](), list[Answer]()
    for modality in sorted({c.modality for c in compared} - {""}):
        mine = [c for c in compared if c.modality == modality and c.distance is not None]
        truth = np.array([c.pair.same for c in mine], bool)
        _enough(truth, ("same", "different"), len(mine), (LEAST, LEAST_DIFFERENT))
        distances = np.array([c.distance for c in mine], float)
        folds = _folds(truth, [c.pair.group for c in mine])
        row, outside = _row(distances, truth, folds)
        row["limit"] = round(math.log((~truth).sum() / 3), 3)
        fitted[names[modality]] = {**row, "by": by}
        answers += [
            Answer(c.pair.same, outside[folds[i]].probability(distances[i]), c.pair.group) for i, c in enumerate(mine)
        ]
    if not fitted:
        raise UsageError("no pair could be compared; `checker eval likeness` says why")
    return Fit(fitted, answers)


def _enough(
    truth: NDArray[np.bool_], words: tuple[str, str], asked: int, least: tuple[int, int] = (LEAST, LEAST)
) -> None:
    counts = (int(truth.sum()), int((~truth).sum()))
    for word, count, needed in zip(words, counts, least, strict=True):
        if count < needed:
            raise UsageError(
                f"{count} of {asked} rows are `{word}` and could be judged; a calibration needs {needed} of them, and "
                "some hundreds to bear out an error of 1 %: add clips"
            )


def _folds(truth: NDArray[np.bool_], groups: Sequence[str]) -> NDArray[np.int_]:
    """(n,) the fold in which each row is held out; rows of one group are held out together where groups allow it."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    names = [group or f" {i}" for i, group in enumerate(groups)]
    several = all(len({n for n, t in zip(names, truth, strict=True) if t == label}) >= FOLDS for label in (True, False))
    split = StratifiedGroupKFold(FOLDS) if several else StratifiedKFold(FOLDS)
    fold = np.zeros(len(truth), int)
    for i, (_, held) in enumerate(split.split(truth, truth, names)):
        fold[held] = i
    return fold


def _row(
    score: NDArray[np.float64], truth: NDArray[np.bool_], folds: NDArray[np.int_]
) -> tuple[Row, list[calibration.Logistic]]:
    """The fit on all rows, and for each fold the one on the other folds."""
    import numpy as np

    limit = math.log(min(truth.sum(), (~truth).sum()) / 3)  # rule of three: what none of them reached
    fits, odds = [], np.zeros(len(score))
    for fold in range(FOLDS):
        rest, held = folds != fold, folds == fold
        slope, offset = platt(score[rest], truth[rest])
        odds[held] = slope * score[held] + offset
        fits.append((slope, offset))
    area = auc(odds.tolist(), truth.tolist()) or 0.5
    slope, offset = platt(score, truth)
    row = {"slope": round(slope, 5), "offset": round(offset, 5), "limit": round(limit, 3), "auc": round(area, 4)}
    return row, [calibration.Logistic(a, b, limit, area) for a, b in fits]


def platt(score: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of a logistic fit in which both classes weigh the same."""
    from sklearn.linear_model import LogisticRegression

    scale = float(score.std()) or 1.0
    model = LogisticRegression(C=1e6, class_weight="balanced", max_iter=1000).fit(score[:, None] / scale, truth)
    return float(model.coef_[0, 0] / scale), float(model.intercept_[0])


def band(answers: Sequence[Answer], accused: float = 0.01, inside: float = 0.10) -> tuple[float, float]:
    """``(low, high)`` at which at most a share `accused` of what is real lies at or above `high`, and at most a share
    `inside` in the band.
    """
    real = sorted((a.confidence for a in answers if not a.truth and a.confidence is not None), reverse=True)
    above = math.floor(accused * len(real))
    within = above + math.floor(inside * len(real))
    high = _just_above(real[above])
    low = min(high, _just_above(real[within]) if within < len(real) else 0.0)
    return low, high


def _just_above(confidence: float) -> float:
    """With two decimals, or as many as it takes to be below one."""
    for digits in (2, 3, 4):
        step = 10.0**-digits
        up = round((math.floor(confidence / step) + 1) * step, digits)
        if up < 1.0:
            return up
    return 1.0
