"""Labelled sets of clips and pairs: CSV files whose paths are relative to themselves."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..errors import UsageError

LABELS = {"real": False, "fake": True}
SAME = {"1": True, "true": True, "yes": True, "same": True, "0": False, "false": False, "no": False, "different": False}
ALL = "all"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Clip:
    """One file, real or fake."""

    path: Path
    fake: bool
    group: str
    """Such as the generator; empty when the set has no groups."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files that show (or let hear) one person, or two."""

    first: Path
    second: Path
    same: bool
    group: str


def clips(path: Path) -> list[Clip]:
    """Rows of a CSV file with the columns `file` and `label` (real or fake), and perhaps `group`.

    Raises:
        UsageError: It is no such file; names the line.
    """

    def parse(row: Mapping[str, str]) -> Clip:
        label = row["label"].strip().casefold()
        if label not in LABELS:
            raise ValueError(f"label `{row['label']}` is neither `real` nor `fake`")
        return Clip(_file(path, row["file"]), LABELS[label], _group(row))

    return _rows(path, ("file", "label"), parse)


def pairs(path: Path) -> list[Pair]:
    """Rows of a CSV file with the columns `file_a`, `file_b` and `same` (1 or 0), and perhaps `group`.

    Raises:
        UsageError: It is no such file; names the line.
    """

    def parse(row: Mapping[str, str]) -> Pair:
        same = row["same"].strip().casefold()
        if same not in SAME:
            raise ValueError(f"same `{row['same']}` is neither 1 nor 0")
        return Pair(_file(path, row["file_a"]), _file(path, row["file_b"]), SAME[same], _group(row))

    return _rows(path, ("file_a", "file_b", "same"), parse)


def _rows(path: Path, columns: tuple[str, ...], parse: Callable[[Mapping[str, str]], Row]) -> list[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            if missing:
                raise UsageError(f"{path}:1: no column `{missing[0]}`; a labelled set has {', '.join(columns)}")
            found = []
            for row in reader:
                try:
                    found.append(parse({k: v or "" for k, v in row.items() if k}))
                except ValueError as error:
                    raise UsageError(f"{path}:{reader.line_num}: {error}") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"labelled set `{path}` cannot be read: {error}; name a CSV file") from error
    if not found:
        raise UsageError(f"labelled set `{path}` has no rows")
    return found


def _file(manifest: Path, name: str) -> Path:
    if not name.strip():
        raise ValueError("no file is named")
    return manifest.parent / name.strip()


def _group(row: Mapping[str, str]) -> str:
    group = row.get("group", "").strip()
    if group == ALL:
        raise ValueError(f"a group cannot be named `{ALL}`: that is the whole set")
    return group
