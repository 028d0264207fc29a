"""Promotion in words: commercial or political, by cues; news, criticism, comparison and questions are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import hashtags
from .labels import data
from .normalise import Normal, fold

_SENTENCE = re.compile(r"[^\n.!?]+(?:[.](?=\w)[^\n.!?]*)*[!?.]*")
_TARGET = re.compile(
    r"(?:vote|votez|voting|vota|votate|wahlt|elect|re-?elect|support|soutiens|pour|for|by|with|avec|por|per|em|recommend|"
    r"recommande|from|chez|at|love|buy|try|get) (?:the |le |la |a |les |my |this |new )?"
)
_NAMED = re.compile(r"[A-Z0-9][\w'’&-]+(?: [A-Z][\w'’&-]+){0,2}")
_WHY = re.compile(r" *(?:why|how|what|who|is it|pourquoi|comment|por que|warum|wieso|perche)(?![a-z])")
_NO_NAME = frozenset(
    "i in on at by for the your no yes oui non si ja nein sunday monday tuesday wednesday thursday friday saturday "
    "november october june july may april dimanche domingo sonntag domenica here now today below early vote".split()
)


@dataclass(frozen=True, slots=True)
class Cue:
    """One promotion: the cue, whom or what it promotes if that is named; places count in the original."""

    kind: str
    cue: str
    target: str
    start: int
    end: int
    confidence: float
    hashtag: bool = False


def find(normal: Normal) -> list[Cue]:
    """Promotions in one text, at most one of each kind in a sentence."""
    rules = _rules()
    found = list(_tagged(normal, rules))
    plain = hashtags.without(normal)
    weak: list[Cue] = []
    refused = False
    for m in _SENTENCE.finditer(plain.text):
        for kind, rule in rules.items():
            firm = _firm(rule, plain, m)
            if firm:
                found.append(_cue(plain, kind, *firm, 0.9))
                continue
            cue = rule.strong.search(m[0])
            if cue:
                against = rule.against.search(m[0])
                question = m[0].rstrip().endswith("?") and (kind == "political" or bool(_WHY.match(m[0])))
                if against or question:
                    refused = refused or bool(against)
                    continue
                found.append(_cue(plain, kind, m.start() + cue.start(), m.start() + cue.end(), 0.88))
            elif rule.patterns:
                refused = refused or bool(rule.against.search(m[0]))
                weak += [_cue(plain, kind, m.start() + w.start(), m.start() + w.end(), 0.62) for w in rule.weak(m[0])]
    spans = [(c.start, c.end) for c in found if c.kind == "political"]
    found = [c for c in found if c.kind == "political" or not any(a <= c.start and c.end <= b for a, b in spans)]
    if not found and len(weak) > 1 and not refused:
        found.append(weak[0])
    if refused and not any(c.hashtag for c in found):
        # A review that warns may still name a price or a shop: what is left has to be firm.
        found = [c for c in found if c.kind == "political" or c.confidence > 0.9 or len(found) > 1]
    return found


@dataclass(frozen=True, slots=True)
class _Rule:
    strong: re.Pattern[str]
    against: re.Pattern[str]
    firm: re.Pattern[str]
    """Enough alone even where `against` holds, unless the sentence reports or asks."""
    told: re.Pattern[str]
    named: re.Pattern[str]
    """A call that counts when a capitalised name follows, as in "vote Smith"."""
    tags: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def weak(self, sentence: str) -> list[re.Match[str]]:
        return [m for m in (p.search(sentence) for p in self.patterns) if m]


@cache
def _rules() -> Mapping[str, _Rule]:
    rows: dict[str, Any] = data("endorsement.yaml")
    return {
        kind: _Rule(
            strong=_bounded("|".join(row["strong"])),
            against=_bounded("|".join(row["against"])),
            firm=_bounded("|".join(row["firm"]) or "(?!)"),
            told=_bounded("|".join(row["told"]) or "(?!)"),
            named=_bounded("|".join(row["named"]) or "(?!)"),
            tags=frozenset(hashtags.compact(fold(tag)) for tag in row["tags"]),
            patterns=tuple(_bounded(p) for p in row["weak"]),
        )
        for kind, row in rows.items()
    }


def _bounded(pattern: str) -> re.Pattern[str]:
    # Scripts without spaces have no word boundary; a sign such as $ or % is its own.
    return re.compile(rf"(?:(?<![a-z0-9])|(?<=[^\x00-\x7f]))(?:{fold_pattern(pattern)})(?:(?<=[^\x00-\x7f])|(?![a-z]))")


def _firm(rule: _Rule, normal: Normal, sentence: re.Match[str]) -> tuple[int, int] | None:
    """Where a call stands that news and negation do not take back."""
    words = sentence[0]
    if words.rstrip().endswith("?") or rule.told.search(words):
        return None
    if m := rule.firm.search(words):
        return sentence.start() + m.start(), sentence.start() + m.end()
    for m in rule.named.finditer(words):
        rest = normal.quote(sentence.start() + m.end(), sentence.end()).lstrip(" :@")
        name = _NAMED.match(rest)
        if name and not name[0].isdigit() and fold(name[0]).split()[0] not in _NO_NAME:
            return sentence.start() + m.start(), sentence.start() + m.end()
    return None


def fold_pattern(pattern: str) -> str:
    """A regular expression folded like the text that it is for; escapes keep their case."""
    return pattern if pattern.isascii() else "".join(c if c.isascii() else fold(c) for c in pattern)


def _tagged(normal: Normal, rules: Mapping[str, _Rule]) -> Iterator[Cue]:
    for tag in hashtags.tags(normal):
        for kind, rule in rules.items():
            named = kind == "political" and re.fullmatch(
                r"vote(?:z|for|pour)?[a-z]{4,}|[a-z]+forpresident", tag.compact
            )
            if tag.compact in rule.tags or (named and tag.compact not in ("voted", "voters", "votenow", "voteearly")):
                start, end = normal.span(tag.start, tag.end)
                yield Cue(kind, normal.original[start:end], "", start, end, 0.93, hashtag=True)


def _cue(normal: Normal, kind: str, start: int, end: int, confidence: float) -> Cue:
    while start < end - 1 and normal.text[start].isspace():
        start += 1
    first, last = normal.span(start, end)
    return Cue(kind, normal.original[first:last], _target(normal, start, end), first, last, confidence)


def target(normal: Normal, start: int, end: int) -> str:
    """What a stretch of the original text promotes, by its first verb or preposition with a name; empty if none."""
    inside = [i for i, at in enumerate(normal.starts) if start <= at < end]
    return _target(normal, inside[0], inside[-1] + 1) if inside else ""


def _target(normal: Normal, start: int, end: int) -> str:
    """The capitalised words after the cue's verb or preposition; empty when none follow."""
    for m in _TARGET.finditer(normal.text, max(0, start - 20), min(len(normal.text), end + 40)):
        if m.end() >= len(normal.text):
            continue
        at, _ = normal.span(m.end(), m.end() + 1)
        named = _NAMED.match(normal.original, at)
        if named and not named[0].isdigit() and len(named[0]) > 2:
            return named[0]
    return ""
