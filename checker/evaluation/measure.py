"""What scores on labelled data are worth: area under the curve, equal error rate, accusations and abstentions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .manifest import ALL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out for one row of a labelled set."""

    truth: bool
    """Fake, or the same person."""
    confidence: float | None
    """None: nothing could be said."""
    group: str = ""
    reason: str = ""
    """Why nothing could be said."""


Figures = dict[str, Any]
"""As `checker eval --format json` prints them; a figure that the rows do not give is None."""


def table(answers: Sequence[Answer], band: tuple[float, float], prior: float) -> dict[str, Figures]:
    """Figures of all rows and of each group; `prior` is the share of positives that the confidences assume.

    A group of fakes alone, such as those of one generator, is measured against every real row of the set.
    """
    found = {ALL: figures(answers, band) | {"calibration_error": _even_odds_error(answers, prior)}}
    for group in sorted({a.group for a in answers} - {""}):
        mine = [a for a in answers if a.group == group]
        others = [] if any(not a.truth for a in mine) else [a for a in answers if not a.truth]
        found[group] = figures(mine, band, others)
    return found


def figures(answers: Sequence[Answer], band: tuple[float, float], real: Sequence[Answer] = ()) -> Figures:
    """Figures of these rows; `real` are those of elsewhere that they are told from, and are not counted.

    At the band `(low, high)`: a confidence of `high` or more accuses, one below `low` clears, all else abstains.
    """
    low, high = band
    compared = [a for a in (*answers, *real) if a.confidence is not None]
    truth = [a.truth for a in compared]
    scores = [a.confidence for a in compared if a.confidence is not None]
    decided = [a for a in answers if a.confidence is not None and not low <= a.confidence < high]
    reals = [a for a in answers if not a.truth]
    accused = sum(a.confidence is not None and a.confidence >= high for a in reals)
    fakes = [a for a in answers if a.truth]
    right = sum((a.confidence or 0.0) >= high if a.truth else (a.confidence or 0.0) < low for a in decided)
    return {
        "n": len(answers),
        "n_positive": len(fakes),
        "n_unanswered": sum(a.confidence is None for a in answers),
        "auc": _rounded(auc(scores, truth)),
        "eer": _rounded(eer(scores, truth)),
        "accuracy": _rounded(right / len(decided) if decided else None),
        "abstained": _rounded(1.0 - len(decided) / len(answers) if answers else None),
        "found": _rounded(sum((a.confidence or 0.0) >= high for a in fakes) / len(fakes) if fakes else None),
        "false_positive_rate": _rounded(accused / len(reals) if reals else None),
        "false_positive_interval": [_rounded(x) for x in interval(accused, len(reals))] if reals else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _both(truth: Sequence[bool]) -> bool:
    return any(truth) and not all(truth)


def auc(scores: Sequence[float], truth: Sequence[bool]) -> float | None:
    """Area under the ROC curve; None where one of the classes is missing."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores)) if _both(truth) else None


def eer(scores: Sequence[float], truth: Sequence[bool]) -> float | None:
    """Equal error rate: where as many are accused in error as are missed; None where a class is missing."""
    import numpy as np
    from sklearn.metrics import roc_curve

    if not _both(truth):
        return None
    false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
    gap = false - (1 - true)
    i = int(np.argmax(gap >= 0))  # the curve crosses between the point before and this one
    if i == 0:
        return float(false[0])
    share = -gap[i - 1] / (gap[i] - gap[i - 1])
    return float(false[i - 1] + share * (false[i] - false[i - 1]))


def interval(count: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper-Pearson interval of a share: exact, and never too narrow."""
    from scipy.stats import binomtest

    found = binomtest(count, total).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def calibration_error(probability: NDArray[np.float64], truth: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error in bins of equal width, both classes weighing the same."""
    import numpy as np

    weight = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    which = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [abs((weight * (truth - probability))[which == b].sum()) for b in range(bins) if (which == b).any()]
    return float(sum(gaps))


def _even_odds_error(answers: Sequence[Answer], prior: float) -> float | None:
    """Of confidences that assume a share `prior` of positives, turned back to even odds."""
    import numpy as np

    known = [(a.confidence, a.truth) for a in answers if a.confidence is not None]
    truth = np.array([t for _, t in known], bool)
    if not _both(list(truth)):
        return None
    p = np.clip(np.array([c for c, _ in known], float), 1e-9, 1 - 1e-9)
    odds = p / (1 - p) * (1 - prior) / prior
    return _rounded(calibration_error(odds / (1 + odds), truth))
