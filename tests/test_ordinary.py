"""Real clips of real people pass: a checker that accuses them is worse than none."""

from __future__ import annotations

import csv
from functools import cache

import pytest

from checker.pipeline import Scanner
from checker.types import Verdict
from tests.shared import data


@cache
def scanner() -> Scanner:
    return Scanner(["tiktok"])


def real(what: str, count: int, **wanted: str) -> list[str]:
    """Spread over the data, so that sources and languages differ."""
    with (data() / what / "manifest.csv").open(encoding="utf-8") as file:
        rows = [r["file"] for r in csv.DictReader(file) if r["label"] == "real" and wanted.items() <= r.items()]
    return rows[:: max(1, len(rows) // count)][:count]


def flagged(what: str, files: list[str]) -> list[tuple[str, list[str]]]:
    reports = [(name, scanner().scan(data() / what / name)) for name in files]
    return [(name, [f.message for f in r.judgements[0].findings]) for name, r in reports if r.verdict != Verdict.PASS]


def test_ordinary_clips_of_faces_pass() -> None:
    assert flagged("faces", real("faces", 4, kind="clip")) == []


def test_ordinary_clips_of_voices_pass() -> None:
    assert flagged("voices", real("voices", 4)) == []


@pytest.mark.slow
def test_of_many_ordinary_clips_one_in_ten_is_flagged_at_most_and_none_rejected() -> None:
    faces, voices = real("faces", 24, kind="clip"), real("voices", 40)
    found = flagged("faces", faces) + flagged("voices", voices)
    assert len(found) <= 0.1 * (len(faces) + len(voices)), found
