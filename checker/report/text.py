"""For people at a terminal: verdict, findings with times, clause and remedy, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..types import Finding, Judgement, Observation, Outcome, Verdict
from . import Report

STYLE = {
    Verdict.PASS: "bold green",
    Verdict.FLAG: "bold yellow",
    Verdict.REJECT: "bold red",
    Verdict.ERROR: "bold magenta",
}
QUOTE_LENGTH = 100


def write(reports: Iterable[Report], file: TextIO) -> None:
    """Print each report as it comes, then a summary where there are several."""
    console = Console(file=file, highlight=False, soft_wrap=False, width=None if file.isatty() else 100)
    seen: list[Verdict] = []
    for report in reports:
        console.print(render(report))
        seen.append(report.verdict)
    if len(seen) > 1:
        counts = ", ".join(f"{seen.count(v)} {v}" for v in Verdict if v in seen)
        console.print(Text(f"{len(seen)} files: {counts}", style="bold"))


def render(report: Report) -> RenderableType:
    """One report as a rich renderable."""
    head = Text.assemble(
        (report.verdict.upper(), STYLE[report.verdict]), "  ", (plain(report.path).plain, "bold"), _about(report)
    )
    if report.error:
        return Group(head, Padding(plain(report.error), (0, 0, 1, 2)))
    index = {o.id: o for o in report.observations}
    parts: list[RenderableType] = [head]
    parts += [Padding(_judgement(j, index), (0, 0, 0, 2)) for j in report.judgements]
    if report.not_checked:
        parts.append(Padding(_holes(report), (0, 0, 0, 2)))
    return Padding(Group(*parts), (0, 0, 1, 0))


def _about(report: Report) -> Text:
    media = report.media
    if media is None:
        return Text("")
    size = f" {media.width}x{media.height}" if media.width else ""
    return Text(f"  {media.duration_s:.1f} s {media.kind}{size}", style="dim")


def _judgement(judgement: Judgement, index: dict[str, Observation]) -> RenderableType:
    by_outcome = {outcome: [f for f in judgement.findings if f.outcome is outcome] for outcome in Outcome}
    told = [*by_outcome[Outcome.VIOLATED], *by_outcome[Outcome.UNCLEAR]]
    told.sort(key=lambda f: (-f.verdict.rank, f.outcome is Outcome.UNCLEAR))
    satisfied, idle = len(by_outcome[Outcome.SATISFIED]), len(by_outcome[Outcome.NOT_APPLICABLE])
    title = Text.assemble(
        (judgement.verdict, STYLE[judgement.verdict]),
        f"  {judgement.policy} {judgement.version}  ",
        (f"{satisfied} rules satisfied" + (f", {idle} not applicable" if idle else ""), "dim"),
    )
    return Group(title, *(Padding(_finding(f, index), (0, 0, 0, 2)) for f in told))


def _finding(finding: Finding, index: dict[str, Observation]) -> RenderableType:
    mark = "?" if finding.outcome is Outcome.UNCLEAR else "x"
    style = STYLE[finding.verdict] if finding.counts else "dim"
    head = Text.assemble(
        (f"{mark} {finding.verdict}", style), "  ", (finding.title, "bold"), (f"  {finding.rule}", "dim")
    )
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if finding.message:
        table.add_row("", plain(finding.message))
    if finding.because:
        table.add_row("because", plain(", ".join(f"{name} = {_value(v)}" for name, v in finding.because.items())))
    for line in dict.fromkeys(_where(index[e]) for e in finding.evidence if e in index):
        table.add_row("seen", plain(line))
    if finding.estimate_only:
        table.add_row("note", "only an estimate says so, and an estimate alone never rejects")
    for word, reason in (("shadow", "reported, does not count" * finding.shadow), ("suppressed", finding.suppressed)):
        if reason:
            table.add_row(word, plain(reason))
    if finding.clause:
        table.add_row("clause", plain(f"“{finding.clause.text}” {finding.clause.url} (as of {finding.clause.as_of})"))
    if finding.fix:
        table.add_row("fix", plain(finding.fix))
    return Group(head, Padding(table, (0, 0, 0, 2)))


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or '""'


def _where(o: Observation) -> str:
    """What was observed and where, in one line."""
    value = o.value
    words = next(
        (str(value[k]) for k in ("quote", "text", "person", "name", "generator", "state", "key") if value.get(k)), ""
    )
    if o.kind == "c2pa":
        words = ", ".join(
            str(v) for v in (f"manifest {value.get('state')}", f"AI {value.get('ai')}", value.get("signer")) if v
        )
    if said := value.get("networks"):  # of each network, where several judged
        words = ", ".join(f"{name} {_share(row.get('confidence'))}" for name, row in said.items())
    words = words if len(words) <= QUOTE_LENGTH else words[: QUOTE_LENGTH - 1] + "…"
    place = f" in {value['where']}" if value.get("where") else ""
    if o.segment and o.segment.end_s > 0:
        place += f" {clock(o.segment.start_s)}-{clock(o.segment.end_s)}"
    sure = f", {o.confidence:.2f}" if o.confidence < 1 else ""
    if (source := value.get("source")) and source != "subtitles":
        sure += f", heard by {'keyword search' if source == 'keywords' else plain(str(source)).plain}"
    return f"{o.kind}{f' “{words}”' if words else ''}{place} ({o.strength}{sure})"


def _share(confidence: float | None) -> str:
    return "not calibrated" if confidence is None else f"{confidence:.2f}"


_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "�")


def plain(text: str) -> Text:
    """Text from outside as it stands: neither markup nor the escape sequences of a terminal."""
    return Text(text.translate(_CONTROL))


def clock(seconds: float) -> str:
    """``m:ss.s``."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _holes(report: Report) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for what, why in report.not_checked:
        table.add_row(plain(f"- {what}"), plain(why))
    return Group(Text("not checked", style="bold"), table)
