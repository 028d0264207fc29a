"""Many files: none is lost, whatever one of them does."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from checker.batch import find, scan_all
from checker.errors import NoInputError, UsageError
from checker.report import Report
from checker.types import Observation, Verdict


@dataclass
class Obedient:
    """Stands in for a scanner: the name of the file says what happens to it."""

    settings: object = field(default_factory=lambda: __import__("checker.detector").detector.Settings())

    def scan(self, path: Path, *, post: Path | None = None, context: Path | None = None) -> Report:
        if "sidecar" in path.name:
            raise UsageError(f"`{path.name}`:3: `is_aigc` must be true or false")
        if "bug" in path.name:
            raise RuntimeError("broken")
        if "dies" in path.name:
            os._exit(9)
        seen = Observation("faces/0", "face", {}, data=lambda: "not to be pickled")
        return Report(str(path), Verdict.PASS, observations=(seen,))


def touch(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return [folder / name for name in names]


def test_find_walks_folders_and_globs_and_keeps_names_that_do_not_exist(tmp_path: Path) -> None:
    touch(tmp_path, "b.mp4", "a/c.MOV", "a/notes.txt", ".hidden/d.mp4", "b.post.yaml")
    assert find([tmp_path]) == [tmp_path / "a/c.MOV", tmp_path / "b.mp4"]
    assert find([str(tmp_path / "*.mp4")]) == [tmp_path / "b.mp4"]
    assert find([tmp_path / "gone.mp4", tmp_path / "b.mp4", tmp_path]) == [
        tmp_path / "gone.mp4", tmp_path / "b.mp4", tmp_path / "a/c.MOV",
    ]  # fmt: skip


@pytest.mark.parametrize("what", ["empty folder", "empty glob"])
def test_nothing_to_scan_is_an_error(tmp_path: Path, what: str) -> None:
    with pytest.raises(NoInputError, match="no media file"):
        find([tmp_path if what == "empty folder" else str(tmp_path / "*.mp4")])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_wrong_sidecar_is_the_fault_of_one_file(tmp_path: Path, jobs: int) -> None:
    paths = touch(tmp_path, "a.mp4", "sidecar.mp4", "z.mp4")
    found = {Path(r.path).name: r for r in scan_all(paths, Obedient, jobs=jobs)}  # type: ignore[arg-type]
    assert {name: r.verdict for name, r in found.items()} == {
        "a.mp4": "pass", "sidecar.mp4": "error", "z.mp4": "pass",
    }  # fmt: skip
    assert found["sidecar.mp4"].error_code == 2 and ":3:" in found["sidecar.mp4"].error


def test_a_worker_that_dies_loses_only_the_file_that_killed_it(tmp_path: Path) -> None:
    names = [f"{i}.mp4" for i in range(6)]
    paths = touch(tmp_path, *names[:3], "dies.mp4", *names[3:], "bug.mp4")
    found = {Path(r.path).name: r for r in scan_all(paths, partial(Obedient), jobs=2)}  # type: ignore[arg-type]
    assert sorted(found) == sorted([*names, "dies.mp4", "bug.mp4"])
    assert all(found[name].verdict == "pass" for name in names)
    assert "died" in found["dies.mp4"].error
    assert found["bug.mp4"].error_code == 1 and "broken" in found["bug.mp4"].error


def test_reports_of_workers_carry_no_arrays(tmp_path: Path) -> None:
    (report, _) = scan_all(touch(tmp_path, "a.mp4", "b.mp4"), Obedient, jobs=2)  # type: ignore[arg-type]
    assert report.observations[0].data is None
