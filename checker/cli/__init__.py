"""The command line: one thin file per command group. Only this package prints; heavy imports wait for a command."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

console = Console(stderr=True, highlight=False)


def guard(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn our own errors into a message on stderr and their exit code."""
    from ..errors import CheckerError

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except CheckerError as error:
            console.print(f"[bold red]error:[/] {_escape(str(error))}", soft_wrap=True)
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:  # the reader of our output went away, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None

    return guarded


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help="Content moderation and AI-label compliance of short videos: pass, flag or reject, with evidence and clause.",
)


def _version(asked: bool) -> None:
    if asked:
        from .. import __version__

        typer.echo(f"checker {__version__}")
        raise typer.Exit()


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log to stderr what is done.")] = False,
) -> None:
    import logging
    import warnings

    if not verbose:
        warnings.simplefilter("ignore")
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")


def _mount() -> None:
    from . import calibrate, compare, detectors, eval, judge, label, models, people, policy, samples, scan

    app.command("scan")(scan.scan)
    app.command("judge")(judge.judge)
    app.command("label")(label.label)
    app.command("compare")(compare.compare)
    app.add_typer(policy.app, name="policy")
    app.add_typer(people.app, name="people")
    app.add_typer(detectors.app, name="detectors", help="What looks at a file, and whether it can.")
    app.add_typer(models.app, name="models")
    app.add_typer(eval.app, name="eval")
    app.add_typer(calibrate.app, name="calibrate")
    app.command("samples")(samples.samples)


_mount()


def main() -> None:
    """Entry point of the `checker` command."""
    app()
