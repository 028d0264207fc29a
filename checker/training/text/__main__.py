"""``python -m checker.training.text cross|train|card``: figures over unseen authors; the weights that are shipped."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ...text.classifier import FILE, HEADS
from . import figures, fit
from .data import FOLDER, Text, load

app = typer.Typer(no_args_is_help=True, help="Train the text classifier, or measure it over authors.")
FIGURES = Path(__file__).parent / "figures.json"


@app.command()
def cross(
    data: Annotated[Path, typer.Option(help="Folder of labelled texts, one file per author.")] = FOLDER,
    mistakes: Annotated[
        str, typer.Option(help="Print the mistakes of one question: ai_label, endorsement, minor, safety.")
    ] = "",
) -> None:
    """Train on all authors but one, test on that one, for each; print rules, classifier and both."""
    texts = load(data, project=("dev", "test"))
    found, probability = _crossed(texts)
    for name, table in found["scores"].items():
        for question, groups in table.items():
            line = "  ".join(f"{group} {row['f1']:.3f}" for group, row in groups.items())
            typer.echo(f"{name:11}{question:12}{line}")
    for head, row in found["reliability"].items():
        typer.echo(f"{head}: calibration error {row['error']}, false alarms {row['false_alarms']}")
    if mistakes:
        _mistakes(texts, probability, mistakes)


@app.command()
def train(
    data: Annotated[Path, typer.Option(help="Folder of labelled texts, one file per author.")] = FOLDER,
    output: Annotated[Path, typer.Option(help="Where the weights go.")] = FILE,
) -> None:
    """Fit on every author, calibrate on the folds over authors, write the weights and `figures.json`."""
    texts = load(data)
    found, _ = _crossed(texts)
    fit.write(texts, found.pop("calibration"), output)
    fit.save(found, FIGURES)
    typer.echo(f"{output.name}: {output.stat().st_size / 1024:.0f} KB from {len(texts)} texts of {found['authors']}")


@app.command()
def card() -> None:
    """The tables of the model card, from `figures.json`."""
    from .card import tables

    for line in tables(json.loads(FIGURES.read_text("utf-8"))):
        typer.echo(line)


def _crossed(texts: list[Text]) -> tuple[dict[str, Any], Any]:
    scores = fit.held_out(texts)
    calibration = fit.calibrate(texts, scores)
    odds = np.array([[slope] for slope, _ in calibration]) * scores + np.array([[offset] for _, offset in calibration])
    probability = np.nan_to_num(1 / (1 + np.exp(-odds)))
    answers = {
        "rules": [figures.by_rules(t) for t in texts],
        "classifier": [figures.by_classifier(p) for p in probability.T],
        "both": [figures.by_both(t, p) for t, p in zip(texts, probability.T, strict=True)],
    }
    return {
        "authors": {a: sum(t.author == a for t in texts) for a in sorted({t.author for t in texts})},
        "scores": {name: figures.table(texts, given) for name, given in answers.items()},
        "reliability": figures.reliability(texts, probability),
        "calibration": calibration,
    }, probability


def _mistakes(texts: list[Text], probability: Any, question: str) -> None:
    heads = set(figures.QUESTIONS[question]) & set(HEADS)
    for text, p in zip(texts, probability.T, strict=True):
        given = figures.by_both(text, p)
        if text.author != "x" and given & heads != text.answers & heads:
            shown = text.normal.original.replace("\n", " / ")
            best = {
                h: round(float(p[HEADS.index(h)]), 2) for h in heads if p[HEADS.index(h)] > 0.1 or h in text.answers
            }
            right, said = sorted(text.answers & heads), sorted(given & heads)
            typer.echo(f"{text.author} {text.lang} {text.where} wanted {right} got {said} {best}: {shown}")


if __name__ == "__main__":
    sys.exit(app())
