"""Calibrators: what turns a raw score into a probability, fitted on labelled data and shipped as a table.

`calibration.json` holds one row per score: coefficients, what they were fitted on, and the command that did it.
`checker calibrate` writes a file of the same shape from the user's own clips; its rows go before the shipped ones.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .errors import WeightsError

TABLE = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True, slots=True)
class Logistic:
    """Platt scaling: log-odds that are linear in the score, at even prior odds."""

    slope: float
    offset: float
    limit: float
    """Largest absolute log-odds that the data behind the fit can support."""
    auc: float = 1.0
    """Area under the ROC curve on data that the fit did not see; a row that does not say is taken at its word."""

    @property
    def weight(self) -> float:
        """What it counts beside others, in [0, 1]: nothing at chance, one where it never errs."""
        return max(0.0, 2.0 * self.auc - 1.0) ** 2

    def log_odds(self, score: float) -> float:
        return max(-self.limit, min(self.limit, self.slope * score + self.offset))

    def probability(self, score: float, prior: float = 0.5) -> float:
        """For a share `prior` of positives among all that is looked at, where the fit saw as many of each."""
        return probability(self.log_odds(score), prior)


def probability(log_odds: float, prior: float) -> float:
    """Of log-odds at even odds, where a share `prior` of all that is looked at is positive."""
    return 1.0 / (1.0 + math.exp(-log_odds - math.log(prior / (1.0 - prior))))


def fuse(said: Iterable[tuple[Logistic, float]]) -> float | None:
    """Log-odds of several scores together: their mean, each weighted by what it is worth; None where none counts.

    A mean and no sum: networks that learned from the same data err together, so two that agree are hardly surer than
    one. A score near chance has next to no weight, so it neither adds nor dilutes.
    """
    rows = [(fit.weight, fit.log_odds(score)) for fit, score in said]
    total = sum(weight for weight, _ in rows)
    return sum(weight * odds for weight, odds in rows) / total if total > 0 else None


@cache
def table() -> dict[str, dict[str, Any]]:
    """All rows of `calibration.json`."""
    rows: dict[str, dict[str, Any]] = json.loads(TABLE.read_text("utf-8"))
    return rows


@cache
def rows(file: Path | None = None) -> dict[str, dict[str, Any]]:
    """The shipped rows, and those of the user's `file` in their stead.

    Raises:
        WeightsError: The file cannot be read, or is no table of rows.
    """
    if file is None:
        return table()
    try:
        own = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"calibration `{file}` cannot be read ({error}); `checker calibrate` writes one") from error
    if not isinstance(own, dict) or not all(isinstance(row, dict) for row in own.values()):
        raise WeightsError(f"calibration `{file}` is no table of rows; `checker calibrate` writes one")
    return {**table(), **own}


def load(name: str, file: Path | None = None, sha256: str = "") -> Logistic:
    """The calibrator of the score `name`, from the user's `file` if that has it, for weights with this `sha256`.

    Raises:
        WeightsError: None was fitted, or it was fitted for other weights.
    """
    known = rows(file)
    if name not in known:
        raise WeightsError(f"no calibration `{name}`; there are {', '.join(known)}")
    if sha256 and known[name].get("sha256") != sha256:
        raise WeightsError(
            f"the calibration `{name}` is for weights with sha256 {str(known[name].get('sha256'))[:12]}..., but these "
            f"have {sha256[:12]}...; fit it anew with `checker calibrate`"
        )
    return parse(known[name])


def parse(row: dict[str, Any]) -> Logistic:
    """A calibrator from its row.

    Raises:
        WeightsError: A coefficient is missing or is not a finite number.
    """
    try:
        found = Logistic(float(row["slope"]), float(row["offset"]), float(row["limit"]), float(row.get("auc", 1.0)))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"not a calibration, `slope`, `offset` and `limit` are needed: {error}") from error
    if not all(math.isfinite(x) for x in (found.slope, found.offset, found.limit, found.auc)) or found.limit <= 0:
        raise WeightsError("not a calibration: `slope`, `offset` and `limit` have to be finite, `limit` above 0")
    return found
