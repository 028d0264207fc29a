"""The shape of a pack file, as pydantic models: what keys exist, what they may hold. Conditions are checked apart."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..facts import Field as Row
from ..facts import Vocabulary

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Detector = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Line = Annotated[str, Field(min_length=1, max_length=500)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$", max_length=500)]
Day = Annotated[date, Field(strict=False)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Band = Annotated[tuple[Share, Share], Field(strict=False)]
Condition = Any
"""A CEL expression, or `all` / `any` / `not` of conditions, or ``fact: value(s)``."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ClauseModel(_Model):
    """What a rule rests on."""

    text: Annotated[str, Field(min_length=1, max_length=2000, description="short quote")]
    url: Url
    as_of: Annotated[Day, Field(description="day on which the text was read")]
    confidence: Annotated[
        Literal["high", "medium", "low"],
        Field(description="high: verbatim; medium: quoted by careful secondary sources; low: summary, never rejects"),
    ]


class SuppressionModel(_Model):
    """A finding that does not count for a while."""

    rule: Id
    policy: Annotated[Id | None, Field(description="only of this pack")] = None
    reason: Line
    owner: Line
    until: Annotated[Day, Field(description="last day on which it holds")]
    when: Annotated[Condition, Field(description="only where this holds")] = None


class RuleModel(_Model):
    """One rule."""

    id: Id
    title: Line
    when: Annotated[Condition, Field(description="true where the rule is violated")]
    applies_when: Annotated[Condition, Field(description="false: the rule is not applicable")] = None
    unless: Annotated[
        Condition, Field(description="an exception that has to be claimed: exempts only where known to be true")
    ] = None
    in_force_from: Annotated[Day | None, Field(description="first day")] = None
    in_force_until: Annotated[Day | None, Field(description="last day")] = None
    verdict: Literal["flag", "reject"]
    on_unknown: Annotated[Literal["flag", "reject"] | None, Field(description="unknown is never pass")] = None
    severity: Literal["low", "medium", "high", "critical"] | None = None
    mode: Annotated[Literal["enforce", "shadow"], Field(description="shadow: reported, never counts")] = "enforce"
    estimates_may_reject: bool = False
    clause: ClauseModel | None = None
    message: Annotated[Line | None, Field(description="one sentence: what was found")] = None
    fix: Annotated[Line | None, Field(description="what to do where it is violated")] = None
    ask: Annotated[Line | None, Field(description="what to supply where it is unclear")] = None


class PolicyModel(_Model):
    """A policy pack."""

    policy: Annotated[Id, Field(description="id of the pack")]
    version: Annotated[str, Field(min_length=1, max_length=64, description="of the rules that it implements")]
    title: Line
    description: Annotated[str | None, Field(max_length=4000)] = None
    requires: Annotated[
        list[Detector], Field(description="detectors without whose look nothing can be concluded", max_length=64)
    ] = []
    bands: Annotated[
        dict[str, Band],
        Field(description="kind: [low, high]; true from high, false below low, between unknown"),
    ] = {}
    on_unknown: Literal["flag", "reject"] = "flag"
    applies_when: Annotated[Condition, Field(description="for every rule, beside its own")] = None
    mode: Literal["enforce", "shadow"] = "enforce"
    rules: Annotated[list[RuleModel], Field(min_length=1, max_length=500)]
    suppressions: Annotated[list[SuppressionModel], Field(max_length=500)] = []


class SuppressionsModel(_Model):
    """A file of suppressions apart from the pack."""

    suppressions: Annotated[list[SuppressionModel], Field(max_length=5000)]


Expected = Literal["violated", "unclear", "satisfied", "not_applicable"]


class CaseModel(_Model):
    """Facts, and what the pack has to say of them."""

    name: Line
    facts: Annotated[dict[str, Any], Field(description="by name; null: unknown, also where `base` knows it")] = {}
    estimates: Annotated[dict[str, Any], Field(description="known only by a model's opinion")] = {}
    date: Day | None = None
    verdict: Literal["pass", "flag", "reject"]
    rules: Annotated[dict[str, Expected], Field(description="outcome by rule id; others are not looked at")] = {}


class CasesModel(_Model):
    """Tests of a pack: ``tests/<id>.yaml`` beside it."""

    policy: Id
    date: Day | None = None
    base: Annotated[dict[str, Any], Field(description="facts of every case")] = {}
    cases: Annotated[list[CaseModel], Field(min_length=1, max_length=2000)]


def json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """JSON Schema of a pack, for editors: keys, values, and the facts that `fact: value` may name."""
    schema = PolicyModel.model_json_schema(ref_template="#/$defs/{model}")
    each = {"$ref": "#/$defs/Condition"}
    several = {"type": "array", "items": each, "minItems": 1}
    facts = {f"{group}.{key}": _row(row) for group, rows in vocabulary.groups.items() for key, row in rows.items()}
    schema["$defs"]["Condition"] = {
        "description": "a CEL expression, `all` / `any` / `not` of conditions, or `fact: value(s)`",
        "anyOf": [
            {"type": "string", "minLength": 1, "maxLength": 2000},
            {
                "type": "object",
                "properties": {"all": several, "any": several, "not": each, **facts},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ],
    }
    for model in (schema, *schema["$defs"].values()):
        for key in ("when", "applies_when", "unless"):
            if key in model.get("properties", {}):
                note = model["properties"][key].get("description", "")
                model["properties"][key] = {**each, "description": note}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _row(row: Row) -> dict[str, Any]:
    kind = {"bool": "boolean", "int": "integer", "double": "number"}.get(row.type, "string")
    one = {"type": kind, **({"enum": list(row.values)} if row.values else {})}
    return {"description": row.doc, "anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
