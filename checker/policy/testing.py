"""Tests of packs: ``tests/<id>.yaml`` holds cases, facts with the verdict and the outcomes that they must lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import PolicyError
from ..facts import Field, Vocabulary
from ..types import Facts, Judgement, Outcome
from .document import accept
from .evaluate import evaluate
from .load import validated
from .pack import Policy
from .schema import CasesModel
from .source import Node, Source, nearest

COVERED = (Outcome.VIOLATED, Outcome.SATISFIED, Outcome.UNCLEAR)
"""What every rule has to be tested in."""


@dataclass(frozen=True, slots=True)
class Case:
    """Facts and what is expected of them."""

    name: str
    facts: Facts
    verdict: str
    outcomes: Mapping[str, str]
    day: date | None
    line: int


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case that was run; `failures` is empty where it passed."""

    case: Case
    judgement: Judgement
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestRun:
    """All cases of a pack, and what they leave untested."""

    policy: Policy
    path: str
    results: tuple[CaseResult, ...]
    untested: tuple[str, ...]
    """``rule: no case in which it is unclear``."""

    @property
    def passed(self) -> bool:
        return not self.untested and all(not result.failures for result in self.results)


def cases_path(policy: Policy) -> Path:
    """Where the cases of a pack belong: ``tests/<name>.yaml`` beside it."""
    path = Path(policy.path)
    return path.parent / "tests" / f"{path.stem}.yaml"


def load_cases(path: Path, policy: Policy) -> tuple[Case, ...]:
    """The cases of a file.

    Raises:
        PolicyError: It is wrong, or names facts, values or rules that do not exist.
    """
    if not path.is_file():
        raise PolicyError(f"{path}:1:1: there are no cases; write one per rule and outcome (`checker policy test`)")
    source = Source.read(path)
    root = source.parse()
    model = validated(CasesModel, root, source)
    reader = _Reader(source, policy.vocabulary)
    base = reader.facts(root, "base")
    found: list[Case] = []
    if model and model.policy != policy.id:
        source.problem(root.at(["policy"]), f"the cases are for `{model.policy}`, the pack is `{policy.id}`")
    for i, case in enumerate(model.cases if model else ()):
        node = root.at(["cases", i])
        rules = node.value.get("rules")
        for rule in case.rules:
            if rule not in {r.id for r in policy.rules}:
                source.problem(rules.keys[rule], f"no rule `{rule}`", nearest(rule, (r.id for r in policy.rules)))
        firm = {**base, **reader.facts(node, "facts")}
        full = {**firm, **reader.facts(node, "estimates")}
        facts = Facts(full=_nested(full), firm=_nested(firm)) if case.estimates else Facts.known(_nested(firm))
        found.append(Case(case.name, facts, case.verdict, case.rules, case.date or _day(model), node.line + 1))
    source.check()
    return tuple(found)


def _day(model: CasesModel | None) -> date | None:
    return model.date if model else None


def run_cases(policy: Policy, path: Path | None = None) -> TestRun:
    """Run the cases of a pack, and find out which rules they do not try in all three ways."""
    path = path or cases_path(policy)
    results = tuple(_run(policy, case) for case in load_cases(path, policy))
    tried = {
        (finding.rule, finding.outcome)
        for result in results
        for finding in result.judgement.findings
        if result.case.outcomes.get(finding.rule) == finding.outcome
    }
    untested = [
        f"{rule.id}: no case in which it is {outcome}"
        for rule in policy.rules
        for outcome in COVERED
        if (rule.id, outcome) not in tried
    ]
    return TestRun(policy, str(path), results, tuple(untested))


def _run(policy: Policy, case: Case) -> CaseResult:
    judgement = evaluate(policy, case.facts, date=case.day)
    failures = [] if judgement.verdict == case.verdict else [f"verdict is {judgement.verdict}, not {case.verdict}"]
    for finding in judgement.findings:
        wanted = case.outcomes.get(finding.rule)
        if wanted and finding.outcome != wanted:
            why = ", ".join(f"{k}={v}" for k, v in finding.because.items()) or ", ".join(finding.missing)
            failures.append(f"{finding.rule} is {finding.outcome}, not {wanted} ({why})")
    if judgement.verdict != case.verdict:
        counted = [f"{f.rule} {f.outcome}" for f in judgement.findings if f.verdict == judgement.verdict and f.counts]
        failures[0] += f" ({', '.join(counted)})" if counted else ""
    return CaseResult(case, judgement, tuple(failures))


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """``{"label.present": True}`` as ``{"label": {"present": True}}``; null drops a fact."""
    out: dict[str, Any] = {}
    for name, value in flat.items():
        group, _, key = name.partition(".")
        if value is not None:
            if key:
                out.setdefault(group, {})[key] = value
            else:
                out[group] = value
    return out


class _Reader:
    """Facts by name, checked against the vocabulary."""

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self.source, self.vocabulary = source, vocabulary
        self.rows = dict(vocabulary)

    def facts(self, owner: Node, key: str) -> dict[str, Any]:
        node = owner.value.get(key) if isinstance(owner.value, dict) else None
        if node is None or not isinstance(node.value, dict):
            return {}
        for name, value in node.value.items():
            if name in self.vocabulary.lists:
                self._items(name, value)
            elif name in self.rows:
                self._fits(name, self.rows[name], value)
            else:
                known: Iterable[str] = (*self.rows, *self.vocabulary.lists)
                self.source.problem(node.keys[name], f"unknown fact `{name}`", nearest(name, known))
        return {name: value.plain() for name, value in node.value.items()}

    def _items(self, name: str, node: Node) -> None:
        if node.value is None:
            return
        if not isinstance(node.value, list):
            self.source.problem(node, f"`{name}` is a list of items", "`- {kind: private, synthetic: true}`")
            return
        for item in node.value:
            if not isinstance(item.value, dict):
                self.source.problem(item, f"an item of `{name}` has `fact: value` pairs")
                continue
            for key, value in item.value.items():
                if row := self.vocabulary.lists[name].get(key):
                    self._fits(f"{name}[].{key}", row, value)
                else:
                    hint = nearest(key, self.vocabulary.lists[name])
                    self.source.problem(item.keys[key], f"unknown fact `{name}[].{key}`", hint)

    def _fits(self, name: str, row: Field, node: Node) -> None:
        value = node.plain()
        if value is not None and accept(row)(value) is None:
            hint = nearest(node.text, row.values) if row.values else f"it is of type {row.type}"
            self.source.problem(node, f"`{node.text or value}` is not a value of `{name}`", hint)
