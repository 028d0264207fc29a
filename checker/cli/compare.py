"""`checker compare`: which labels and markings a later version of a video has lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import guard

if TYPE_CHECKING:
    from ..label import Change
    from ..types import Observation


@guard
def compare(
    before: Annotated[Path, typer.Argument(help="The earlier version.", metavar="BEFORE")],
    after: Annotated[Path, typer.Argument(help="The later version, such as a download.", metavar="AFTER")],
) -> None:
    """Say which AI labels and markings were lost between two versions of a video.

    Exit codes: 0 nothing was lost, 10 something was.

    Example:

      checker compare original.mp4 downloaded.mp4
    """
    from ..label import compare as changes_between

    changes = changes_between(observations(before), observations(after))
    print_changes(changes)
    raise typer.Exit(10 if any(change.outcome == "lost" for change in changes) else 0)


def observations(path: Path) -> tuple[Observation, ...]:
    """What a scan sees in a file.

    Raises:
        MediaError: It cannot be examined.
    """
    from .. import scan
    from ..errors import MediaError

    report = scan(path)
    if report.error:
        raise MediaError(report.error)
    return report.observations


def print_changes(changes: list[Change]) -> None:
    """A table on stdout."""
    from rich.console import Console
    from rich.table import Table

    out = Console(file=sys.stdout, highlight=False)
    if not changes:
        out.print("no label or marking in either version")
        return
    table = Table("outcome", "label or marking", "before", "after", box=None)
    for change in changes:
        style = {"lost": "bold red", "changed": "yellow", "added": "green"}.get(change.outcome, "")
        table.add_row(change.outcome, f"{change.kind}: {change.what}", change.before, change.after, style=style)
    out.print(table)
