"""`checker compare`: which labels and markings a later version of a video has lost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import guard

if TYPE_CHECKING:
    from ..label import Change


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
    changes = changes_between(before, after)
    print_changes(changes)
    raise typer.Exit(10 if any(change.outcome == "lost" for change in changes) else 0)


def changes_between(before: Path, after: Path) -> list[Change]:
    """Scan both versions and compare what is seen.

    Raises:
        MediaError: One cannot be examined.
    """
    from .. import MediaError, Scanner
    from ..label import compare

    scanner = Scanner()
    reports = [scanner.scan(path) for path in (before, after)]
    if broken := next((report for report in reports if report.error), None):
        raise MediaError(broken.error)
    return compare(reports[0].observations, reports[1].observations)


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
