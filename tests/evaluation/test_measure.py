from __future__ import annotations

import numpy as np
import pytest

from checker.evaluation.measure import Answer, auc, calibration_error, eer, figures, interval, table

BAND = (0.3, 0.8)


def answers(real: list[float | None], fake: list[float | None], group: str = "") -> list[Answer]:
    return [Answer(False, c) for c in real] + [Answer(True, c, group) for c in fake]


def test_figures_at_the_band() -> None:
    row = figures(answers([0.1, 0.2, 0.5, 0.9, None], [0.9, 0.95, 0.5, 0.2]), BAND)
    assert (row["n"], row["n_positive"], row["n_unanswered"]) == (9, 4, 1)
    assert row["abstained"] == pytest.approx(3 / 9, abs=1e-4)  # two in the band, one without an answer
    assert row["accuracy"] == pytest.approx(4 / 6, abs=1e-4)
    assert row["found"] == 0.5
    assert row["false_positive_rate"] == 0.2
    low, high = row["false_positive_interval"]
    assert low < 0.01 and high == pytest.approx(0.7164, abs=1e-3)  # Clopper-Pearson of 1 in 5


def test_a_group_of_fakes_is_told_from_every_real_row() -> None:
    both = answers([0.1, 0.2], [0.9], "good") + answers([], [0.05], "bad")
    rows = table(both, BAND, 0.1)
    assert list(rows) == ["all", "bad", "good"]
    assert (rows["good"]["auc"], rows["bad"]["auc"]) == (1.0, 0.0)
    assert rows["good"]["n"] == 1 and rows["good"]["false_positive_rate"] is None
    assert rows["all"]["n"] == 4


def test_a_group_with_both_labels_stands_by_itself() -> None:
    rows = [Answer(False, 0.5, "a"), Answer(True, 0.6, "a"), Answer(False, 0.9, "b")]
    assert table(rows, BAND, 0.1)["a"]["auc"] == 1.0


def test_what_one_label_cannot_give_is_none() -> None:
    row = figures(answers([0.1, 0.2], []), BAND)
    assert row["auc"] is None and row["eer"] is None and row["found"] is None
    assert row["false_positive_rate"] == 0.0


@pytest.mark.parametrize(
    ("real", "fake", "rate"),
    [
        pytest.param([0.1, 0.2], [0.8, 0.9], 0.0, id="apart"),
        pytest.param([0.8, 0.9], [0.1, 0.2], 1.0, id="the wrong way round"),
        pytest.param([0.5] * 4, [0.5] * 4, 0.5, id="all the same"),
        pytest.param([0.1, 0.2, 0.3, 0.7], [0.4, 0.8, 0.9, 0.95], 0.25, id="one of four each"),
    ],
)
def test_equal_error_rate(real: list[float], fake: list[float], rate: float) -> None:
    assert eer(real + fake, [False] * len(real) + [True] * len(fake)) == pytest.approx(rate)


def test_area_under_the_curve_counts_pairs() -> None:
    assert auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75


def test_interval_covers_the_share_and_shrinks() -> None:
    assert interval(0, 300)[0] == 0.0 and interval(0, 300)[1] == pytest.approx(0.0122, abs=1e-4)
    assert interval(30, 300)[0] < 0.1 < interval(30, 300)[1] < interval(3, 30)[1]


def test_calibration_error_of_even_odds_is_measured_at_even_odds() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0, 1, 4000)
    truth = rng.uniform(0, 1, 4000) < p
    assert calibration_error(p, truth) < 0.03
    assert calibration_error(np.full(4000, 0.99), truth) > 0.4
    prior = 0.1
    confident = [
        Answer(bool(t), float(prior * q / (prior * q + (1 - prior) * (1 - q)))) for q, t in zip(p, truth, strict=True)
    ]
    assert table(confident, BAND, prior)["all"]["calibration_error"] < 0.03
