from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from checker.media import Media
from checker.nets.face import CROP_SIDE
from checker.training.faces import __main__ as command
from checker.training.faces import measure, temporal
from checker.training.faces.rows import Row

from ..clips import make_clip
from ..portrait import portrait

FACE = np.array([(125, 85), (105, 87), (67, 85), (87, 87), (96, 115)], float)


def head(n: int = 40, shake: float = 0.0) -> np.ndarray:
    """(n, 5, 2): a face that turns, comes nearer and moves across, with `shake` pixels of noise in each landmark."""
    t, rng = np.arange(n) / n, np.random.default_rng(0)
    turn, near = 0.3 * np.sin(6 * t), 1 + 0.2 * t
    c, s = near * np.cos(turn), near * np.sin(turn)
    moved = np.einsum("nij,kj->nki", np.array([[c, -s], [s, c]]).transpose(2, 0, 1), FACE - 96)
    return moved + 96 + 30 * t[:, None, None] + shake * rng.normal(size=(n, 5, 2))


def patches(inside: float, around: float, n: int = 30) -> np.ndarray:
    """(n, 64, 64): noise of so many levels inside of a face and around it."""
    inner, _ = temporal._masks()
    rng = np.random.default_rng(0)
    return np.clip(128 + np.where(inner, inside, around) * rng.normal(size=(n, 64, 64)), 0, 255).astype(np.uint8)


def test_a_similarity_is_found_again() -> None:
    matrix = np.array([[0.9, -0.4, 12.0], [0.4, 0.9, -3.0]])
    assert temporal.onto(FACE, FACE @ matrix[:, :2].T + matrix[:, 2]) == pytest.approx(matrix)


def test_the_motion_of_the_head_is_no_jitter() -> None:
    assert temporal.jitter(head()) < 1e-9
    little, much = temporal.jitter(head(shake=0.2)), temporal.jitter(head(shake=1.0))
    assert much == pytest.approx(5 * little, rel=0.2)


def test_jitter_is_rougher_than_a_slow_change_of_the_shape() -> None:
    slow = head()
    slow[:, 4, 1] += 4 * np.sin(np.arange(len(slow)) / 6)
    assert temporal.roughness(slow) < 0.2 < 1.0 < temporal.roughness(head(shake=1.0))


def test_change_inside_is_set_against_the_ring() -> None:
    assert temporal.inner_change(patches(5, 5)) == pytest.approx(0.0, abs=0.05)
    assert temporal.inner_change(patches(10, 2)) > 1 > -1 > temporal.inner_change(patches(2, 10))
    lit = patches(1, 1).astype(int) + (np.arange(30) % 2 * 20)[:, None, None]
    assert temporal.flicker(lit.astype(np.uint8)) < 0.2  # the light of the room
    inner, _ = temporal._masks()
    assert temporal.flicker((patches(1, 1) + 10 * inner * (np.arange(30) % 2)[:, None, None]).astype(np.uint8)) > 10


def test_a_face_that_only_moves_across_is_watched_in_every_frame(tmp_path: Path) -> None:
    def picture(time_s: float) -> np.ndarray:
        return np.roll(portrait(), round(20 * time_s), axis=1)

    watcher = temporal.Watcher(lambda crops: crops.mean(axis=(1, 2, 3)).astype(np.float32))
    with Media.open(make_clip(tmp_path / "clip.mp4", seconds=2.0, picture=picture)) as media:
        seen = measure.longest(media)
        assert seen is not None
        moving = watcher.watch(media, seen.data["looks"])
        assert watcher.watch(media, seen.data["looks"][:1]) is None
    assert moving is not None
    n = len(moving.points)
    assert n >= temporal.LEAST_FRAMES and moving.faces.shape == (n, temporal.SIDE, temporal.SIDE)
    assert moving.embeddings.shape == (-(-n // temporal.EVERY), 128) and moving.scores.shape == (
        len(moving.embeddings),
    )
    found = {name: cue(moving) for name, cue in temporal.CUES.items()}
    assert found["identity, step"] < 0.2 and found["landmarks, jitter"] < 0.02 and found["inner face, flicker"] < 2


def clips(told: str) -> list[temporal.Clip]:
    """Twelve people with a real clip and a swap each, of whom one cue tells, or none does."""
    rng, found = np.random.default_rng(1), []
    for i in range(24):
        fake = bool(i % 2)
        row = Row(f"{i}", "clip", "fake" if fake else "real", "swap" if fake else "none", "", f"p{i // 2}",
                  "r", "p", "", f"g{i // 2}")  # fmt: skip
        cues = {name: float(rng.normal()) + (6.0 * fake if name == told else 0.0) for name in temporal.CUES}
        found.append(temporal.Clip(row, float(rng.normal()), cues))
    return found


def test_only_a_cue_that_tells_and_adds_is_worth_building_in() -> None:
    told = temporal.report(clips("identity, step"))
    assert "swap: 12 fakes, 12 reals, 12 people" in told
    assert [line for line in told.splitlines() if "**build**" in line] == [
        line for line in told.splitlines() if line.startswith("| identity, step **build** | 1.00 | 1.00 to 1.00 | 1.00")
    ]
    assert "**build**" not in temporal.report(clips("nothing"))
    assert temporal.report([c for c in clips("") if not c.row.fake]) == ""


def test_whole_people_are_drawn() -> None:
    by = ["a", "a", "b", "c", "c", "c"]
    for i in temporal.drawn(by, 20):
        counts = np.bincount(i, minlength=6)
        assert counts[0] == counts[1] and counts[3] == counts[4] == counts[5] and counts[[0, 2, 3]].sum() == 3


def test_it_is_a_step_of_the_command() -> None:
    assert "temporal" in command.STEPS and CROP_SIDE == 3 * temporal.SIDE
