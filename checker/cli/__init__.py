"""The command line: one thin file per command group. Only this package prints."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


def main() -> None:
    """Entry point of the `checker` command."""
    app()
