"""One row per finding that is violated or unclear, and one per file that has none."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from ..types import Outcome
from . import Report

COLUMNS = (
    "path",
    "verdict",
    "policy",
    "rule",
    "outcome",
    "rule_verdict",
    "title",
    "because",
    "missing",
    "clause_url",
    "fix",
    "error",
)


def write(reports: Iterable[Report], file: TextIO) -> None:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    for report in reports:
        told = [
            (j, f) for j in report.judgements for f in j.findings if f.outcome in (Outcome.VIOLATED, Outcome.UNCLEAR)
        ]
        for judgement, finding in told:
            because = "; ".join(f"{name}={value}" for name, value in finding.because.items())
            table.writerow(
                _safe(v)
                for v in (
                    report.path,
                    report.verdict,
                    judgement.policy,
                    finding.rule,
                    finding.outcome,
                    finding.verdict,
                    finding.title,
                    because,
                    "; ".join(finding.missing),
                    finding.clause.url if finding.clause else "",
                    finding.fix,
                    "",
                )
            )
        if not told:
            table.writerow([_safe(report.path), report.verdict, *[""] * (len(COLUMNS) - 3), _safe(report.error)])


def _safe(value: object) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = str(value)
    return "'" + text if text[:1] in "=+-@\t\r" else text
