"""What an on-screen label measures, from the file to the fact, against what was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from checker import Scanner, load_policy
from checker.detector import Settings
from checker.report import Report
from checker.types import Verdict
from tests.clips import gradient, make_clip

PACK = """
policy: tiny
version: "1"
title: Tiny
requires: [screen_text, language]
rules:
  - id: tiny-label
    title: The label is on screen from the beginning, long and large enough
    when:
      any:
        - {not: label.on_screen}
        - {not: label.at_start}
        - label.on_screen_s < 2.0
        - label.height_ratio < 0.05
    verdict: reject
    clause: {text: t, url: "https://example.com", as_of: 2026-01-01, confidence: high}
    fix: Show it.
"""


@dataclass(frozen=True)
class Film:
    """A label drawn at known times in a picture of known size."""

    text: str
    size: int
    width: int
    height: int
    rate_hz: int
    shown: tuple[tuple[int, int], ...]
    """Frames, each ``[first, end)``."""
    frames: int
    moving: bool = False
    at: tuple[int, int] = (40, 60)

    def picture(self, time_s: float) -> NDArray[np.uint8]:
        ground = np.full((self.height, self.width, 3), 60, np.uint8)
        if self.moving:
            ground = gradient(time_s, self.width, self.height) // 3
        if not any(first <= round(time_s * self.rate_hz) < end for first, end in self.shown):
            return ground
        image = Image.fromarray(ground)
        ImageDraw.Draw(image).text(self.at, self.text, font=ImageFont.load_default(self.size), fill=(255, 255, 255))
        return np.asarray(image)

    @property
    def height_ratio(self) -> float:
        """Of the ink over the shortest side."""
        image = Image.new("L", (self.width, self.height))
        _, top, _, bottom = ImageDraw.Draw(image).textbbox(self.at, self.text, font=ImageFont.load_default(self.size))
        return float(bottom - top) / min(self.width, self.height)


FILMS = {
    "upright, in the middle": (Film("AI-generated", 36, 360, 640, 25, ((17, 58),), 75), Verdict.REJECT),
    "wide, from the first frame, moving ground": (
        Film("Made with AI", 30, 640, 360, 30, ((0, 66),), 90, moving=True),
        Verdict.PASS,
    ),
    "comes and goes": (
        Film("AI-generated", 40, 360, 640, 25, ((0, 20), (45, 70)), 100),
        Verdict.REJECT,
    ),
    "large, twice": (
        Film("Généré par IA", 60, 720, 1280, 24, ((12, 36), (108, 132)), 144, at=(60, 900)),
        Verdict.REJECT,
    ),
}


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Scanner:
    path = tmp_path_factory.mktemp("pack") / "tiny.yaml"
    path.write_text(PACK)
    return Scanner([load_policy(path)], Settings(threads=2))


def scan(scanner: Scanner, film: Film, path: Path) -> Report:
    make_clip(path, picture=film.picture, seconds=film.frames / film.rate_hz, rate_hz=film.rate_hz)
    return scanner.scan(path)


@pytest.mark.parametrize("name", FILMS)
def test_times_within_a_frame_and_height_within_a_tenth(name: str, scanner: Scanner, tmp_path: Path) -> None:
    film, verdict = FILMS[name]
    report = scan(scanner, film, tmp_path / "clip.mp4")
    value = {name: fact.value for name, fact in report.facts.items() if name.startswith("label.")}
    frame_s = 1 / film.rate_hz + 1e-3
    assert value["label.on_screen"] is True
    assert value["label.first_s"] == pytest.approx(film.shown[0][0] / film.rate_hz, abs=frame_s)
    shown_s = sum(end - first for first, end in film.shown) / film.rate_hz
    assert value["label.on_screen_s"] == pytest.approx(shown_s, abs=frame_s)
    assert value["label.height_ratio"] == pytest.approx(film.height_ratio, rel=0.1)
    assert value["label.at_start"] is (film.shown[0][0] == 0)
    assert report.verdict is verdict


def test_the_same_film_without_the_label_measures_nothing(scanner: Scanner, tmp_path: Path) -> None:
    film = Film("AI-generated", 36, 360, 640, 25, (), 50)
    report = scan(scanner, film, tmp_path / "clip.mp4")
    assert report.facts["label.on_screen"].value is False
    assert report.facts["label.first_s"].value is None and report.facts["label.first_s"].unknown
    assert report.verdict is Verdict.REJECT
