"""Error rates of scores, their calibration, and intervals. Higher scores mean synthetic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[Any]
Truth = NDArray[np.bool_]


def eer(score: Scores, fake: Truth) -> float:
    """Equal error rate."""
    order = np.argsort(-score, kind="stable")
    truth = fake[order]
    wrong, missed = np.cumsum(~truth) / (~truth).sum(), 1 - np.cumsum(truth) / truth.sum()
    i = int(np.argmin(np.abs(wrong - missed)))
    return float((wrong[i] + missed[i]) / 2)


def auc(score: Scores, fake: Truth) -> float:
    """Area under the curve: how often a fake scores above a real."""
    from scipy.stats import rankdata

    rank, n = rankdata(score), int(fake.sum())
    return float((rank[fake].sum() - n * (n + 1) / 2) / (n * (~fake).sum()))


def interval(count: int, of: int) -> tuple[float, float]:
    """95 % Clopper-Pearson interval of a share."""
    from scipy.stats import beta

    low = 0.0 if count == 0 else float(beta.ppf(0.025, count, of - count + 1))
    return low, 1.0 if count == of else float(beta.ppf(0.975, count + 1, of - count))


def platt(score: Scores, fake: Truth) -> tuple[float, float]:
    """Slope and offset of log-odds at even prior odds."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, class_weight="balanced", max_iter=1000).fit(score[:, None], fake)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def reliability(probability: Scores, fake: Truth, bins: int = 10) -> list[tuple[float, float, float]]:
    """Per tenth of probability: its share of all, mean probability, share of fakes; both labels weigh the same."""
    weight = np.where(fake, 0.5 / fake.sum(), 0.5 / (~fake).sum())
    which = np.minimum((probability * bins).astype(int), bins - 1)
    found = []
    for b in range(bins):
        w = weight[which == b]
        if w.sum() > 0:
            mean, true = (float((w * v[which == b]).sum() / w.sum()) for v in (probability, fake))
            found.append((float(w.sum()), mean, true))
    return found


def calibration_error(probability: Scores, fake: Truth) -> float:
    """Expected calibration error."""
    return sum(share * abs(mean - true) for share, mean, true in reliability(probability, fake))
