"""A YAML file -> Policy, or PolicyError with every mistake: ``file:line:column: message``, line, caret, hint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from ..errors import PolicyError
from ..facts import FACTS, KINDS, Field, Vocabulary
from ..types import Clause, Verdict
from .document import Reader, accept
from .expression import Both, Not, names, walk
from .expression import Node as Condition
from .language import all_of, language, one_of
from .pack import Policy, PolicyInfo, Rule, Suppression
from .schema import PolicyModel, RuleModel, SuppressionModel, SuppressionsModel
from .source import Node, Source, nearest

MAX_TREE = 8
MAX_CONDITION_NODES = 400
BANDED = {*KINDS, "likeness", "text_estimate"}
M = TypeVar("M", bound=BaseModel)


def load_policy(source: str | Path, *, vocabulary: Vocabulary = FACTS) -> Policy:
    """The pack with this id, or the pack in this file.

    Raises:
        PolicyError: There is none, or it is wrong: one ``file:line:column: message`` per mistake.
    """
    return load_source(Source.read(find(source)), vocabulary)


def loads(text: str, name: str = "policy.yaml", vocabulary: Vocabulary = FACTS) -> Policy:
    """The pack in a text.

    Raises:
        PolicyError: It is wrong.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PolicyError(f"{name}:1:1: a character that no text can hold") from error
    return load_source(Source.decode(data, name), vocabulary)


def load_source(source: Source, vocabulary: Vocabulary) -> Policy:
    root = source.parse()
    model = validated(PolicyModel, root, source)
    builder = _Builder(source, vocabulary)
    policy = builder.policy(root, model)
    source.check()
    assert policy is not None
    return policy


def folder() -> Path:
    """Where the shipped packs are: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return next((p for p in (package / "policies", package.parent / "policies") if p.is_dir()), package / "policies")


def find(source: str | Path) -> Path:
    """The file of a pack, by id or by path."""
    name = str(source)
    if isinstance(source, str) and re.fullmatch(r"[a-z0-9-]{1,64}", name):
        shipped = folder() / f"{name}.yaml"
        if shipped.is_file():
            return shipped
    if Path(name).is_file():
        return Path(name)
    hint = nearest(Path(name).stem, (p.stem for p in folder().glob("*.yaml")))
    raise PolicyError(f"policy `{name}` not found; {hint or 'no such file or shipped pack'} (`checker policy list`)")


def list_policies() -> list[PolicyInfo]:
    """The shipped packs, in alphabetical order; conditions are not checked."""
    found = []
    for path in sorted(folder().glob("*.yaml")):
        source = Source.read(path)
        model = validated(PolicyModel, source.parse(), source)
        source.check()
        assert model is not None
        rules = tuple(rule.id for rule in model.rules)
        found.append(PolicyInfo(model.policy, model.title, model.version, rules, str(path)))
    return found


def load_suppressions(path: str | Path, *, vocabulary: Vocabulary = FACTS) -> tuple[Suppression, ...]:
    """Suppressions from a file of their own.

    Raises:
        PolicyError: It is wrong.
    """
    source = Source.read(Path(path))
    root = source.parse()
    model = validated(SuppressionsModel, root, source)
    builder = _Builder(source, vocabulary)
    found = builder.suppressions(root, model.suppressions) if model else ()
    source.check()
    return found


def validated(kind: type[M], root: Node, source: Source) -> M | None:
    """The document as a model; None, with problems noted, where its shape is wrong."""
    if not isinstance(root.value, dict):
        source.problem(root, "expected `key: value` lines", "`checker policy show tiktok` shows a whole pack")
        return None
    try:
        return kind.model_validate(root.plain())
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            _report(kind, root, source, one)
        return None


def _report(kind: type[BaseModel], root: Node, source: Source, error: Any) -> None:
    """One pydantic error where it is written."""
    path = [step for step in error["loc"] if step != "[key]"]
    node, context = root.at(path), error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            owner = root.at(path[:-1])
            keys = _model_at(kind, path[:-1]).model_fields
            source.problem(owner.keys.get(str(path[-1]), owner), f"unknown key `{path[-1]}`", nearest(path[-1], keys))
        case "missing":
            source.problem(node, f"`{path[-1]}` is missing")
        case "literal_error":
            expected = re.findall(r"'(\w+)'", context.get("expected", ""))
            hint = nearest(str(node.value), expected)
            if path[-1] == "on_unknown" and node.value == "pass":
                hint = "unknown is never pass; a rule that only watches has `mode: shadow`"
            source.problem(node, f"`{node.text or node.kind}` is not a value of `{path[-1]}`", hint)
        case "string_pattern_mismatch":
            hint = "lower-case words joined by `-`" if path[-1] in ("id", "policy", "rule") else ""
            hint = "it has to start with https:// or http://" if path[-1] == "url" else hint
            source.problem(node, f"`{node.text[:80]}` does not fit `{path[-1]}`", hint)
        case "string_type":
            source.problem(node, f"`{path[-1]}` has to be text", "put it in quotes" if node.kind == "value" else "")
        case _:
            source.problem(node, f"`{path[-1] if path else ''}`: {error['msg'][:1].lower()}{error['msg'][1:]}")


def _model_at(kind: type[BaseModel], path: Iterable[str | int]) -> type[BaseModel]:
    """The model that describes a place in the document."""
    for step in path:
        if isinstance(step, str) and step in kind.model_fields:
            annotation = kind.model_fields[step].annotation
            models = [a for a in (annotation, *get_args(annotation)) if isinstance(a, type)]
            kind = next((a for a in models if issubclass(a, BaseModel)), kind)
    return kind


class _Builder:
    """Conditions, references and bounds of a pack whose shape may be right or not."""

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self.source, self.vocabulary = source, vocabulary
        self.language = language(vocabulary)

    def policy(self, root: Node, model: PolicyModel | None) -> Policy | None:
        everywhere = self._optional(root, "applies_when")
        seen: dict[str, Node] = {}
        nodes = root.value.get("rules") if isinstance(root.value, dict) else None
        rules: list[Rule] = []
        for i, node in enumerate(nodes.value if nodes and isinstance(nodes.value, list) else ()):
            when, applies = self._optional(node, "when"), all_of(everywhere, self._optional(node, "applies_when"))
            unless = self._optional(node, "unless")
            if isinstance(node.value, dict) and (name := node.value.get("id")) and name.kind == "value":
                if name.text in seen:
                    self.source.problem(name, f"rule `{name.text}` exists already", f"line {seen[name.text].line + 1}")
                seen[name.text] = name
            if model and when:
                rules.append(self._rule(node, model, model.rules[i], (when, applies, unless), root))
        if model is None or self.source.problems:
            return None
        self._bands(root, model)
        suppressions = self.suppressions(root, model.suppressions, {rule.id for rule in rules})
        facts = frozenset().union(*(rule.facts for rule in rules))
        read_too = [names(s.when) for s in suppressions if s.when]
        text = self.source.text
        return Policy(
            model.policy,
            model.version,
            model.title,
            self.source.sha256,
            tuple(dict.fromkeys(model.requires)),
            dict(model.bands),
            Verdict(model.on_unknown),
            tuple(rules),
            facts,
            self.vocabulary,
            Reader(self.vocabulary, facts.union(*read_too)),
            model.description or "",
            model.mode,
            suppressions,
            text,
            self.source.name,
        )

    def _rule(
        self,
        node: Node,
        pack: PolicyModel,
        rule: RuleModel,
        conditions: tuple[Condition, Condition | None, Condition | None],
        root: Node,
    ) -> Rule:
        if rule.clause and rule.clause.confidence == "low" and "reject" in (rule.verdict, rule.on_unknown):
            hint = "a clause of low confidence flags, or the rule has `mode: shadow`"
            self.source.problem(node.at(["clause", "confidence"]), "a clause of low confidence never rejects", hint)
        days = (rule.in_force_from, rule.in_force_until)
        if days[0] and days[1] and days[0] > days[1]:
            self.source.problem(node.at(["in_force_until"]), "`in_force_until` is before `in_force_from`")
        clause = rule.clause
        written = {key: node.value[key].plain() for key in ("when", "applies_when", "unless") if key in node.value}
        if "applies_when" in root.value:
            general = root.value["applies_when"].plain()
            written["applies_when"] = (
                {"all": [general, written["applies_when"]]} if "applies_when" in written else general
            )
        return Rule(
            rule.id,
            rule.title,
            conditions[0],
            Verdict(rule.verdict),
            Verdict(rule.on_unknown or pack.on_unknown),
            *conditions[1:],
            *days,
            clause=Clause(clause.text, clause.url, clause.as_of.isoformat(), clause.confidence) if clause else None,
            message=rule.message or "",
            fix=rule.fix or "",
            ask=rule.ask or "",
            severity=rule.severity or "",
            shadow="shadow" in (rule.mode, pack.mode),
            estimates_may_reject=rule.estimates_may_reject,
            facts=frozenset().union(*(names(c) for c in conditions if c is not None)),
            written=written,
            line=node.line + 1,
        )

    def _bands(self, root: Node, model: PolicyModel) -> None:
        for kind, (low, high) in model.bands.items():
            node = root.value["bands"]
            if kind not in BANDED:
                self.source.problem(node.keys[kind], f"unknown kind of observation `{kind}`", nearest(kind, BANDED))
            if low > high:
                self.source.problem(node.value[kind], f"the band of `{kind}` is upside down", "[low, high]")

    def suppressions(
        self, root: Node, models: Iterable[SuppressionModel], rules: Iterable[str] | None = None
    ) -> tuple[Suppression, ...]:
        """Suppressions under the key `suppressions`; `rules`: those that exist, where known."""
        found = []
        for i, model in enumerate(models):
            node = root.at(["suppressions", i])
            when = self._optional(node, "when")
            if rules is not None and model.rule not in set(rules):
                self.source.problem(node.at(["rule"]), f"no rule `{model.rule}`", nearest(model.rule, rules))
            found.append(Suppression(model.rule, model.reason, model.owner, model.until, model.policy or "", when))
        return tuple(found)

    def _optional(self, node: Node, key: str) -> Condition | None:
        if not isinstance(node.value, dict) or key not in node.value:
            return None
        found = self.condition(node.value[key])
        if found is not None and not names(found):
            self.source.problem(node.value[key], "the condition names no fact, so it is always the same")
        if found is not None and len(walk(found)) > MAX_CONDITION_NODES:
            self.source.problem(node.value[key], "the condition is too large", "make several rules of it")
        return found

    def condition(self, node: Node, depth: int = 0) -> Condition | None:
        """A condition of any form; None, with problems noted, where it is wrong."""
        expected = "`all:`, `any:`, `not:`, `fact: value`, or a CEL expression in text"
        if depth > MAX_TREE:
            self.source.problem(node, f"nested deeper than {MAX_TREE}", "make several rules of it")
            return None
        if isinstance(node.value, str):
            return self.language.compile(
                node.value, lambda message, hint, offset: self.source.problem(node, message, hint, offset)
            )
        if not isinstance(node.value, dict):
            hint = "join a list with `all:` or `any:`" if isinstance(node.value, list) else ""
            self.source.problem(node, f"expected a condition: {expected}", hint)
            return None
        if len(node.value) != 1:
            self.source.problem(node, "a condition has one key", "join several with `all:` or `any:`")
            return None
        ((key, value),) = node.value.items()
        if key in ("all", "any"):
            return self._both(key == "any", key, node.keys[key], value, depth)
        if key == "not":
            inner = self.condition(value, depth + 1)
            return Not("bool", inner) if inner is not None else None
        return self._equal(node.keys[key], value)

    def _both(self, absorbs: bool, key: str, at: Node, value: Node, depth: int) -> Condition | None:
        if not isinstance(value.value, list) or not value.value:
            self.source.problem(at, f"`{key}:` needs a list of conditions", "one per line, each after `- `")
            return None
        parts = [self.condition(part, depth + 1) for part in value.value]
        there = [part for part in parts if part is not None]
        return Both("bool", absorbs, tuple(there)) if len(there) == len(parts) else None

    def _equal(self, key: Node, value: Node) -> Condition | None:
        """``fact: value`` or ``fact: [values]``."""
        row = self.language.field(key.text)
        if row is None:
            group, _, field = key.text.partition(".")
            fields = self.vocabulary.groups.get(group, {})
            hint = nearest(field, fields) if fields else nearest(key.text, [*self.language.scalars(), "all", "any"])
            if group.removesuffix("[]") in self.vocabulary.lists:
                hint = f"write `{group.removesuffix('[]')}.exists(x, x.{field or '...'} == ...)`"
            self.source.problem(key, f"unknown fact `{key.text}`", hint or "`checker policy facts` lists all")
            return None
        parts = value.value if isinstance(value.value, list) else [value]
        if not parts:
            self.source.problem(value, f"no value for `{key.text}`")
            return None
        values = [self._value(key, row, part) for part in parts]
        return one_of(row, key.text, tuple(values)) if None not in values else None

    def _value(self, key: Node, row: Field, node: Node) -> Any:
        row_of_one = Field("string", row.doc, row.values) if row.type == "strings" else row
        value = accept(row_of_one)(node.value)
        if value is None:
            hint = nearest(node.text, row.values) if row.values else f"`{key.text}` is of type {row.type}"
            if row.type == "bool":
                hint = "true or false"
            elif row.type in ("string", "strings") and node.kind == "value" and not isinstance(node.value, str):
                hint = "put it in quotes"
            self.source.problem(node, f"`{node.text or node.kind}` is not a value of `{key.text}`", hint)
        return value
