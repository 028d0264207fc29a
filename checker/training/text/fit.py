"""Fitting: one logistic regression per head, cross-validated over authors, calibrated on what the folds held out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...text import features
from ...text.classifier import HEADS
from .data import OWN, Text, variants

C = 1.0
"""Inverse strength of the regularisation."""
SHARE = {"t": 0.6}
"""Weight of an author's texts: those whose author wrote the rules flatter the rules."""
VARIANT = 0.4
Scores = npt.NDArray[np.float64]


def matrix(texts: Sequence[Text]) -> Any:
    """Sparse (texts, features)."""
    from scipy.sparse import csr_matrix

    rows = [features.extract(t.normal, t.where, t.rules.words(), t.people) for t in texts]
    at = np.repeat(np.arange(len(rows)), [len(index) for index, _ in rows])
    index = np.concatenate([index for index, _ in rows])
    value = np.concatenate([value for _, value in rows])
    return csr_matrix((value, (at, index)), shape=(len(rows), features.SIZE))


def wanted(texts: Sequence[Text]) -> npt.NDArray[np.bool_]:
    """(heads, texts): which heads are true of which text."""
    return np.array([[head in t.answers for t in texts] for head in HEADS])


def with_variants(texts: Sequence[Text]) -> list[Text]:
    return [*texts, *(v for t in texts for v in variants(t))]


def columns(x: Any, head: str) -> Any:
    """What one head sees: ages are for minors."""
    return x if head in ("minor", "minor_safety") else x[:, : features.COMMON]


def fit(texts: Sequence[Text], x: Any, y: npt.NDArray[np.bool_]) -> Any:
    """One head."""
    from sklearn.linear_model import LogisticRegression

    weight = np.array([SHARE.get(t.author, 1.0) * (1.0 if t.original else VARIANT) for t in texts])
    model = LogisticRegression(C=C, class_weight="balanced", max_iter=500, solver="liblinear")
    return model.fit(x, y, sample_weight=weight)


def held_out(texts: Sequence[Text]) -> Scores:
    """(heads, texts) scores of each original text by a model that saw nothing of its author; NaN for author `x`."""
    every = with_variants(texts)
    x, y = matrix(every), wanted(every)
    author = np.array([t.author for t in every])
    first = np.arange(len(every)) < len(texts)
    scores = np.full((len(HEADS), len(texts)), np.nan)
    for name in sorted({t.author for t in texts} - {"x"}):
        seen, test = author != name, (author == name) & first
        for row in range(len(HEADS)):
            if y[row, seen].sum() > 3:
                x_ = columns(x, HEADS[row])
                model = fit([t for t, s in zip(every, seen, strict=True) if s], x_[seen], y[row, seen])
                scores[row, test[: len(texts)]] = model.decision_function(x_[test])
    return scores


def platt(score: Scores, y: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the log-odds, on scores of authors that the models had not seen."""
    from sklearn.linear_model import LogisticRegression

    known = ~np.isnan(score)
    model = LogisticRegression(C=1e3).fit(score[known][:, None], y[known])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def calibrate(texts: Sequence[Text], scores: Scores) -> list[tuple[float, float]]:
    """Slope and offset per head, of authors who do not know the rules; the rare safety heads share theirs."""
    y = wanted(texts)
    outside = np.array([t.author not in OWN for t in texts])
    rare = [row for row, head in enumerate(HEADS) if head not in ("ai_label", "political", "commercial", "minor")]
    shared = platt(scores[rare][:, outside].ravel(), y[rare][:, outside].ravel())
    return [shared if row in rare else platt(scores[row, outside], y[row, outside]) for row in range(len(HEADS))]


def write(texts: Sequence[Text], calibration: Sequence[tuple[float, float]], path: Path) -> None:
    """Fit on everything and write the weights, int8 per head."""
    every = with_variants(texts)
    x, y = matrix(every), wanted(every)
    models = [fit(every, columns(x, head), y[row]) for row, head in enumerate(HEADS)]
    weights = np.stack([np.pad(m.coef_[0], (0, features.SIZE - m.coef_.shape[1])) for m in models])
    scale = np.abs(weights).max(axis=1) / 127
    np.savez_compressed(
        path,
        heads=np.array(HEADS),
        weights=np.round(weights / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=np.array([m.intercept_[0] for m in models], dtype=np.float32),
        slope=np.array([slope for slope, _ in calibration], dtype=np.float32),
        offset=np.array([offset for _, offset in calibration], dtype=np.float32),
        version=np.array(features.VERSION),
    )


def save(figures: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
