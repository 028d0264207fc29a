from __future__ import annotations

from pathlib import Path

import pytest

from checker.errors import UsageError
from checker.evaluation.manifest import clips, pairs


def write(folder: Path, text: str) -> Path:
    (folder / "set.csv").write_text(text, encoding="utf-8")
    return folder / "set.csv"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    first, second = clips(write(tmp_path, "\ufefffile,label,group\na/b.mp4,real,\n/c.wav, Fake ,HiFi-GAN\n"))
    assert (first.path, first.fake, first.group) == (tmp_path / "a/b.mp4", False, "")
    assert (second.path, second.fake, second.group) == (Path("/c.wav"), True, "HiFi-GAN")


def test_columns_may_come_in_any_order_with_others(tmp_path: Path) -> None:
    (row,) = clips(write(tmp_path, "note,label,file\nx,fake,a.png\n"))
    assert row.fake and row.group == ""


@pytest.mark.parametrize(("word", "same"), [("1", True), ("0", False), ("true", True), ("different", False)])
def test_pairs(tmp_path: Path, word: str, same: bool) -> None:
    (row,) = pairs(write(tmp_path, f"file_a,file_b,same\na.png,b.png,{word}\n"))
    assert (row.first, row.second, row.same) == (tmp_path / "a.png", tmp_path / "b.png", same)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("file,label\na.mp4,perhaps\n", "csv:2: label `perhaps`", id="label"),
        pytest.param("file\na.mp4\n", "no column `label`", id="column"),
        pytest.param("file,label\n,real\n", "csv:2: no file is named", id="no file"),
        pytest.param("file,label\n", "has no rows", id="empty"),
        pytest.param("", "no column `file`", id="nothing"),
        pytest.param("file,label,group\na.mp4,real,all\n", "a group cannot be named `all`", id="group all"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        clips(write(tmp_path, text))


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        clips(tmp_path / "none.csv")
