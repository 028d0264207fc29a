from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from checker import pictures
from checker.cli import app
from checker.detectors.faces import Look
from checker.report import v1
from checker.types import Box, Observation
from tests.networks import brightness
from tests.portrait import CLIP
from tests.sounds import vowel

BOX = Box(0, 0, 1, 1)


def looks(*levels: int) -> list[Look]:
    return [
        Look(i / 2, BOX, np.full((192, 192, 3), level, np.uint8), 120.0, 80.0, 1.0, 0.5)
        for i, level in enumerate(levels)
    ]


def face(*confidences: float) -> Observation:
    value = {"looks": [[i / 2, c] for i, c in enumerate(confidences)]}
    seen = looks(*(round(255 * c) for c in confidences))
    return Observation("synthetic_face/0", "synthetic_face", value, 0.5, data={"looks": seen})


def write(folder: Path, *observations: Observation) -> tuple[Observation, ...]:
    return pictures.write(folder, "ab" * 32, observations, lambda: vowel(120, 6.0))


def test_a_face_shows_its_most_and_least_telling_look_and_its_course(tmp_path: Path) -> None:
    (seen,) = write(tmp_path, face(0.2, 0.9, 0.4))
    highest, lowest, course = (tmp_path / p for p in seen.pictures)
    assert highest.name == "synthetic_face-0-highest-0.50s-0.90.png"
    assert lowest.name == "synthetic_face-0-lowest-0.00s-0.20.png"
    assert np.asarray(Image.open(highest)).mean() == pytest.approx(230, abs=1)
    assert Image.open(course).size == pictures.CHART


def test_one_look_is_one_picture(tmp_path: Path) -> None:
    assert len(write(tmp_path, face(0.3))[0].pictures) == 1


def test_a_voice_shows_a_spectrogram_of_each_turn(tmp_path: Path) -> None:
    turns = [[0.0, 2.0, 0.1], [3.0, 5.0, 0.8], [5.0, 5.01, 0.2]]
    (seen,) = write(tmp_path, Observation("synthetic_voice/0", "synthetic_voice", {"turns": turns}))
    assert [Path(p).name for p in seen.pictures] == [
        "synthetic_voice-0-3.00s-5.00s-0.80.png",
        "synthetic_voice-0-0.00s-2.00s-0.10.png",
    ]
    assert Image.open(tmp_path / seen.pictures[0]).size == (247, 256)


def test_a_tone_is_a_line_at_its_height() -> None:
    t = np.arange(32_000) / 16_000
    image = pictures.spectrogram(np.sin(2 * np.pi * 2000 * t).astype(np.float32)).sum(axis=2)
    assert image.mean(axis=1).argmax() == pytest.approx(256 - 64, abs=1)  # a quarter of 8 kHz, from below


@pytest.mark.parametrize("seconds", [0.04, 60.0])
def test_spectrograms_are_bounded(seconds: float) -> None:
    assert pictures.spectrogram(vowel(120, seconds)).shape[1] <= pictures.MOST_WIDTH


def test_other_observations_and_silence_have_none(tmp_path: Path) -> None:
    others = [Observation("faces/0", "face", {}), replace(face(0.5), data=None)]
    assert all(not o.pictures for o in write(tmp_path, *others))
    assert list(tmp_path.iterdir()) == []


def test_silence_can_be_drawn() -> None:
    assert pictures.spectrogram(np.zeros(16_000, np.float32)).shape == (256, 122, 3)


def scan(*options: str, models: Path) -> dict:
    done = CliRunner().invoke(app, ["scan", str(CLIP), "--models", str(models), "--format", "json", *options])
    assert done.exit_code in (0, 10, 20), done.output
    return json.loads(done.stdout)


def test_only_a_scan_that_is_asked_writes_pictures_and_names_them(tmp_path: Path) -> None:
    brightness(tmp_path / "models")
    folder = tmp_path / "evidence"
    report = scan("--evidence", str(folder), models=tmp_path / "models")
    named = [p for o in report["observations"] for p in o.get("pictures", ())]
    assert named and {folder / p for p in named} == {p for p in folder.rglob("*") if p.is_file()}
    assert all(o["kind"].startswith("synthetic_") for o in report["observations"] if o.get("pictures"))
    jsonschema.validate(report, json.loads(v1.SCHEMA_FILE.read_text("utf-8")))
    stored = v1.evidence(report)
    assert [p for o in stored.observations for p in o.pictures] == named
    plain = scan(models=tmp_path / "models")
    assert all("pictures" not in o for o in plain["observations"])


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    brightness(tmp_path / "models")
    (tmp_path / "file").write_text("no folder")
    done = CliRunner().invoke(
        app, ["scan", str(CLIP), "--models", str(tmp_path / "models"), "--evidence", str(tmp_path / "file" / "x")]
    )
    assert done.exit_code != 0 and "evidence cannot be written" in done.output
