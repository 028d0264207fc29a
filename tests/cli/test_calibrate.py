"""`eval` and `calibrate` of clips, from the CSV file to the scan that uses the result."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from checker.calibration import parse
from checker.cli import app
from checker.nets.own import NAME
from checker.nets.panel import PRIOR
from tests.clips import make_clip, tone
from tests.networks import brightness
from tests.portrait import head

RUN = CliRunner()
EACH = 44


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    brightness(folder)
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV file of portraits: real ones dark, fake ones light, with some overlap; one file is no picture."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    rows = [("broken.jpg", "fake", "broken")]
    (folder / "broken.jpg").write_bytes(b"no picture")
    small = cv2.resize(head(), (200, 200))
    for label, level in (("real", 0.7), ("fake", 1.15)):
        for i in range(EACH):
            gain = level + rng.normal(0, 0.12)
            image = np.clip(small * gain, 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"{label}{i}.png"), image[:, :, ::-1])
            rows.append((f"{label}{i}.png", label, f"g{i % 2}" if label == "fake" else ""))
    with (folder / "set.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "label", "group"), *rows])
    return folder / "set.csv"


def test_eval_prints_figures_of_all_and_of_each_group(pictures: Path, models: Path) -> None:
    done = RUN.invoke(app, ["eval", "faces", "--data", str(pictures), "--models", str(models), "--format", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert set(found) == {"all", "broken", "g0", "g1"}
    assert found["all"]["n"] == 2 * EACH + 1 and found["all"]["n_unanswered"] == 1
    assert {"auc", "eer", "n", "abstained", "false_positive_rate", "false_positive_interval"} <= set(found["g0"])
    assert found["broken"]["abstained"] == 1.0 and found["broken"]["auc"] is None
    assert found["all"]["networks"][NAME]["auc"] > 0.9
    assert "broken.jpg: `" in done.stderr and "cannot be opened" in done.stderr


def test_calibrate_writes_what_eval_and_scan_take(pictures: Path, models: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.json"
    done = RUN.invoke(
        app, ["calibrate", "faces", "--data", str(pictures), "--models", str(models), "--output", str(output)]
    )
    assert done.exit_code == 0, done.output
    assert "bands: {synthetic_face: [" in done.stdout and "are few" in done.stdout
    row = json.loads(output.read_text())[NAME]
    assert row["slope"] > 0 and row["by"] == "checker calibrate faces --data set.csv"
    measured = ["eval", "faces", "--data", str(pictures), "--models", str(models), "--calibration", str(output)]
    assert "AUC" in RUN.invoke(app, measured).stdout
    scan = ["scan", str(pictures.parent / "fake0.png"), "--models", str(models), "--calibration", str(output)]
    report = json.loads(RUN.invoke(app, [*scan, "--format", "json"]).stdout)
    seen = [o for o in report["observations"] if o["kind"] == "synthetic_face"]
    said = seen[0]["value"]["networks"][NAME]
    assert said["confidence"] == pytest.approx(parse(row).probability(said["score"], PRIOR), abs=1e-3)


def test_rows_that_are_not_refitted_stay(pictures: Path, models: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.json"
    output.write_text(json.dumps({"voice-likeness": {"slope": -1.0, "offset": 0.0, "limit": 1.0}}))
    command = ["calibrate", "faces", "--data", str(pictures), "--models", str(models), "--output", str(output)]
    assert RUN.invoke(app, command).exit_code == 0
    assert {"voice-likeness", NAME} <= set(json.loads(output.read_text()))


def test_a_calibration_for_other_weights_is_refused(pictures: Path, models: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({NAME: {"slope": 1.0, "offset": 0.0, "limit": 1.0, "sha256": "0" * 64}}))
    command = ["eval", "faces", "--data", str(pictures), "--models", str(models), "--calibration", str(other)]
    done = RUN.invoke(app, command)
    assert done.exit_code != 0 and "fit it anew with `checker calibrate`" in done.stderr


@pytest.mark.parametrize("text", ["[]", "{", '{"own-face": 3}'])
def test_what_is_no_calibration_is_refused(pictures: Path, models: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    command = ["eval", "faces", "--data", str(pictures), "--models", str(models)]
    done = RUN.invoke(app, [*command, "--calibration", str(tmp_path / "bad.json")])
    assert done.exit_code != 0 and "`checker calibrate` writes one" in done.stderr


def test_too_few_clips_are_refused(pictures: Path, models: Path, tmp_path: Path) -> None:
    few = pictures.parent / "few.csv"
    few.write_text("\n".join(pictures.read_text().splitlines()[:20]), encoding="utf-8")
    done = RUN.invoke(
        app, ["calibrate", "faces", "--data", str(few), "--models", str(models), "--output", str(tmp_path / "x.json")]
    )
    assert done.exit_code == 2 and "a calibration needs 40 of them" in done.stderr
    assert not (tmp_path / "x.json").exists()


def test_likeness_of_pictures(pictures: Path, models: Path) -> None:
    rows = [("file_a", "file_b", "same"), ("real0.png", "real1.png", "1"), ("real2.png", "broken.jpg", "0")]
    with (pictures.parent / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    command = ["eval", "likeness", "--data", str(pictures.parent / "pairs.csv"), "--models", str(models)]
    done = RUN.invoke(app, [*command, "--format", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["all"]
    assert found["n"] == 2 and found["n_unanswered"] == 1 and found["found"] == 1.0


def test_voices_that_say_nothing_are_abstained_from_with_the_reason(tmp_path: Path) -> None:
    make_clip(tmp_path / "tone.mp4", picture=None, sound=tone(2.0))
    make_clip(tmp_path / "mute.mp4", seconds=1.0)
    (tmp_path / "set.csv").write_text("file,label\ntone.mp4,real\nmute.mp4,real\nnone.wav,fake\n", encoding="utf-8")
    done = RUN.invoke(app, ["eval", "voices", "--data", str(tmp_path / "set.csv"), "--format", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["all"]
    assert (found["n"], found["n_unanswered"], found["abstained"]) == (3, 3, 1.0)
    assert found["false_positive_rate"] == 0.0 and found["auc"] is None
    assert "tone.mp4: no voice was found" in done.stderr
    assert "mute.mp4: the file has no sound" in done.stderr
    assert "none.wav` does not exist" in done.stderr
