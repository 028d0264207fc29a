"""How well words are understood, on a labelled set of captions, transcripts and texts on screen."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..detector import Settings
from ..detectors.language import Language
from ..errors import UsageError
from ..media import Media
from ..post import Post
from ..types import Observation

Scores = Mapping[str, Mapping[str, Mapping[str, float]]]
FIELDS = ("caption", "transcript", "screen")
ENDORSEMENTS = ("none", "political", "commercial")
_SURE = 0.5
"""Confidence from which a finding counts as an answer."""
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "lang": str,
    "text": str,
    "ai_label": bool,
    "hashtag_only": bool,
    "endorsement": str,
    "people": list,
    "minor": bool,
    "safety": list,
}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a labelled set.

    Raises:
        UsageError: The file is missing or a line of it is not such a row.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"labelled set `{path}` cannot be read: {error}; name a JSON Lines file") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}:{number}: no JSON: {error}") from error
        wrong = _wrong(row)
        if wrong:
            raise UsageError(f"{path}:{number}: key `{wrong}` is missing or wrong; see `checker eval text --help`")
        yield row


def _wrong(row: Any) -> str:
    if not isinstance(row, dict) or row.get("field") not in FIELDS:
        return "field"
    for key, type_ in _TYPES.items():
        if not isinstance(row.get(key), type_):
            return key
    return "" if row["endorsement"] in ENDORSEMENTS else "endorsement"


@dataclass(slots=True)
class _Tally:
    """Hits, false alarms and misses of one class; `n` counts the rows that were looked at."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    def add(self, wanted: Iterable[object], got: Iterable[object]) -> None:
        want, have = set(wanted), set(got)
        self.hits += len(want & have)
        self.false += len(have - want)
        self.missed += len(want - have)

    @property
    def seen(self) -> bool:
        return bool(self.hits or self.false or self.missed)

    def scores(self) -> tuple[float, float, float]:
        """Precision, recall, F1; all 1 where there was nothing to find and nothing was found."""
        if not self.seen:
            return 1.0, 1.0, 1.0
        precision = self.hits / (self.hits + self.false) if self.hits + self.false else 0.0
        recall = self.hits / (self.hits + self.missed) if self.hits + self.missed else 0.0
        return precision, recall, 2 * self.hits / (2 * self.hits + self.false + self.missed)


@dataclass(slots=True)
class _Question:
    classes: dict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    n: int = 0

    def scores(self) -> dict[str, float]:
        each = [t.scores() for t in self.classes.values() if t.seen] or [(1.0, 1.0, 1.0)]
        precision, recall, f1 = (round(sum(column) / len(each), 4) for column in zip(*each, strict=True))
        return {"precision": precision, "recall": recall, "f1": f1, "n": self.n}


def evaluate(labelled: Iterable[Mapping[str, Any]]) -> Scores:
    """``{question: {language or "all": {precision, recall, f1, n}}}``; endorsement is the mean over its classes."""
    detector = Language()
    detector.load(Settings())
    table: dict[str, dict[str, _Question]] = defaultdict(lambda: defaultdict(_Question))
    for row in labelled:
        got = answers(detector, row)
        for language in ("all", str(row["lang"])):
            for name, answer in got.items():
                question = table[name][language]
                question.n += 1
                if name == "endorsement":
                    for kind in ENDORSEMENTS:
                        question.classes[kind].add([kind] * (row[name] == kind), [kind] * (answer == kind))
                elif isinstance(answer, bool):
                    question.classes["yes"].add([True] * bool(row[name]), [True] * answer)
                else:
                    question.classes["items"].add(row[name], answer)
    return {
        name: {lang: table[name][lang].scores() for lang in sorted(table[name], key=lambda x: (x != "all", x))}
        for name in table
    }


def answers(detector: Language, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the detector says to one row, in the row's own terms."""
    found = [o for o in detector.detect(cast(Media, None), *_as_input(row)) if o.confidence >= _SURE]
    labels = [o.value["where"] for o in found if o.kind == "ai_label" and not o.value["denied"]]
    promoted = sorted((o for o in found if o.kind == "endorsement"), key=lambda o: -o.confidence)
    return {
        "ai_label": bool(labels),
        "hashtag_only": bool(labels) and set(labels) == {"hashtag"},
        "endorsement": str(promoted[0].value["kind"]) if promoted else "none",
        "people": sorted({str(o.value["name"]) for o in found if o.kind == "mention"}),
        "minor": any(o.kind == "minor_mention" for o in found),
        "safety": sorted({str(o.value["category"]) for o in found if o.kind == "safety"}),
    }


def _as_input(row: Mapping[str, Any]) -> tuple[Post, list[Observation]]:
    if row["field"] == "caption":
        return Post(caption=str(row["text"])), []
    kind = "utterance" if row["field"] == "transcript" else "screen_text"
    value = {"text": row["text"], "source": "subtitles"}
    return Post(), [Observation("input/0", kind, value)]
