from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from checker.detectors.shots import Shots, boundaries
from checker.media import Media
from checker.post import Post
from tests.clips import make_clip, tone

HZ = 12.5


def scene(seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    small = rng.uniform(20, 230, (4, 7))
    return np.kron(small, np.ones((9, 10)))[:36, :64]


def film(*parts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    frames = np.concatenate(parts)
    noise = np.random.default_rng(9).normal(0, 2, frames.shape)
    return np.arange(len(frames)) / HZ, np.clip(frames + noise, 0, 255).astype(np.uint8)


def still(seed: int, n: int = 25) -> NDArray[np.float64]:
    return np.repeat(scene(seed)[None], n, axis=0)


def pan(seed: int, n: int = 50, step: int = 3) -> NDArray[np.float64]:
    wide = np.concatenate([scene(seed + i) for i in range(4)], axis=1)
    return np.stack([np.roll(wide, -i * step, axis=1)[:, :64] for i in range(n)])


def blend(a: int, b: int, n: int = 12) -> NDArray[np.float64]:
    share = np.linspace(0, 1, n)[:, None, None]
    return (1 - share) * scene(a) + share * scene(b)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([still(1)], [], id="one shot"),
        pytest.param([still(1), still(2)], [2.0], id="hard cut"),
        pytest.param([still(1), still(2), still(3)], [2.0, 4.0], id="two cuts"),
        pytest.param([pan(1)], [], id="pan is no cut"),
        pytest.param([pan(1, 25, 1), pan(7, 25, 1)], [2.0], id="cut between two pans"),
        pytest.param([still(1), np.full((2, 36, 64), 250.0), still(1)], [], id="flash is no cut"),
        pytest.param([still(1), blend(1, 2), still(2)], [2.5], id="dissolve"),
        pytest.param([still(1), np.zeros((6, 36, 64)), still(2)], [2.24], id="through black"),
        pytest.param([np.zeros((6, 36, 64)), still(2)], [0.48], id="black at the start"),
    ],
)
def test_boundaries(parts: list[NDArray[np.float64]], expected: list[float]) -> None:
    found = boundaries(*film(*parts))
    assert len(found) == len(expected), found
    assert found == pytest.approx(expected, abs=0.3)


def test_hard_cut_is_placed_at_its_thumbnail() -> None:
    assert boundaries(*film(still(1), still(2))) == [2.0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 2**31))
def test_any_picture_gives_ascending_times_inside(n: int, seed: int) -> None:
    thumbnails = np.random.default_rng(seed).integers(0, 256, (n, 36, 64), dtype=np.uint8)
    times_s = np.arange(n) / HZ
    found = boundaries(times_s, thumbnails)
    assert found == sorted(set(found))
    assert all(0 < t <= times_s[-1] for t in found)


def test_shots_cover_a_clip_without_holes(tmp_path: Path) -> None:
    def picture(time_s: float) -> NDArray[np.uint8]:
        grey = np.kron(scene(1 if time_s < 1.0 else 2), np.ones((4, 4)))
        return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)

    with Media.open(make_clip(tmp_path / "cut.mp4", picture=picture, seconds=2.0)) as media:
        shots = list(Shots().detect(media, Post(), ()))
        assert [o.value["index"] for o in shots] == [0, 1]
        segments = [o.segment for o in shots if o.segment]
        assert segments[0].start_s == 0.0
        assert segments[0].end_s == segments[1].start_s == pytest.approx(1.0, abs=0.081)
        assert segments[1].end_s == media.duration_s


def test_sound_alone_has_no_shots(tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "sound.m4a", picture=None, sound=tone(1.0))) as media:
        assert not Shots().applies_to(media)


def test_a_minute_takes_no_time() -> None:
    times_s, thumbnails = film(*[pan(i, 75, 1) for i in range(10)])
    best = min(_seconds(times_s, thumbnails) for _ in range(3))
    assert best < 0.25  # 0.03 s on an idle core; shared machines are slower


def _seconds(times_s: NDArray[np.float64], thumbnails: NDArray[np.uint8]) -> float:
    start = time.perf_counter()
    boundaries(times_s, thumbnails)
    return time.perf_counter() - start
