"""`checker detectors`: what looks, and whether it can look on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import guard

app = typer.Typer(no_args_is_help=True)

Models = Annotated[Path | None, typer.Option(envvar="CHECKER_MODELS", help="Folder of pulled weights.")]


@app.command("list")
@guard
def list_(
    models: Models = None,
    load: Annotated[bool, typer.Option("--load", help="Load each one, to see whether it can look.")] = False,
) -> None:
    """List the detectors, what they look for and what they need."""
    from rich.console import Console
    from rich.table import Table

    from ..registry import detectors

    table = Table("detector", "looks for", "needs", *(["can look"] if load else []), box=None)
    for name, cls in detectors().items():
        row = [name, ", ".join(sorted(cls.emits)), ", ".join(sorted(cls.needs))]
        table.add_row(*row, *([_state(name, models)] if load else []))
    Console().print(table)


def _state(name: str, models: Path | None) -> str:
    from ..detector import Settings
    from ..errors import CheckerError
    from ..registry import detectors

    try:
        detectors()[name]().load(Settings(models=models))
    except CheckerError as error:
        return f"no: {error}"
    return "yes"


@app.command()
@guard
def show(name: Annotated[str, typer.Argument(help="Name of a detector.")]) -> None:
    """Show what one detector does, what it emits, and the weights that it can use."""
    import sys

    from ..errors import UsageError
    from ..facts import KINDS
    from ..registry import detectors

    if (cls := detectors().get(name)) is None:
        raise UsageError(f"no detector `{name}`; there are {', '.join(detectors())}")
    typer.echo(f"{name} {cls.version}\n\n{(sys.modules[cls.__module__].__doc__ or '').strip()}\n")
    for kind in sorted(cls.emits):
        typer.echo(f"emits {kind}: {KINDS[kind]}")
    typer.echo(f"needs {', '.join(sorted(cls.needs)) or 'nothing'}; weights {', '.join(cls.weights) or 'none'}")
