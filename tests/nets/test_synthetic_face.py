from __future__ import annotations

import dataclasses
import hashlib
import time

import cv2
import numpy as np
import pytest

from checker import calibration
from checker.nets import synthetic_face
from checker.nets.face import Finder, crop
from checker.training.faces import degrade, fakes, measure, rows

from ..portrait import portrait
from ..shared import data


@pytest.fixture(scope="module")
def network() -> synthetic_face.Network:
    return synthetic_face.load(1)


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    from pathlib import Path

    image = portrait()
    return crop(image, Finder(Path("no-such-folder")).find(image)[0])


def drawn(seed: int) -> np.ndarray:
    """(192, 192, 3): a smooth ground with an oval on it, and grain."""
    rng = np.random.default_rng(seed)
    image = cv2.resize(rng.integers(40, 210, (6, 6, 3)).astype(np.uint8), (192, 192), interpolation=cv2.INTER_CUBIC)
    cv2.ellipse(image, (96, 100), (48, 66), 0, 0, 360, (190, 150, 130), -1)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def test_a_score_for_each_crop_whatever_stands_beside_it(network: synthetic_face.Network, face: np.ndarray) -> None:
    crops = np.stack([face, drawn(0), drawn(1)])
    scores = network.scores(crops)
    assert scores.shape == (3,) and scores.dtype == np.float32 and np.isfinite(scores).all()
    assert np.allclose(scores[1:], network.scores(crops[1:]), atol=1e-4)
    assert network.scores(crops[:0]).shape == (0,)


@pytest.mark.parametrize(
    "crops",
    [
        pytest.param(np.zeros((1, 96, 96, 3), np.uint8), id="size"),
        pytest.param(np.zeros((1, 192, 192, 3), np.float32), id="type"),
        pytest.param(np.zeros((192, 192, 3), np.uint8), id="one alone"),
    ],
)
def test_what_is_no_crop_is_refused(network: synthetic_face.Network, crops: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        network.scores(crops)


def test_the_file_is_small_and_is_the_one_that_the_calibration_was_fitted_for() -> None:
    content = synthetic_face.FILE.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert len(content) <= 8_000_000
    assert synthetic_face.label() == f"synthetic-face@sha256:{digest}"
    assert calibration.table()["synthetic-face"]["sha256"] == digest
    assert calibration.load("synthetic-face").slope > 0


def test_sixty_crops_a_second_on_one_core(network: synthetic_face.Network) -> None:
    crops = np.stack([drawn(i) for i in range(8)])
    network.scores(crops)
    best = min(_cpu_seconds(network, crops) for _ in range(4))
    assert len(crops) / best >= 60


def _cpu_seconds(network: synthetic_face.Network, crops: np.ndarray) -> float:
    began = time.process_time()
    network.scores(crops)
    return time.process_time() - began


def test_exposure_is_taken_away(network: synthetic_face.Network, face: np.ndarray) -> None:
    """A real face is not accused for being dark, bright or flat: what the front evens out hardly moves the score."""
    base = network.scores(face[None])[0]
    for gain, offset in ((0.8, 0.0), (0.8, 40.0)):
        changed = np.clip(face * gain + offset, 0, 255).astype(np.uint8)
        assert abs(network.scores(changed[None])[0] - base) < 1.0


def test_a_real_portrait_is_not_accused(network: synthetic_face.Network, face: np.ndarray) -> None:
    calibrated = calibration.load("synthetic-face")
    for picture in (face, degrade.jpeg(face, 50), degrade.h264(face, 32), degrade.beauty(face, 0.8)):
        assert calibrated.probability(float(network.scores(picture[None])[0]), 0.1) < 0.85


POINTS = np.array([(125, 85), (105, 87), (67, 85), (87, 87), (96, 115)], np.float32)


@pytest.mark.parametrize("name", ["self_blended", "swapped", "reenacted"])
def test_a_made_fake_differs_inside_its_mask_only(name: str) -> None:
    for seed in range(6):
        rng, real = np.random.default_rng(seed), drawn(seed)
        if name == "swapped":
            fake, mask = fakes.swapped(real, POINTS, drawn(seed + 50), POINTS + 2, rng)
        else:
            fake, mask = getattr(fakes, name)(real, POINTS, rng)
        assert fake.shape == real.shape and fake.dtype == np.uint8 and mask.shape == (192, 192)
        assert mask.min() >= 0 and 0.5 < mask.max() <= 1 and 0.002 < (mask > 0.5).mean() < 0.6
        change = np.abs(fake.astype(int) - real).mean(axis=2)
        assert change[mask > 0.5].mean() > 0.3
        if name == "reenacted":
            assert change[mask < 0.002].max() <= 1


def test_nothing_is_blended_where_the_mask_is_empty() -> None:
    real, other = drawn(0), drawn(1)
    assert (fakes.blend(other, real, np.zeros((192, 192), np.float32)) == real).all()
    assert (fakes.blend(other, real, np.ones((192, 192), np.float32)) == other).all()


def test_one_seed_makes_one_fake_and_another_another() -> None:
    real = drawn(0)
    a, b, c = (fakes.self_blended(real, POINTS, np.random.default_rng(s))[0] for s in (1, 1, 2))
    assert (a == b).all() and not (a == c).all()
    d, e, f = (degrade.degraded(real, np.random.default_rng(s)) for s in (5, 5, 6))
    assert (d == e).all() and not (d == f).all()


@pytest.mark.parametrize(
    ("licence", "generator", "trains"),
    [
        pytest.param("MIT", "SFHQ-T2I (Flux/SDXL/DALL-E3 mix)", True, id="permissive"),
        pytest.param("HDTF CC BY 4.0", "", True, id="attribution"),
        pytest.param("README MIT", "StyleGAN2 (TPDNE)", False, id="permissive words, non-commercial generator"),
        pytest.param("DFD via FF++ ToU (repo MIT)", "DFD (Google)", False, id="permissive repository, research data"),
        pytest.param("MEAD (research) in MIT repo", "", False, id="research"),
        pytest.param("none stated", "FOMM", False, id="nothing stated"),
        pytest.param("a licence that nobody has read", "", False, id="unknown"),
    ],
)
def test_who_may_be_trained_on(licence: str, generator: str, trains: bool) -> None:
    row = rows.Row("f", "crop", "real", "none", generator, "", "repo", "path", licence, "g")
    assert row.trains is trains
    assert not dataclasses.replace(row, label="fake").trains


def test_no_group_trains_and_is_asked_about() -> None:
    found = rows.read(rows.data_folder(str(data())))
    trained = rows.trained_groups(found)
    assert sum(r.trains for r in found) > 1000 and not any(r.fake for r in found if r.trains)
    asked = measure.tracks(rows.data_folder(str(data())))
    assert len(asked) > 1000 and not trained & {t.row.group for t in asked}
    assert not {r.repo for r in found if r.trains} & {t.row.repo for t in asked}
    assert not {r.identity for r in found if r.trains} & {t.row.identity for t in asked} - {""}


def test_what_the_figures_are_made_of() -> None:
    assert measure.auc([1, 2, 3], [0, 0.5]) == 1 and measure.auc([0], [1]) == 0 and measure.auc([1], [1]) == 0.5
    low, high = measure.interval(0, 300)
    assert low == 0 and 0.009 < high < 0.02


def test_training_tells_an_obvious_fake_from_a_real_one() -> None:
    """A few seconds of the whole training on drawn faces: pasted ovals of another sharpness are found."""
    torch = pytest.importorskip("torch")
    from checker.training.faces import network, train
    from checker.training.faces.prepare import Copies

    front, n = network.Front(), 48
    real = np.stack([drawn(i) for i in range(n)])
    mask = np.zeros((192, 192), np.float32)
    cv2.ellipse(mask, (96, 100), (44, 60), 0, 0, 360, 1.0, -1)
    fake = np.stack([fakes.blend(cv2.GaussianBlur(p, (0, 0), 2), p, mask) for p in real])
    both = network.views(front, np.stack([real, fake], 1).reshape(-1, 192, 192, 3))
    cells = np.zeros((2 * n, 12, 12), np.uint8)
    cells[1::2] = cv2.resize(mask, (12, 12), interpolation=cv2.INTER_AREA) * 255
    odd = np.arange(2 * n) % 2
    told = [rows.Row("f", "crop", "real", "none", "", "", "r", "p", "MIT", "g")]
    copies = Copies(both, cells, np.zeros(2 * n, np.int32), (odd - 1).astype(np.int8), told)
    before = torch.get_num_threads()
    try:
        trained = train.train(copies, 0, (30,))
        score = train.scores([trained], both)
    finally:
        torch.set_num_threads(before)
    assert measure.auc(score[1::2], score[::2]) > 0.95


@pytest.mark.parametrize(
    ("gap", "told"), [pytest.param(0.0, False, id="the cue alone"), pytest.param(1.5, True, id="more")]
)
def test_weights_take_away_what_a_cue_tells_and_nothing_else(gap: float, told: bool) -> None:
    from checker.training.faces import report

    rng = np.random.default_rng(0)
    fake = np.arange(600) < 250
    cue = rng.normal(0, 1, 600) + fake  # fakes are blurrier
    score = cue + rng.normal(0, 0.5, 600) + gap * fake
    even = np.ones(600)
    assert report.weighted_auc(score, fake, even) == pytest.approx(measure.auc(score[fake], score[~fake]))
    weight = report.overlap(cue[:, None], fake)
    assert report.weighted_auc(cue, fake, even) > 0.7
    assert report.weighted_auc(cue, fake, weight) == pytest.approx(0.5, abs=0.03)
    assert (report.weighted_auc(score, fake, weight) > 0.8) == told


def test_chance_alone_gives_a_calibration_error_that_shrinks_with_the_number_of_tracks() -> None:
    from checker.training.faces import report

    p = np.random.default_rng(0).uniform(0.05, 0.95, 4000)
    fake = np.random.default_rng(1).random(4000) < p
    few, many = (report.chance_errors(p[:n], fake[:n], np.ones(n), 10, draws=60).mean() for n in (100, 4000))
    assert 0.05 < few < 0.15 and many < few / 4
