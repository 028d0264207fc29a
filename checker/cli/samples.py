"""`checker samples`: scan the sample clips and hold the verdicts against what is expected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, guard

if TYPE_CHECKING:
    from ..pipeline import Scanner
    from ..report import Report


@guard
def samples(
    folder: Annotated[Path, typer.Argument(help="Folder of sample folders, each with expected.json.")] = Path(
        "samples"
    ),
) -> None:
    """Scan every sample and print clip, verdict, rules and the expected verdict; exit 1 if one is not as expected."""
    from rich.console import Console
    from rich.table import Table

    from ..errors import NoInputError

    cases = sorted(folder.glob("*/expected.json"))
    if not cases:
        raise NoInputError(f"no `*/expected.json` in `{folder}`; run this from a checkout, or name the folder")
    table = Table("clip", "verdict", "rules that are violated or unclear", "expected", "", box=None)
    wrong = 0
    with console.status("loading") as status:
        for case in cases:
            status.update(f"scanning {case.parent.name}")
            expected = json.loads(case.read_text(encoding="utf-8"))
            report = _scan(case.parent, expected.get("options", []), folder.parent)
            outcomes = _outcomes(report)
            off = {
                rule: outcomes.get(rule) for rule, outcome in expected["rules"].items() if outcomes.get(rule) != outcome
            }
            good = report.verdict == expected["verdict"] and not off
            wrong += not good
            mark = "[green]as expected[/]" if good else f"[bold red]not as expected[/] {off or ''}"
            table.add_row(case.parent.name, report.verdict, report.error or _told(outcomes), expected["verdict"], mark)
    Console(width=None if Console().is_terminal else 160).print(table)
    console.print(f"{len(cases) - wrong} of {len(cases)} as expected")
    raise typer.Exit(1 if wrong else 0)


_scanners: dict[tuple[str, ...], Scanner] = {}


def _scan(case: Path, options: list[str], root: Path) -> Report:
    """One scanner per set of options, so that weights are loaded as seldom as possible."""
    from ..batch import SUFFIXES
    from ..detector import Settings
    from ..errors import UsageError
    from ..gallery import Gallery
    from ..pipeline import Scanner

    if tuple(options) not in _scanners:
        given = dict(zip(options[::2], options[1::2], strict=True))
        if given.keys() - {"--gallery"}:
            raise UsageError(f"`{case}/expected.json`: only `--gallery` can be an option of a sample")
        gallery = Gallery.open(root / given["--gallery"]) if given else None
        _scanners[tuple(options)] = Scanner(["tiktok"], Settings(gallery))
    clip = next(p for p in sorted(case.glob("clip.*")) if p.suffix in SUFFIXES)
    return _scanners[tuple(options)].scan(clip)


def _outcomes(report: Report) -> dict[str, str]:
    return {f.rule: f.outcome.value for j in report.judgements for f in j.findings}


def _told(outcomes: dict[str, str]) -> str:
    """Rules that are violated, then those that are unclear."""
    violated = [rule for rule, outcome in outcomes.items() if outcome == "violated"]
    return ", ".join(violated + [f"{rule} ?" for rule, outcome in outcomes.items() if outcome == "unclear"])
