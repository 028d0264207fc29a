"""Every format tells the same verdicts; the JSON one follows its published schema and leads back to evidence."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import jsonschema
import pytest

from checker import load_policy
from checker.pipeline import judge
from checker.report import FORMATS, Report, v1, write
from checker.types import Verdict
from tests.evidence import NO_POST, c2pa, evidence, seen

SCHEMA = json.loads(v1.SCHEMA_FILE.read_text())
ERROR = Report("gone.mp4", Verdict.ERROR, error="`gone.mp4` does not exist")


def reports() -> list[Report]:
    packs = [load_policy("tiktok")]
    label = seen("ai_label", 1.0, "declared", at=(0, 2), where="screen", quote="<AI> ]]> \x00=1+1", denied=False)
    return [
        judge("ai.mp4", evidence(c2pa("full")), packs),
        judge("plain.mp4", evidence(), packs),
        judge('=odd,"name".mp4', evidence(c2pa("full"), label, post=NO_POST, speech="failed"), packs),
        ERROR,
    ]


def written(format: str, *found: Report) -> str:
    file = io.StringIO()
    write(found or reports(), file, format)
    return file.getvalue()


def test_json_is_an_object_for_one_and_an_array_for_several_and_both_follow_the_schema() -> None:
    found = json.loads(written("json"))
    assert [r["verdict"] for r in found] == ["reject", "pass", "flag", "error"]
    for report in [*found, json.loads(written("json", ERROR)), *map(json.loads, written("jsonl").splitlines())]:
        jsonschema.validate(report, SCHEMA)


def test_the_schema_refuses_a_report_without_its_holes() -> None:
    report = json.loads(written("json", reports()[0]))
    del report["not_checked"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_a_stored_report_is_judged_again_the_same() -> None:
    for report in reports()[:3]:
        stored = json.loads(json.dumps(v1.to_dict(report)))
        again = judge(report.path, v1.evidence(stored), [load_policy("tiktok")])
        assert json.loads(json.dumps(v1.to_dict(again))) == stored


def test_what_could_not_look_is_in_every_readable_format() -> None:
    odd = reports()[2]
    assert ("speech", "for the test") in odd.not_checked
    assert "speech" in written("text", odd) and "for the test" in written("text", odd)
    assert "no sidecar" in written("text", odd)


def test_text_from_outside_is_neither_markup_nor_an_escape_sequence() -> None:
    label = seen(
        "ai_label", 1.0, "declared", where="caption", quote="[red]no AI[/] \x1b]0;title\x07 was used", denied=True
    )
    text = written("text", judge("[b]x.mp4", evidence(c2pa("full"), label), [load_policy("tiktok")]))
    assert "[red]no AI[/]" in text and "[b]x.mp4" in text
    assert not any(c < " " and c != "\n" for c in text)


def test_text_says_verdict_clause_remedy_and_time() -> None:
    text = written("text", reports()[0])
    for part in ("REJECT", "tt-aigc-label", "https://www.tiktok.com", "fix", "because"):
        assert part in text


def test_csv_has_a_row_per_told_finding_and_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv"))))
    assert {r["path"] for r in rows} == {"ai.mp4", "plain.mp4", '\'=odd,"name".mp4', "gone.mp4"}
    assert next(r for r in rows if r["path"] == "gone.mp4")["error"] == ERROR.error
    assert "tt-aigc-label" in {r["rule"] for r in rows if r["path"] == "ai.mp4"}


def test_junit_counts_failures_and_errors() -> None:
    suites = {s.get("name"): s for s in ElementTree.fromstring(written("junit"))}
    assert int(suites["ai.mp4"].get("failures", 0)) > 0 and suites["plain.mp4"].get("failures") == "0"
    assert suites["gone.mp4"].get("errors") == "1"


def test_sarif_tells_open_from_fail_and_names_its_rules() -> None:
    run = json.loads(written("sarif"))["runs"][0]
    kinds = {(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], r["kind"]) for r in run["results"]}
    assert ("ai.mp4", "fail") in kinds and not any(uri == "plain.mp4" for uri, _ in kinds)
    assert {r["ruleId"] for r in run["results"]} <= {r["id"] for r in run["tool"]["driver"]["rules"]}
    assert run["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_takes_no_reports_and_hostile_text(format: str) -> None:
    hostile = replace(reports()[2], path="\x1b[31m]]>&<\udc80.mp4".encode("utf-8", "replace").decode())
    assert isinstance(written(format, hostile), str)


@pytest.mark.parametrize(
    ("source", "confidence", "told"),
    [("pocketsphinx", 0.5, True), ("whisper", 0.9, False), ("subtitles", 0.95, False), ("keywords", 0.55, False)],
)
def test_a_weak_ear_is_said(source: str, confidence: float, told: bool) -> None:
    said = seen("utterance", confidence, at=(0, 4), text="hello", source=source, language="")
    report = judge("clip.mp4", evidence(said), [load_policy("tiktok")])
    assert ("heard by pocketsphinx, which gets about 50 %" in dict(report.not_checked).get("transcript", "")) is told
