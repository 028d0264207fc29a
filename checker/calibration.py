"""Calibrators: what turns a raw score into a probability, fitted on labelled data and shipped as a table.

`calibration.json` holds one row per score: coefficients, what they were fitted on, and the command that did it.
"""

from __future__ import annotations

import json
import math
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

    def log_odds(self, score: float) -> float:
        return max(-self.limit, min(self.limit, self.slope * score + self.offset))

    def probability(self, score: float, prior: float = 0.5) -> float:
        """For a share `prior` of positives among all that is looked at, where the fit saw as many of each."""
        return 1.0 / (1.0 + math.exp(-self.log_odds(score) - math.log(prior / (1.0 - prior))))


@cache
def table() -> dict[str, dict[str, Any]]:
    """All rows of `calibration.json`."""
    rows: dict[str, dict[str, Any]] = json.loads(TABLE.read_text("utf-8"))
    return rows


def load(name: str) -> Logistic:
    """The calibrator of the score `name`.

    Raises:
        WeightsError: None was fitted.
    """
    if name not in table():
        raise WeightsError(f"no calibration `{name}`; there are {', '.join(table())}")
    return parse(table()[name])


def parse(row: dict[str, Any]) -> Logistic:
    """A calibrator from its row.

    Raises:
        WeightsError: A coefficient is missing or is not a finite number.
    """
    try:
        found = Logistic(float(row["slope"]), float(row["offset"]), float(row["limit"]))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"not a calibration, `slope`, `offset` and `limit` are needed: {error}") from error
    if not all(math.isfinite(x) for x in (found.slope, found.offset, found.limit)) or found.limit <= 0:
        raise WeightsError("not a calibration: `slope`, `offset` and `limit` have to be finite, `limit` above 0")
    return found
