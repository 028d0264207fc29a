"""`checker judge`: stored reports, judged again without looking at any media."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import guard
from .scan import FailOn, Format, _write

if TYPE_CHECKING:
    from datetime import date

    from ..policy import Policy
    from ..report import Report


@guard
def judge(
    stored: Annotated[
        list[Path], typer.Argument(help="Reports of `checker scan --format json|jsonl`.", metavar="STORED...")
    ],
    policy: Annotated[
        list[str] | None, typer.Option("--policy", "-p", help="Pack id or file; repeatable. [default: tiktok]")
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f")] = Format.text,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here, not to stdout.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Every detector is required.")] = False,
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 10 or 20 from this verdict on.")] = FailOn.flag,
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Judge as of this day.")] = None,
) -> None:
    """Apply packs to stored reports; no model is loaded and no media is opened.

    Example: checker judge reports.jsonl --policy my-policy.yaml
    """
    from ..policy import load_policy

    policies = [load_policy(p) for p in policy or ["tiktok"]]
    reports = _judged(stored, policies, strict, day.date() if day else None)
    raise typer.Exit(_write(reports, format.value, output, fail_on))


def _judged(stored: list[Path], policies: list[Policy], strict: bool, day: date | None) -> Iterator[Report]:
    from ..errors import UsageError
    from ..pipeline import judge
    from ..report import Report, v1
    from ..types import Verdict

    for path in stored:
        if not path.is_file():
            raise UsageError(f"`{path}` is not a file of stored reports")
        for found in v1.load(path):
            if found.get("error"):
                error = found["error"]
                yield Report(str(found.get("path")), Verdict.ERROR, error=error["message"], error_code=error["code"])
            else:
                yield judge(str(found.get("path")), v1.evidence(found), policies, strict=strict, day=day)
