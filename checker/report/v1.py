"""Schema `checker.report/1`: the frozen JSON shape of a report, apart from the internal types, and the way back.

`v1.schema.json` beside this module is the JSON Schema. Fields may be added; none is renamed or removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import UsageError
from ..facts import Evidence
from ..post import Post
from ..types import (
    Box,
    DetectorRun,
    Fact,
    Finding,
    Judgement,
    MediaInfo,
    Observation,
    RunStatus,
    Segment,
    Strength,
)
from . import Report

SCHEMA = "checker.report/1"
SCHEMA_FILE = Path(__file__).with_name("v1.schema.json")


def to_dict(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "checker", "version": __version__},
        "path": report.path,
        "verdict": report.verdict.value,
        "error": {"message": report.error, "code": report.error_code} if report.error else None,
        "media": _fields(report.media) if report.media else None,
        "post": report.post.to_json(),
        "runs": [_run(run) for run in report.runs],
        "not_checked": [{"what": what, "why": why} for what, why in report.not_checked],
        "observations": [_observation(o) for o in report.observations],
        "facts": {name: _fact(fact) for name, fact in report.facts.items()},
        "policies": [_judgement(j) for j in report.judgements],
    }


def _run(run: DetectorRun) -> dict[str, Any]:
    return _fields(run) | {"status": run.status.value, "seconds": round(run.seconds, 3)}


def _observation(o: Observation) -> dict[str, Any]:
    seen = {
        "id": o.id,
        "kind": o.kind,
        "value": dict(o.value),
        "confidence": round(float(o.confidence), 4),
        "strength": o.strength.value,
        "segment": [round(o.segment.start_s, 3), round(o.segment.end_s, 3)] if o.segment else None,
        "box": [round(v, 4) for v in (o.box.x0, o.box.y0, o.box.x1, o.box.y1)] if o.box else None,
    }
    return seen | {"pictures": list(o.pictures)} if o.pictures else seen


def _fact(fact: Fact) -> dict[str, Any]:
    if fact.unknown:
        return {"unknown": fact.unknown, "evidence": list(fact.evidence)}
    strength = fact.strength.value if fact.strength else None
    return {"value": fact.value, "strength": strength, "evidence": list(fact.evidence)}


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "id": judgement.policy,
        "version": judgement.version,
        "title": judgement.title,
        "sha256": judgement.sha256,
        "verdict": judgement.verdict.value,
        "findings": [_finding(f) for f in judgement.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    clause = _fields(finding.clause) if finding.clause else None
    return _fields(finding) | {"outcome": finding.outcome.value, "verdict": finding.verdict.value, "clause": clause}


def _fields(value: Any) -> dict[str, Any]:
    """Fields of a flat dataclass, without the deep copies of `dataclasses.asdict`."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def evidence(report: Mapping[str, Any]) -> Evidence:
    """What a stored report holds for judging it again.

    Raises:
        UsageError: It is no report of this schema, or of a file that could not be examined.
    """
    if report.get("schema") != SCHEMA:
        raise UsageError(f"not a report of schema `{SCHEMA}` but of `{report.get('schema')}`; scan the file again")
    if report.get("media") is None:
        raise UsageError(f"`{report.get('path')}` could not be examined when it was scanned; scan it again")
    try:
        return Evidence(
            MediaInfo(**report["media"]),
            Post.from_json(report["post"]),
            tuple(_seen(o) for o in report["observations"]),
            tuple(_ran(run) for run in report["runs"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the report of `{report.get('path')}` is damaged ({error!r}); scan the file again") from error


def _seen(o: Mapping[str, Any]) -> Observation:
    return Observation(
        o["id"],
        o["kind"],
        o["value"],
        o["confidence"],
        Strength(o["strength"]),
        Segment(*o["segment"]) if o["segment"] else None,
        Box(*o["box"]) if o["box"] else None,
        pictures=tuple(o.get("pictures", ())),
    )


def _ran(run: Mapping[str, Any]) -> DetectorRun:
    tuples = {key: tuple(run[key]) for key in ("weights", "emits", "needs")}
    return DetectorRun(**{**run, **tuples, "status": RunStatus(run["status"])})


Stored = tuple[str, int, str]
"""Name of a file of reports, line in it, and the text of one report."""


def stored(path: Path) -> Iterator[Stored]:
    """The reports of a `.jsonl` file line by line, unparsed, or those of a `.json` file (one or an array)."""
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            yield from ((str(path), number, line) for number, line in enumerate(lines, 1) if line.strip())
        return
    found = parse((str(path), 1, path.read_text(encoding="utf-8")))
    for report in found if isinstance(found, list) else [found]:
        yield str(path), 1, json.dumps(report)


def load(path: Path) -> Iterator[dict[str, Any]]:
    """The reports of `stored`, parsed.

    Raises:
        UsageError: One cannot be read as such; names file, line and column.
    """
    return map(parse, stored(path))


def parse(report: Stored) -> Any:
    """One report of `stored` as JSON values."""
    path, line, text = report
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{line + error.lineno - 1}:{error.colno}"
        raise UsageError(f"`{path}`:{place}: not a stored report: {error.msg}") from error
