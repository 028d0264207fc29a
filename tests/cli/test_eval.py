from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker.cli import app
from checker.cli.eval import evaluate, rows

DATA = Path(__file__).parents[1] / "data" / "text"
QUESTIONS = {"ai_label", "hashtag_only", "endorsement", "people", "minor", "safety"}


def test_json_has_a_row_per_question_and_language(tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join((DATA / "dev.jsonl").read_text(encoding="utf-8").splitlines()[:40]), encoding="utf-8")
    result = CliRunner().invoke(app, ["eval", "text", "--data", str(few), "--format", "json"])
    assert result.exit_code == 0, result.output
    scores = json.loads(result.stdout)
    assert set(scores) == QUESTIONS
    assert scores["ai_label"]["all"]["n"] == scores["ai_label"]["en"]["n"] == 40
    assert set(scores["people"]["all"]) == {"precision", "recall", "f1", "n"}


def test_endorsement_is_the_mean_over_its_classes() -> None:
    row = {"field": "caption", "lang": "en", "ai_label": False, "hashtag_only": False, "people": [], "minor": False}
    right = row | {"text": "my morning routine", "endorsement": "none", "safety": []}
    wrong = row | {"text": "my evening routine", "endorsement": "political", "safety": []}
    assert evaluate([right, wrong])["endorsement"]["all"] == {"precision": 0.25, "recall": 0.5, "f1": 0.3333, "n": 2}


@pytest.mark.parametrize("line", ["{", "[]", '{"field": "caption"}'])
def test_a_bad_row_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("\n" + line, encoding="utf-8")
    result = CliRunner().invoke(app, ["eval", "text", "--data", str(bad)])
    assert result.exit_code != 0
    assert not result.stdout


@pytest.mark.parametrize("half", ["dev", "test"])
def test_the_labelled_set_is_one(half: str) -> None:
    every = list(rows(DATA / f"{half}.jsonl"))
    assert len({r["id"] for r in every}) == len(every)
    assert len({r["lang"] for r in every}) >= 16


def test_the_halves_share_no_text_and_hold_800_items() -> None:
    dev, test = ([r["text"].casefold() for r in rows(DATA / f"{half}.jsonl")] for half in ("dev", "test"))
    assert len(dev) + len(test) >= 800
    assert len(set(dev) & set(test)) <= 3, "short fixed labels only"


@pytest.mark.parametrize(("question", "least"), [("ai_label", 0.90), ("endorsement", 0.88), ("minor", 0.90)])
def test_the_test_half_does_not_get_worse(question: str, least: float) -> None:
    assert evaluate(rows(DATA / "test.jsonl"))[question]["all"]["f1"] >= least
