"""JUnit XML: a suite per file, a case per rule; violated fails, unclear is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TextIO
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from ..types import Finding, Outcome
from . import Report

# Characters that XML 1.0 cannot hold; a file name or caption may contain them.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(reports: Iterable[Report], file: TextIO) -> None:
    root = Element("testsuites", name="checker")
    for report in reports:
        suite = SubElement(root, "testsuite", name=_text(report.path))
        if report.error:
            case = SubElement(suite, "testcase", name="examined", classname=_text(report.path))
            SubElement(case, "error", message=_text(report.error))
        for judgement in report.judgements:
            for finding in judgement.findings:
                case = SubElement(suite, "testcase", name=finding.rule, classname=judgement.policy)
                _outcome(case, finding)
        suite.set("tests", str(len(suite)))
        for tag in ("failure", "error", "skipped"):
            suite.set({"failure": "failures", "error": "errors"}.get(tag, tag), str(len(suite.findall(f"*/{tag}"))))
    indent(root)
    ElementTree(root).write(file, encoding="unicode", xml_declaration=True)
    file.write("\n")


def _outcome(case: Element, finding: Finding) -> None:
    detail = "; ".join(f"{name}={value}" for name, value in finding.because.items())
    if finding.outcome is Outcome.NOT_APPLICABLE or not finding.counts:
        SubElement(
            case, "skipped", message=_text(finding.suppressed or ("shadow" if finding.shadow else "not applicable"))
        )
    elif finding.outcome is Outcome.VIOLATED:
        SubElement(case, "failure", type=finding.verdict, message=_text(finding.message or finding.title)).text = _text(
            detail
        )
    elif finding.outcome is Outcome.UNCLEAR:
        missing = _text("could not check " + ", ".join(finding.missing))
        SubElement(case, "error", type=finding.verdict, message=missing)


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
