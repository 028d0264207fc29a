from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from checker import calibration
from checker.errors import UsageError
from checker.evaluation import fit
from checker.evaluation.clips import Seen
from checker.evaluation.manifest import Clip, Pair
from checker.evaluation.measure import Answer
from checker.evaluation.pairs import Compared
from checker.types import Observation

PRIOR = 0.1


def seen(fake: bool, group: str = "", **scores: float) -> Seen:
    value = {"networks": {n: {"score": s, "confidence": None} for n, s in scores.items()}, "looks": [[0.0, 0.1]]}
    o = Observation("synthetic_face/0", "synthetic_face", value, PRIOR)
    return Seen(Clip(Path("x.png"), fake, group), (o,), dict.fromkeys(scores, "ab" * 32))


def clips(n: int, distance: float, seed: int = 0) -> list[Seen]:
    """Half real, half fake: a network that tells them apart by `distance` standard deviations, and one at chance."""
    rng = np.random.default_rng(seed)
    return [
        seen(i % 2 == 1, good=float(rng.normal(distance * (i % 2), 1)), chance=float(rng.normal())) for i in range(n)
    ]


def test_a_fit_finds_the_log_odds_of_two_normal_distributions() -> None:
    rows = fit.clips(clips(4000, 2.0), PRIOR, "test").rows
    assert rows["good"]["slope"] == pytest.approx(2.0, rel=0.1)  # distance over variance
    assert rows["good"]["offset"] == pytest.approx(-2.0, rel=0.1)
    assert rows["good"]["auc"] == pytest.approx(0.921, abs=0.02)
    assert rows["good"]["limit"] == pytest.approx(np.log(2000 / 3), abs=0.01)
    assert rows["good"]["sha256"] == "ab" * 32 and rows["good"]["by"] == "test"
    assert calibration.parse(rows["chance"]).weight < 0.01 < calibration.parse(rows["good"]).weight


def test_held_out_confidences_are_calibrated_and_chance_does_not_dilute() -> None:
    found = fit.clips(clips(2000, 2.0), PRIOR, "test")
    odds = np.array([a.confidence for a in found.answers])
    odds = odds / (1 - odds) * (1 - PRIOR) / PRIOR
    truth = np.array([a.truth for a in found.answers])
    assert fit.auc(odds.tolist(), truth.tolist()) == pytest.approx(0.921, abs=0.03)
    from checker.evaluation.measure import calibration_error

    assert calibration_error(odds / (1 + odds), truth) < 0.05


def test_bands_keep_what_they_promise() -> None:
    rng = np.random.default_rng(1)
    real = [Answer(False, float(c)) for c in rng.beta(1, 9, 1000)]
    low, high = fit.band(real, 0.01, 0.10)
    confidences = np.array([a.confidence for a in real])
    assert (confidences >= high).mean() <= 0.01
    assert ((confidences >= low) & (confidences < high)).mean() <= 0.10
    assert (confidences >= high - 0.02).mean() > 0.005  # and no more than that


def test_a_band_of_the_same_confidence_everywhere_accuses_nobody() -> None:
    assert fit.band([Answer(False, 0.1)] * 100) == (0.11, 0.11)


@pytest.mark.parametrize("n", [0, 2, 2 * fit.LEAST - 2])
def test_few_clips_are_refused(n: int) -> None:
    with pytest.raises(UsageError, match="a calibration needs 40 of them"):
        fit.clips(clips(n, 2.0), PRIOR, "test")


def test_clips_that_could_not_be_judged_do_not_count() -> None:
    silent = [Seen(Clip(Path("x"), True, ""), (), reason="no face was found")] * 100
    with pytest.raises(UsageError, match="39 of 178 rows are `fake`"):
        fit.clips([*clips(78, 2.0), *silent], PRIOR, "test")


def test_pairs_are_fitted_for_each_modality() -> None:
    rng = np.random.default_rng(0)
    compared = [
        Compared(Pair(Path("a"), Path("b"), same, ""), "face", float(rng.normal(0.4 if same else 0.8, 0.08)))
        for same in [True, False] * 300
    ]
    found = fit.pairs(compared, {"face": "face-likeness"}, "test")
    assert set(found.rows) == {"face-likeness"}
    row = found.rows["face-likeness"]
    assert row["slope"] < 0 and -row["offset"] / row["slope"] == pytest.approx(0.6, abs=0.02)
