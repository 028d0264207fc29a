"""The tables of `MODEL_CARD.md`, from `figures.json`: ``python -m checker.training.text card``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def tables(figures: Mapping[str, Any]) -> Iterator[str]:
    """Lines of Markdown: F1 by question, false alarms, reliability."""
    authors = figures["authors"]
    yield f"Texts: {', '.join(f'{name} {n}' for name, n in authors.items())}."
    yield ""
    groups = [g for g in figures["scores"]["both"]["ai_label"] if g != "author t"]
    yield f"| question | who answers | {' | '.join(groups)} |"
    yield f"|---|---|{'---|' * len(groups)}"
    for question in figures["scores"]["both"]:
        for who in ("rules", "classifier", "both"):
            row = figures["scores"][who][question]
            cells = " | ".join(f"{row[group]['f1']:.3f}" for group in groups)
            yield f"| {question} | {who} | {cells} |"
    yield ""
    yield "| head | calibration error | negatives at or above each probability |"
    yield "|---|---|---|"
    for head, row in figures["reliability"].items():
        alarms = ", ".join(f"{at}: {share:.2%}" for at, share in row["false_alarms"].items())
        yield f"| {head} | {row['error']} | {alarms} |"
    yield ""
    yield "Reliability, as mean probability / share that is true (number of texts) of each tenth:"
    for head, row in figures["reliability"].items():
        yield f"- {head}: " + ", ".join(f"{p:.2f} / {y:.2f} ({n})" for p, y, n in row["bins"])
