from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker import calibration
from checker.calibration import Logistic
from checker.errors import WeightsError


@pytest.mark.parametrize("name", sorted(calibration.table()))
def test_every_shipped_calibration_loads_and_says_how_it_was_made(name: str) -> None:
    fit = calibration.load(name)
    if name.endswith("likeness") or name == "aasist":  # distances, and a score for "bona fide": more is less likely
        assert fit.slope < 0
    if name.startswith("synthetic-"):
        assert fit.slope > 0
    assert calibration.table()[name]["by"].startswith("python -m ")


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_probabilities_fall_with_the_score_and_never_claim_certainty(a: float, b: float) -> None:
    fit = Logistic(slope=-2.0, offset=1.0, limit=5.0)
    low, high = sorted((a, b))
    assert fit.probability(low) >= fit.probability(high)
    assert 1 / (1 + math.exp(5.0)) <= fit.probability(a) <= 1 / (1 + math.exp(-5.0))


def test_even_odds() -> None:
    assert Logistic(-2.0, 1.0, 5.0).probability(0.5) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        pytest.param({"slope": 1.0, "offset": 0.0}, "limit", id="missing"),
        pytest.param({"slope": "steep", "offset": 0.0, "limit": 1.0}, "not a calibration", id="no number"),
        pytest.param({"slope": math.inf, "offset": 0.0, "limit": 1.0}, "finite", id="infinite"),
        pytest.param({"slope": 1.0, "offset": 0.0, "limit": -1.0}, "above 0", id="negative limit"),
    ],
)
def test_what_is_no_calibration_is_refused(row: dict[str, object], says: str) -> None:
    with pytest.raises(WeightsError, match=says):
        calibration.parse(row)


def test_an_unknown_score_is_refused() -> None:
    with pytest.raises(WeightsError, match="no calibration `nose`"):
        calibration.load("nose")


def test_the_table_is_json_without_comments() -> None:
    assert json.loads(calibration.TABLE.read_text("utf-8")) == calibration.table()
