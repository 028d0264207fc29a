"""Labelled texts by author, and how they are multiplied for training."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...text import classifier
from ...text.findings import Findings, find
from ...text.normalise import Normal, normalise
from ...text.people import People

FOLDER = Path(__file__).parent / "data"
PROJECT = Path("tests") / "data" / "text"
"""The project's own set, in a checkout: its author wrote the rules too."""
OWN = ("t", "x")
"""Authors who know the rules: `t`, the project's own set, and `x`, texts added where cross-validation showed holes."""
WHERE = {"caption": "caption", "transcript": "speech", "screen": "screen"}


@dataclass(frozen=True, slots=True)
class Text:
    """One labelled text as the classifier sees it."""

    author: str
    lang: str
    where: str
    normal: Normal
    rules: Findings
    people: tuple[tuple[str, int], ...]
    """Role and place of the public figures who are named."""
    answers: frozenset[str]
    """The heads that are true of it."""
    original: bool = True
    """False for a variant."""


def load(folder: Path = FOLDER, *, project: tuple[str, ...] = ("dev",)) -> list[Text]:
    """All labelled texts: ``<author>.jsonl`` in the folder, and halves of the project's own set where it is there."""
    files = [(path.stem, path) for path in sorted(folder.glob("*.jsonl"))]
    files += [("t", PROJECT / f"{half}.jsonl") for half in project if (PROJECT / f"{half}.jsonl").exists()]
    return [text for author, path in files for text in _read(author, path)]


def _read(author: str, path: Path) -> Iterator[Text]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield make(author, row["lang"], WHERE[row["field"]], row["text"], answers(row))


def make(author: str, lang: str, where: str, text: str, heads: frozenset[str], *, original: bool = True) -> Text:
    normal = normalise(text)
    return Text(
        author, lang, where, normal, find(normal, screen=where == "screen"), figures_in(normal), heads, original
    )


@cache
def _people() -> People:
    return People.load()


def figures_in(normal: Normal) -> tuple[tuple[str, int], ...]:
    return tuple((named.role, named.start) for named in _people().find(normal))


def answers(row: dict[str, Any]) -> frozenset[str]:
    """The heads that are true of a row."""
    found = {*row["safety"], row["endorsement"], *(name for name in ("ai_label", "minor") if row[name])}
    return frozenset(found) & frozenset(classifier.HEADS)


def variants(text: Text) -> Iterator[Text]:
    """The same text as others would write it: as a speech recogniser gives it, and without its hashtags."""
    said = text.normal.original
    if text.where != "screen" and "#" not in said:
        spoken = re.sub(r"[^\w\s'’%€$£-]|(?<=\s)-|-(?=\s)", " ", said.lower())
        if spoken.split() != said.split():
            where = "speech" if text.where == "caption" else text.where
            yield make(text.author, text.lang, where, " ".join(spoken.split()), text.answers, original=False)
    bare = re.sub(r"\s*#[^\s#]+", "", said).strip()
    tagged = any(x.hashtag for x in text.rules.labels) or any(c.hashtag for c in text.rules.cues)
    if bare and bare != said and not tagged and len(bare) > 20 and not text.answers:
        yield make(text.author, text.lang, text.where, bare, text.answers, original=False)
