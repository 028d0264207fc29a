"""`checker eval`: how good a detector is on a labelled set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ..evaluation.text import evaluate, rows
from . import console, guard

if TYPE_CHECKING:
    from ..detector import Settings
    from ..evaluation.measure import Answer, Figures

app = typer.Typer(no_args_is_help=True, help="Measure a detector on a labelled set.")

Item = TypeVar("Item")
COLUMNS = ("n", "auc", "eer", "accuracy", "abstained", "found", "false_positive_rate")


class Format(StrEnum):
    """What is printed."""

    text = "text"
    json = "json"


Data = Annotated[
    Path, typer.Option("--data", help="CSV with the columns file, label (real or fake) and perhaps group.")
]
Pairs = Annotated[
    Path, typer.Option("--data", help="CSV with the columns file_a, file_b, same (1 or 0) and perhaps group.")
]
Models = Annotated[Path | None, typer.Option(envvar="CHECKER_MODELS", help="Folder of pulled weights.")]
Fits = Annotated[
    Path | None, typer.Option("--calibration", exists=True, dir_okay=False, help="File of `checker calibrate`.")
]
Pack = Annotated[str, typer.Option("--policy", "-p", help="Pack whose band decides.")]
As = Annotated[Format, typer.Option("--format", "-f", help="text or json")]


@app.callback()
def _group() -> None:
    """Measure a detector on a labelled set."""


@app.command("text")
@guard
def text(
    data: Annotated[Path, typer.Option(help="JSON Lines: id, field, lang, text and the expected answers.")],
    format: As = Format.text,
) -> None:
    """Precision, recall, F1 and count of what words say, per question and language."""
    scores = evaluate(rows(data))
    if format is Format.json:
        typer.echo(json.dumps(scores, indent=2, sort_keys=True))
        return
    typer.echo(f"{'question':14}{'language':10}{'precision':>10}{'recall':>8}{'f1':>7}{'n':>6}")
    for question, languages in scores.items():
        for language, row in languages.items():
            line = f"{question:14}{language:10}{row['precision']:10.3f}{row['recall']:8.3f}{row['f1']:7.3f}"
            typer.echo(f"{line}{row['n']:6.0f}")


@app.command()
@guard
def faces(
    data: Data, format: As = Format.text, policy: Pack = "tiktok", models: Models = None, calibration: Fits = None
) -> None:
    """Synthetic faces: videos and pictures, each as synthetic as the face in it that most is."""
    _clips("faces", data, format, policy, _settings(models, calibration))


@app.command()
@guard
def voices(
    data: Data, format: As = Format.text, policy: Pack = "tiktok", models: Models = None, calibration: Fits = None
) -> None:
    """Synthetic voices: sound files and videos, each as synthetic as the voice in it that most is."""
    _clips("voices", data, format, policy, _settings(models, calibration))


@app.command()
@guard
def likeness(
    data: Pairs, format: As = Format.text, policy: Pack = "tiktok", models: Models = None, calibration: Fits = None
) -> None:
    """One person or two: voices of sound files, faces of pictures and videos, two by two."""
    from ..evaluation import manifest, pairs

    asked = manifest.pairs(data)
    compared = list(watched(pairs.compare(asked, _settings(models, calibration)), len(asked)))
    complain([(f"{c.pair.first}, {c.pair.second}", c.reason) for c in compared])
    _print([c.answer(calibration) for c in compared], "likeness", 0.5, policy, format)


def _settings(models: Path | None, calibration: Path | None) -> Settings:
    from ..detector import Settings

    return Settings(models=models, calibration=calibration)


def _clips(what: str, data: Path, format: Format, policy: str, settings: Settings) -> None:
    from ..evaluation import clips, manifest
    from ..nets.panel import PRIOR

    asked = manifest.clips(data)
    seen = list(watched(clips.look(asked, what, settings), len(asked)))
    complain([(str(s.clip.path), s.reason) for s in seen])
    networks = clips.networks(seen)
    _print([s.answer for s in seen], clips.KINDS[what], PRIOR, policy, format, networks)


def watched(items: Iterable[Item], total: int) -> Iterator[Item]:
    """A bar on stderr while there is somebody to look at it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("examining"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("examining", total=total)
        for item in items:
            bar.advance(task)
            yield item


def complain(reasons: Sequence[tuple[str, str]]) -> None:
    """Say on stderr of which files nothing can be said, and why."""
    for path, reason in reasons:
        if reason:
            console.print(f"{path}: {reason}", markup=False, soft_wrap=True)


def _print(
    answers: Sequence[Answer],
    kind: str,
    prior: float,
    policy: str,
    format: Format,
    networks: dict[str, dict[str, float | None]] | None = None,
) -> None:
    from ..evaluation import measure
    from ..evaluation.manifest import ALL
    from ..facts.evidence import BANDS
    from ..policy import load_policy

    low, high = load_policy(policy).bands.get(kind) or BANDS[kind]
    table = measure.table(answers, (low, high), prior)
    if format is Format.json:
        table[ALL] |= {"band": [low, high], "networks": networks or {}}
        typer.echo(json.dumps(table, indent=2))
        return
    show(table)
    typer.echo(f"band of `{policy}` for {kind}: {low:g} to {high:g}; found, false accusations: at {high:g} or above")
    error = table[ALL]["calibration_error"]
    typer.echo(f"calibration error at even odds: {'-' if error is None else f'{error:.3f}'}")
    for name, row in (networks or {}).items():
        typer.echo(f"network {name}: AUC {_figure(row['auc'])}, EER {_figure(row['eer'])} by itself")


def show(table: dict[str, Figures]) -> None:
    """Figures as lines, a line for each group."""
    width = max(len("group"), *map(len, table)) + 2
    heads = ("n", "AUC", "EER", "accuracy", "abstained", "found", "false accusations (95 %)")
    typer.echo(f"{'group':{width}}" + "".join(f"{head:>11}" for head in heads[:-1]) + f"  {heads[-1]}")
    for group, row in table.items():
        cells = f"{row['n']:11d}" + "".join(f"{_figure(row[c]):>11}" for c in COLUMNS[1:-1])
        between = row["false_positive_interval"]
        wrong = f"{row['false_positive_rate']:.2%} ({between[0]:.2%} to {between[1]:.2%})" if between else "-"
        typer.echo(f"{group:{width}}{cells}  {wrong}")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
