"""What pocketsphinx listens for by name, because it would miss it in free speech: labels, promotion, people.

A hit is a hint. It raises a doubt that somebody can settle by listening, and never settles anything itself.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SOURCE = "keywords"
"""Source of what is heard in this way."""
MARGIN = {"label": 3.0, "endorsement": 3.0, "name": 10.0}
"""Decimal logarithm of the likelihood ratio that ten sounds have to reach; `sphinx_worker.py` has the rule."""
LEAST_SOUNDS = {"label": 8, "endorsement": 8, "name": 10}
"""Shorter phrases, such as "buy now" (4 sounds) and "vote for" (6), are not listened for: by the rule they are hardly
ever found where they are said, and with less they are heard everywhere."""
CONFIDENCE = 0.55
"""Probability that the phrase was said: set, not measured. In most videos nobody says any of these, so that a false
alarm in some hours is enough to leave a hit about even. By the default bands that is a doubt and no finding."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """One phrase to listen for."""

    kind: str
    """``label``, ``endorsement`` or ``name``."""
    text: str
    """As it is reported."""

    @property
    def spoken(self) -> str:
        """Its words as the dictionary writes them: ``this video is a.i. generated``."""
        return " ".join(_words(self.text))


def keywords(names: Iterable[str] = ()) -> tuple[Keyword, ...]:
    """The shipped phrases, and `names` of at least two words; each way of saying something once."""
    found = {keyword.spoken: keyword for keyword in _shipped()}
    for name in names:
        keyword = Keyword("name", name)
        if " " in keyword.spoken:
            found.setdefault(keyword.spoken, keyword)
    return tuple(found.values())


def pronunciations() -> Mapping[str, str]:
    """Sounds (ARPAbet) of words that the dictionary of the model lacks."""
    return {row["word"]: row["phones"] for row in _rows("pronunciations.csv")}


@cache
def _shipped() -> tuple[Keyword, ...]:
    return tuple(Keyword(row["kind"], row["text"]) for row in _rows("keywords.csv"))


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader((files(__package__) / name).read_text("utf-8").splitlines())


def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    words = re.findall(r"[a-z]+(?:'[a-z]+)*", plain) if plain.isascii() else []
    return ["a.i." if word == "ai" else word for word in words]
