"""`checker policy`: list, show, facts, check, test, diff, schema."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import PolicyError, UsageError
from ..facts import FACTS
from ..policy import list_policies, load_policy
from . import guard

if TYPE_CHECKING:
    from ..policy.diff import Change
    from ..policy.testing import TestRun

app = typer.Typer(no_args_is_help=True, help="Policy packs: list, show, facts, check, test, diff, schema.")

Pack = Annotated[str, typer.Argument(help="Id of a shipped pack, or a YAML file.")]
DIFFERENT = 10
"""Exit code of `diff` where something changes."""


class Format(StrEnum):
    """How to print."""

    TEXT = "text"
    JSON = "json"


@app.command("list")
@guard
def show_list(format_: Annotated[Format, typer.Option("--format", help="text or json")] = Format.TEXT) -> None:
    """The shipped packs."""
    packs = list_policies()
    if format_ is Format.JSON:
        rows = [{"id": p.id, "title": p.title, "version": p.version, "rules": list(p.rules)} for p in packs]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for pack in packs:
        typer.echo(f"{pack.id:22} {pack.version:12} {len(pack.rules):3} rules  {pack.title}")


@app.command()
@guard
def show(policy: Pack) -> None:
    """A pack as a page that people read (Markdown)."""
    from ..policy.page import page

    typer.echo(page(load_policy(policy)), nl=False)


@app.command()
@guard
def facts(format_: Annotated[Format, typer.Option("--format", help="text or json")] = Format.TEXT) -> None:
    """Every fact that a rule may name."""
    if format_ is Format.JSON:
        rows = [{"fact": n, "type": r.type, "doc": r.doc, "values": list(r.values)} for n, r in FACTS]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for name, row in FACTS:
        values = f" ({', '.join(row.values)})" if row.values else ""
        typer.echo(f"{name:28} {row.type:8} {row.doc}{values}")


@app.command()
@guard
def check(policies: Annotated[list[str], typer.Argument(help="Ids or YAML files.")]) -> None:
    """Check packs; every mistake is shown with its line and column. Exit 2 where there is one."""
    wrong = []
    for name in policies:
        try:
            policy = load_policy(name)
        except PolicyError as error:
            wrong.append(str(error))
        else:
            typer.echo(f"{name}: {len(policy.rules)} rules, {len(policy.facts)} facts, no mistakes")
    if wrong:
        raise PolicyError("\n".join(wrong))


@app.command()
@guard
def test(
    policies: Annotated[list[str], typer.Argument(help="Ids or YAML files; all shipped packs where none.")] = [],  # noqa: B006
    cases: Annotated[Path | None, typer.Option(help="The cases; default `tests/<name>.yaml` beside the pack.")] = None,
) -> None:
    """Run the cases of packs. Every rule needs one in which it is violated, one satisfied, one unclear.

    Exit 1 where a case fails or a rule is not tried in all three.
    """
    from ..policy.testing import run_cases

    if cases is not None and len(policies) != 1:
        raise UsageError("`--cases` goes with one policy")
    runs = [run_cases(load_policy(name), cases) for name in policies or [p.id for p in list_policies()]]
    for run in runs:
        _told(run)
    if not all(run.passed for run in runs):
        raise typer.Exit(1)


def _told(run: TestRun) -> None:
    failed = [result for result in run.results if result.failures]
    for result in failed:
        typer.echo(f"{run.path}:{result.case.line}: {result.case.name}")
        for failure in result.failures:
            typer.echo(f"    {failure}")
    for line in run.untested:
        typer.echo(f"{run.path}: {line}")
    mark = "ok" if run.passed else "FAILED"
    typer.echo(
        f"{mark}: {run.policy.id}, {len(run.results)} cases of {len(run.policy.rules)} rules, {len(failed)} failed"
    )


@app.command()
@guard
def diff(
    old: Pack,
    new: Pack,
    on: Annotated[list[Path], typer.Option("--on", help="Stored reports, .json or .jsonl; repeatable.", exists=True)],
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Judge as of a day.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="text or json")] = Format.TEXT,
) -> None:
    """Which verdicts change from one pack to another over stored reports, and by which rule. Exit 10 where any does."""
    moved: Counter[str] = Counter()
    total, rows = 0, []
    for change in _changes(old, new, on, day.date() if day else None):
        total += 1
        if not change.rules and not change.verdict_changes:
            continue
        moved[f"{change.before} -> {change.after}"] += 1
        if format_ is Format.JSON:
            rules = [{"rule": r.rule, "before": r.before, "after": r.after} for r in change.rules]
            rows.append({"id": change.id, "before": change.before, "after": change.after, "rules": rules})
            continue
        typer.echo(f"{change.id}: {change.before} -> {change.after}")
        for rule in change.rules:
            typer.echo(f"    {rule.rule}: {rule.before or 'no such rule'} -> {rule.after or 'no such rule'}")
    if format_ is Format.JSON:
        typer.echo(json.dumps({"reports": total, "changes": rows}, indent=2, ensure_ascii=False))
    else:
        counts = ", ".join(f"{count} {what}" for what, count in sorted(moved.items())) or "nothing changes"
        typer.echo(f"{total} reports: {counts}")
    if moved:
        raise typer.Exit(DIFFERENT)


def _changes(old: str, new: str, stored: list[Path], day: date | None) -> Iterator[Change]:
    """Both packs over every stored report, each by its own bands and required looks."""
    from ..pipeline import judge
    from ..policy.diff import compare
    from ..report import v1

    packs = (load_policy(old), load_policy(new))
    for path in stored:
        for report in v1.load(path):
            if report.get("media") is not None:
                before, after = judge(report["path"], v1.evidence(report), packs, day=day).judgements
                yield compare(report["path"], before, after)


@app.command()
@guard
def schema() -> None:
    """JSON Schema of a pack, for editors."""
    from ..policy.schema import json_schema

    typer.echo(json.dumps(json_schema(FACTS), indent=2, ensure_ascii=False))
