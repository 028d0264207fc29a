"""SARIF 2.1.0: rules with their clauses, a result per violated or unclear finding.

Source: OASIS SARIF 2.1.0, sections 3.27 (result), 3.27.9 (kind), 3.35 (suppression).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, TextIO

from .. import __version__
from ..types import Finding, Judgement, Outcome, Verdict
from . import Report

_LEVEL = {Verdict.PASS: "note", Verdict.FLAG: "warning", Verdict.REJECT: "error"}


def write(reports: Iterable[Report], file: TextIO) -> None:
    rules: dict[str, dict[str, Any]] = {}
    results: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for report in reports:
        if report.error:
            notes.append({"level": "error", "message": {"text": report.error}, "locations": [_location(report)]})
        for judgement in report.judgements:
            for finding in judgement.findings:
                rules.setdefault(finding.rule, _rule(finding, judgement))
                if finding.outcome in (Outcome.VIOLATED, Outcome.UNCLEAR):
                    results.append(_result(report, finding))
    run = {
        "tool": {"driver": {"name": "checker", "semanticVersion": __version__, "rules": list(rules.values())}},
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": results,
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    json.dump({"$schema": schema, "version": "2.1.0", "runs": [run]}, file, ensure_ascii=False, indent=2)
    file.write("\n")


def _rule(finding: Finding, judgement: Judgement) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": finding.rule,
        "shortDescription": {"text": finding.title},
        "properties": {"policy": judgement.policy, "version": judgement.version},
    }
    if finding.clause:
        rule |= {"fullDescription": {"text": finding.clause.text}, "helpUri": finding.clause.url}
    return rule | ({"help": {"text": finding.fix}} if finding.fix else {})


def _result(report: Report, finding: Finding) -> dict[str, Any]:
    unclear = finding.outcome is Outcome.UNCLEAR
    text = finding.message or finding.title
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "kind": "open" if unclear else "fail",
        "level": "none" if unclear else _LEVEL.get(finding.verdict, "warning"),
        "message": {"text": f"{text}; could not check {', '.join(finding.missing)}" if unclear else text},
        "locations": [_location(report)],
        "properties": {
            "because": dict(finding.because),
            "evidence": list(finding.evidence),
            "verdict": finding.verdict,
        },
    }
    if not finding.counts:
        result["suppressions"] = [{"kind": "external", "justification": finding.suppressed or "shadow rule"}]
    return result


def _location(report: Report) -> dict[str, Any]:
    uri = PurePath(report.path).as_posix()
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}
