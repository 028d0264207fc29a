"""Minors in words: ages, school years, names for children; not whisky, cars, memories or nicknames."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from . import ages, concepts
from .endorsement import fold_pattern
from .labels import data
from .normalise import Normal

_N = r"(?<![\d.,:€$-])(?:1[0-7]|[1-9])(?![\d.,:%]\d|%)"
_W = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "un une deux trois quatre cinq sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dois duas quatro sete oito nove dez onze doze treze quatorze quinze dezesseis dezessete "
    "due tre quattro cinque sei sette otto dieci undici dodici tredici quattordici quindici sedici diciassette "
    "ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn"
).split()
_AGE = re.compile(r"\d|years?|grade|old|ans|mois|jahr|ann")


_PERSON = re.compile(
    r"(?<!\w)(?:i|he|she|they|we|you|son|daughter|girls?|boys?|sister|brother|niece|nephew|twins?|fils|fille|frere|soeur|"
    r"elle|il|sohn|tochter|missing|under)(?!\w)"
)
_NUMBERED = re.compile(
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|\w*day|mon|tue|wed|thu|fri|sat|sun|ep|part|level|chapter|season|episode|step|round|game|"
    r"week|lesson|track|page|no|number|room|line|bus|iphone|vol|volume|size|janvier|fevrier|mars|avril|mai|juin|"
    r"juillet|aout|septembre|octobre|novembre|decembre|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)$"
)


@dataclass(frozen=True, slots=True)
class Minor:
    """Words that speak of a minor; the place counts in the original."""

    start: int
    end: int
    confidence: float


def find(normal: Normal) -> list[Minor]:
    """Mentions of somebody under 18 in one text."""
    seen, never = _patterns()
    names = [m for m in ages.named(normal) if _is_name(normal, m)]
    if not names and not seen.search(normal.text):
        return []
    text = never.sub(lambda m: "\n" * len(m[0]), normal.text)
    matches = list(seen.finditer(text))
    if not names and not matches:
        return []
    found: list[Minor] = []
    pets, things = _another(normal)
    if pets:
        return []
    for m in matches:
        if things and not _PERSON.search(m[0]):
            continue
        start, end = normal.span(m.start(), m.end())
        found.append(Minor(start, end, 0.92 if _AGE.search(m[0]) else 0.82))
    if not found:
        found += [Minor(*normal.span(m.start(1), m.end(2)), 0.82) for m in names]
    return found


def _is_name(normal: Normal, m: re.Match[str]) -> bool:
    """Whether an age below 18 stands behind a word with a capital that is no month, chapter or day."""
    return 0 < int(m[2]) < 18 and normal.original[normal.span(*m.span(1))[0]].isupper() and not _NUMBERED.match(m[1])


def _another(normal: Normal) -> tuple[bool, bool]:
    """Whether a text speaks of an animal or a couple; of a thing, a teacher, a pregnancy: whose age it may be."""
    cut = concepts.cut(normal)
    hits = concepts.find(normal, cut)
    names = {h.name for h in [*hits, *ages.read(normal, cut, hits)]}
    thing = "drink" in names and not names & {"kin", "grade"}
    return bool(names & {"pet", "couple"}), thing or bool(names & {"teach", "expect"})


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    rows = data("minors.yaml")
    words = "(?:" + "|".join(sorted(set(_W), key=len, reverse=True)) + ")"

    def joined(*tables: dict[str, str]) -> re.Pattern[str]:
        every = []
        for table in tables:
            for code, pattern in table.items():
                whole = fold_pattern(pattern).replace("{n}", _N).replace("{w}", words)
                every.append(whole if code == "xx" else rf"(?<!\w)(?:{whole})(?!\w)")
        return re.compile("|".join(every))

    return joined(rows["ages"], rows["words"]), joined(rows["never"])
