"""A pack and the vocabulary as pages that people read: Markdown, which is readable as text too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..facts import Vocabulary
from .pack import Policy, Rule


def page(policy: Policy) -> str:
    """The whole pack."""
    lines = [f"# {policy.title}", "", f"Pack `{policy.id}`, rules of {policy.version}, sha256 `{policy.sha256[:16]}`."]
    if policy.description:
        lines += ["", policy.description.strip()]
    lines += ["", f"Looks that are required: {', '.join(policy.requires) or 'none'}. Unknown: {policy.on_unknown}."]
    if policy.bands:
        bands = (f"{kind} [{low:g}, {high:g}]" for kind, (low, high) in policy.bands.items())
        lines.append(f"Bands, false below and true from: {', '.join(bands)}.")
    for rule in policy.rules:
        lines += ["", *_rule(rule)]
    for one in policy.suppressions:
        lines += ["", f"Suppressed: `{one.rule}`: {one}."]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"## {rule.id}: {rule.title}"
    yield ""
    marks = [str(rule.verdict), f"unclear: {rule.on_unknown}"]
    marks += [rule.severity] if rule.severity else []
    marks += ["shadow, never counts"] if rule.shadow else []
    marks += ["an estimate may reject"] if rule.estimates_may_reject else []
    marks += [f"from {rule.from_day}"] if rule.from_day else []
    marks += [f"until {rule.until_day}"] if rule.until_day else []
    yield f"- **verdict**: {', '.join(marks)}"
    for key, word in (("when", "violated when"), ("applies_when", "applies when"), ("unless", "unless it is known")):
        if key in rule.written:
            yield f"- **{word}**: {condition(rule.written[key])}"
    for word, text in (("means", rule.message), ("fix", rule.fix), ("if unclear", rule.ask)):
        if text:
            yield f"- **{word}**: {text}"
    if clause := rule.clause:
        text = " ".join(clause.text.split())
        yield f"- **clause**: “{text}” <{clause.url}>, read {clause.as_of}, confidence {clause.confidence}"


def condition(written: Any) -> str:
    """A condition in one line."""
    if isinstance(written, str):
        return f"`{' '.join(written.split())}`"
    ((key, value),) = written.items()
    if key in ("all", "any"):
        return "(" + f" {'and' if key == 'all' else 'or'} ".join(condition(part) for part in value) + ")"
    if key == "not":
        return f"not {condition(value)}"
    shown = value if isinstance(value, list) else [value]
    return f"`{key}` is {' or '.join(_literal(v) for v in shown)}"


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def facts_page(vocabulary: Vocabulary) -> str:
    """Every fact that a rule may name."""
    lines = ["| fact | type | what it says | values |", "|---|---|---|---|"]
    for name, row in vocabulary:
        lines.append(f"| `{name}` | {row.type} | {row.doc} | {', '.join(row.values)} |")
    return "\n".join(lines) + "\n"
