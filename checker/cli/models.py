"""`checker models`: list, pull and verify weights."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from .. import weights
from ..errors import DetectorUnavailable, UsageError, WeightsError
from . import guard

app = typer.Typer(no_args_is_help=True, help="Weights of neural networks: list, pull, verify.")

Folder = Annotated[Path | None, typer.Option("--models", help="Folder of weights; default CHECKER_MODELS.")]


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return "size at pull"
    return f"{size_bytes / 2**20:.1f} MiB" if size_bytes >= 2**20 else f"{size_bytes / 2**10:.0f} KiB"


@app.command("list")
@guard
def list_weights(models: Folder = None) -> None:
    """What exists, and what is here."""
    from ..nets import checkpoint

    typer.echo(f"in {weights.folder(models)}; `*`: the licence may not allow commercial use, `pull` asks first")
    for name, row in weights.REGISTRY.items():
        here = "here" if weights.present(name, models) else ""
        star = "*" if row.restricted else ""
        typer.echo(f"{name:22} {_size(row.size_bytes):>12}  {here:4}  {row.job}, {row.licence}{star}")
        typer.echo(f"{'':42}{row.note}")
    for folder, card in checkpoint.cards(models):
        typer.echo(f"{checkpoint.FOLDER + '/' + folder:37} here  synthetic {card['kind']}, {card.get('licence', '?')}")


@app.command()
@guard
def pull(
    names: Annotated[list[str], typer.Argument(help="Names from `checker models list`.")],
    models: Folder = None,
    mirror: Annotated[
        Path | None,
        typer.Option("--from", help="Copy from this folder instead of the network.", exists=True, file_okay=False),
    ] = None,
    accept_licence: Annotated[bool, typer.Option(help="Take weights whose licence restricts their use.")] = False,
) -> None:
    """Fetch weights; licence and size are shown first, the hash is checked before a file is kept."""
    console = Console(stderr=True)
    entries = [weights.entry(name) for name in names]
    for row in entries:
        console.print(f"{row.name}: {_size(row.size_bytes)}, licence {row.licence}. {row.note}", highlight=False)
    refused = [row.name for row in entries if row.restricted and not accept_licence]
    if refused:
        raise UsageError(
            f"the licence of {', '.join(f'`{name}`' for name in refused)} may not allow your use; "
            "read it above and repeat with `--accept-licence`"
        )
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        for row in entries:
            advance = partial(bar.advance, bar.add_task(row.name, total=row.size_bytes))
            weights.pull(row.name, models, mirror, progress=advance)
    for row in entries:
        typer.echo(weights.path(row.name, models))


@app.command()
@guard
def add(
    source: Annotated[str, typer.Argument(help="Folder of a checkpoint, or owner/name in transformers' own cache.")],
    kind: Annotated[str, typer.Option(help="What it judges: voice or face.")],
    fake: Annotated[list[str], typer.Option(help="Label that means synthetic; repeatable.")],
    models: Folder = None,
    licence: Annotated[str, typer.Option(help="Its licence, where its README does not say.")] = "",
    accept_licence: Annotated[bool, typer.Option(help="Take one whose licence restricts its use.")] = False,
) -> None:
    """Take up a checkpoint of transformers that classifies voices or faces; nothing is downloaded."""
    from ..nets import checkpoint

    found = checkpoint.add(source, kind, fake, licence, models, accept=accept_licence)
    noun = {"voice": "voices", "face": "faces"}[kind]
    typer.echo(f"{found.label}; it counts once it is calibrated: `checker calibrate {noun} --data CLIPS.csv`")


@app.command()
@guard
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Names; default: all that are here.")] = None,
    models: Folder = None,
) -> None:
    """Check the hash of weights that are here; exit 2 when one is wrong."""
    chosen = names or [name for name in weights.REGISTRY if weights.present(name, models)]
    wrong = 0
    for name in chosen:
        try:
            weights.path(name, models)
        except (WeightsError, DetectorUnavailable) as error:
            wrong += 1
            typer.echo(f"{name}: {error}")
        else:
            typer.echo(f"{name}: ok")
    if wrong:
        raise typer.Exit(WeightsError.exit_code)
