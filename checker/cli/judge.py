"""`checker judge`: stored reports, judged again without looking at any media."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import guard
from .scan import FailOn, Format, _write

if TYPE_CHECKING:
    from datetime import date

    from ..policy import Policy
    from ..report import Report, v1


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
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Worker processes.")] = 1,
    brief: Annotated[
        bool,
        typer.Option("--brief", help="Verdicts and outcomes alone, no reasons and no facts: for very many reports."),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Every detector is required.")] = False,
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 10 or 20 from this verdict on.")] = FailOn.flag,
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Judge as of this day.")] = None,
) -> None:
    """Apply packs to stored reports; no model is loaded and no media is opened.

    Example: checker judge reports.jsonl --policy my-policy.yaml
    """
    reports = _judged(stored, tuple(policy or ["tiktok"]), strict, day.date() if day else None, brief, jobs)
    raise typer.Exit(_write(reports, format.value, output, fail_on))


def _judged(
    stored: list[Path], policies: tuple[str, ...], strict: bool, day: date | None, brief: bool, jobs: int
) -> Iterator[Report]:
    """Reports in the order in which they are stored; line by line, so that a million of them fit."""
    from ..errors import UsageError
    from ..policy import load_policy
    from ..report import v1

    for policy in policies:  # a wrong policy or file is said before anything is judged
        load_policy(policy)
    for path in stored:
        if not path.is_file():
            raise UsageError(f"`{path}` is not a file of stored reports")
    found = (report for path in stored for report in v1.stored(path))
    one = partial(_one, policies, strict, day, brief)
    if jobs == 1:
        yield from map(one, found)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(one, found, chunksize=64)


def _one(policies: tuple[str, ...], strict: bool, day: date | None, brief: bool, stored: v1.Stored) -> Report:
    from ..pipeline import judge
    from ..report import Report, v1
    from ..types import Verdict

    found = v1.parse(stored)
    if error := found.get("error"):
        return Report(str(found.get("path")), Verdict.ERROR, error=error["message"], error_code=error["code"])
    packs = [_policy(policy) for policy in policies]
    report = judge(str(found.get("path")), v1.evidence(found), packs, strict=strict, day=day, explain=not brief)
    return replace(report, observations=(), facts={}, runs=()) if brief else report


@cache
def _policy(source: str) -> Policy:
    from ..policy import load_policy

    return load_policy(source)
