"""Figures over unseen authors: the rules alone, the classifier alone, both; per question and language; reliability."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...text.classifier import DECIDE, HEADS, SAFETY
from .data import OWN, Text

Answer = frozenset[str]
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "ai_label": ("ai_label",),
    "endorsement": ("none", "political", "commercial"),
    "minor": ("minor",),
    "safety": SAFETY,
}
SURE = 0.5
"""Confidence from which a rule's finding is an answer."""


def by_rules(text: Text) -> Answer:
    """The heads that the rules alone answer."""
    rules = text.rules
    found = {c.kind for c in sorted(rules.cues, key=lambda c: -c.confidence)[:1] if c.confidence >= SURE}
    found |= {"ai_label"} if any(not x.denied for x in rules.labels) else set()
    found |= {"minor"} if rules.minors else set()
    return frozenset(found | {s.name for s in rules.safety if s.confidence >= SURE})


def by_classifier(probability: npt.NDArray[np.float64], at: float = DECIDE) -> Answer:
    """The heads at or above `at`; of two kinds of promotion the likelier."""
    found = {head for head, p in zip(HEADS, probability, strict=True) if p >= at}
    return frozenset(found - {_lesser(probability)} if {"political", "commercial"} <= found else found)


def by_both(text: Text, probability: npt.NDArray[np.float64], at: float = DECIDE) -> Answer:
    """What the detector answers: the rules' findings, and the classifier's where the rules found none."""
    rules, seen = by_rules(text), by_classifier(probability, at)
    promoted = rules & {"political", "commercial"}
    return rules | (seen - {"political", "commercial"} if promoted else seen)


def _lesser(probability: npt.NDArray[np.float64]) -> str:
    political, commercial = (probability[HEADS.index(head)] for head in ("political", "commercial"))
    return "commercial" if political >= commercial else "political"


def table(texts: Sequence[Text], answers: Sequence[Answer]) -> dict[str, dict[str, dict[str, float]]]:
    """``{question: {all | en | fr | other | <author>: {precision, recall, f1, n}}}``; `t` only under its own name."""
    groups: dict[str, Callable[[Text], bool]] = {"all": lambda t: t.author not in OWN}
    for lang in ("en", "fr"):
        groups[lang] = lambda t, lang=lang: t.author not in OWN and t.lang == lang  # type: ignore[misc]
    groups["other"] = lambda t: t.author not in OWN and t.lang not in ("en", "fr")
    for author in sorted({t.author for t in texts} - {"x"}):
        groups[f"author {author}"] = lambda t, author=author: t.author == author  # type: ignore[misc]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for question, heads in QUESTIONS.items():
        found[question] = {}
        for name, keep in groups.items():
            pairs = [(t.answers, a) for t, a in zip(texts, answers, strict=True) if keep(t)]
            if pairs:
                found[question][name] = _scores(question, heads, pairs)
    return found


def _scores(question: str, heads: Sequence[str], pairs: Sequence[tuple[Answer, Answer]]) -> dict[str, float]:
    if question == "endorsement":
        both = {"political", "commercial"}
        pairs = [
            (w | ({"none"} - ({"none"} if w & both else set())), a | (set() if a & both else {"none"}))
            for w, a in pairs
        ]
        each = [_prf([(h in w, h in a) for w, a in pairs]) for h in heads]
        precision, recall, f1 = (float(np.mean(column)) for column in zip(*each, strict=True))
    else:
        precision, recall, f1 = _prf([(h in w, h in a) for w, a in pairs for h in heads])
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3), "n": len(pairs)}


def _prf(pairs: Iterable[tuple[bool, bool]]) -> tuple[float, float, float]:
    pairs = list(pairs)
    hits = sum(w and a for w, a in pairs)
    said, true = sum(a for _, a in pairs), sum(w for w, _ in pairs)
    if not said and not true:
        return 1.0, 1.0, 1.0
    return hits / said if said else 0.0, hits / true if true else 0.0, 2 * hits / (said + true)


def reliability(texts: Sequence[Text], probability: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Per head: the expected calibration error, the share of negatives at or above three marks, the ten bins."""
    outside = np.array([t.author not in OWN for t in texts])
    found = {}
    for row, head in enumerate(HEADS[:4]):
        p = probability[row, outside]
        y = np.array([head in t.answers for t in texts])[outside]
        bins = np.minimum((p * 10).astype(int), 9)
        rows = [
            (float(p[bins == b].mean()), float(y[bins == b].mean()), int((bins == b).sum()))
            for b in range(10)
            if (bins == b).any()
        ]
        found[head] = {
            "error": round(sum(n * abs(a - b) for a, b, n in rows) / len(p), 3),
            "false_alarms": {f"{at}": round(float((p[~y] >= at).mean()), 4) for at in (DECIDE, 0.6, 0.9)},
            "bins": [(round(a, 3), round(b, 3), n) for a, b, n in rows],
        }
    return found
