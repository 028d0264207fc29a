"""What the classifier sees of one text: letters, words, concepts and their order, figures, and what the rules found.

Every feature is a number below `SIZE` by hashing; a text is two arrays, the features and their values.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

from . import ages, concepts
from .normalise import Normal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

COMMON = 1 << 16
SIZE = COMMON + (1 << 13)
"""Buckets of the hash: those of every head, and those behind, of whose age it is, of the heads of minors alone."""
VERSION = 2
"""Raise it when a text's features change: weights of another version are refused."""
LETTERS, WORDS, CONCEPTS, PAIRS, RULES, SHAPE, AGES = 2.0, 1.0, 0.5, 0.2, 1.0, 0.3, 1.0
"""How much each group weighs; found by cross-validation over authors (`checker/training/text/README.md`)."""
_NEAR, _FAR = 3, 9
"""Words between two concepts that are near each other, and the most that are looked at as a pair."""
_MOST_HITS = 60
_FAMILIES = {
    name: frozenset(words.split())
    for name, words in {
        "ai": "ai tool gen synth fake clone prompt net chat",
        "act": "made edit prep gen",
        "here": "this self1 thing disc notreal",
        "doubt": "neg ask said talk news",
        "trade": "buy link code sale paid praise cta shop prod price lim free avail",
        "push": "buy link code sale cta",
        "politics": "vote party pol supp slog",
        "call": "vote supp slog cta self1",
        "cool": "crit news cmp ask past",
        "young": "child kin school turns month teen small age17 name17 agemonths grade born",
        "old": "pet drink past adult big couple age18 lasts teach expect",
        "harm": "kill group insult sexw sui drug invest claim danger",
        "care": "help news crit",
    }.items()
}
_MEMBER = {
    name: tuple(family for family, names in _FAMILIES.items() if name in names)
    for name in frozenset().union(*_FAMILIES.values())
}
_CROSSED = (
    ("ai", "act", "here", "doubt"),
    ("trade", "push", "cool"),
    ("politics", "call", "cool"),
    ("young", "old"),
    ("harm", "care"),
)
_SIGNS = (
    ("money", re.compile(r"[$€£¥₹₽₺₩] ?\d|\d ?(?:[$€£¥₹₽₺₩]|eur\b|usd\b|zl\b|kr\b|tl\b|руб|円|元|원)")),
    ("percent", re.compile(r"\d ?%|% ?\d")),
    ("url", re.compile(r"https?:|www\.|\w\.(?:com|fr|de|es|it|io|shop|app|co|net|org|ru|pl|nl|br)\b")),
    ("handle", re.compile(r"(?<!\w)@\w")),
    ("asks", re.compile(r"\?")),
    ("quotes", re.compile(r'"')),
    ("exclaims", re.compile(r"!")),
    ("date", re.compile(r"\d[./]\d|\d+(?:st|nd|rd|th)\b")),
    ("hour", re.compile(r"\d ?(?:am|pm|h|uhr)\b|\d:\d\d")),
    ("ends asking", re.compile(r"\?\W*$")),
    ("brackets", re.compile(r"^\W*[\[(*]")),
)  # fmt: skip
_CODE = re.compile(r"(?<![\w#@])(?=[A-Z]*\d|[A-Z]{5})[A-Z]{3,}\d{0,3}(?!\w)")
_AGE = re.compile(r"(?<![\d.,:$€£#-])(\d{1,2})(?![\d.,:%]\d|%|\d) ?([\w\u0900-\u097f]*)[ -]?([\w\u0900-\u097f]*)")
_UPPER = re.compile(r"[A-Z]{2}")


def extract(
    normal: Normal, where: str, rules: Iterable[str] = (), people: Iterable[tuple[str, int]] = ()
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """The features of one text and their values.

    Args:
        where: ``caption``, ``speech``, ``screen`` or ``hashtag``.
        rules: What the rules found, as short words.
        people: Role of each public figure who is named, and where in the folded text.
    """
    import numpy as np

    cut = concepts.cut(normal)
    hits = concepts.find(normal, cut)[:_MOST_HITS]
    if people:
        hits = sorted([*hits, *_named(cut, people)], key=lambda h: (h.start, h.name))
    numbers = ages.read(normal, cut, hits)
    who = {COMMON + _hash(line) % (SIZE - COMMON) for line in ages.bearers(cut, numbers, hits)}
    hits = sorted([*hits, *numbers], key=lambda h: (h.start, h.name))
    letters = [i for word in cut.words for i in _letters(word)]
    shown = [_shown(word) for word in cut.words]
    words = [_word(w) for w in shown]
    words += [_two(a, b) for a, b in pairwise(shown)]
    words += [_apart(a, b) for a, b in zip(shown, shown[2:], strict=False)]
    single = {_concept(h.name) for h in hits} | {_at("k0", h.name) for h in hits if h.word < 2}
    single |= {_at("kt", h.name) for h in hits if h.start and normal.text[h.start - 1] == "#"}
    pairs = _pairs(hits)
    found = {_at("r", rule) for rule in rules} | {_at("f", where)}
    found |= {_at("s", sign) for sign in _signs(normal)}
    found.add(_at("len", str(min(6, len(normal.text) // 25))))
    shape = _shape(hits)
    groups = (
        (letters, LETTERS, True),
        (words, WORDS, True),
        (single, CONCEPTS, False),
        (pairs, PAIRS, False),
        (found, RULES, False),
        (shape, SHAPE, False),
        (who, AGES, False),
    )
    index: list[int] = []
    value: list[float] = []
    for group, weight, share in groups:
        index += group
        value += [weight / max(1, len(group)) ** 0.5 if share else weight] * len(group)
    return np.array(index, dtype=np.int32), np.array(value, dtype=np.float32)


def by_word(
    normal: Normal,
) -> tuple[concepts.Words, npt.NDArray[np.int32], npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """The words of a text; and features, their values, and the word at which each stands: what can be pointed at."""
    import numpy as np

    cut = concepts.cut(normal)
    rows: list[tuple[int, float, int]] = []
    for i, word in enumerate(cut.words):
        rows += [(h, LETTERS, i) for h in _letters(word)]
    share = max(1, len(rows)) ** 0.5
    rows = [(h, value / share, i) for h, value, i in rows]
    shown = [_shown(word) for word in cut.words]
    share = max(1, 3 * len(shown)) ** 0.5
    rows += [(_word(w), WORDS / share, i) for i, w in enumerate(shown)]
    rows += [(_two(a, b), WORDS / share, i) for i, (a, b) in enumerate(pairwise(shown))]
    hits = concepts.find(normal, cut)[:_MOST_HITS]
    rows += [(_concept(h.name), CONCEPTS, h.word) for h in hits]
    near = pairwise(hits)
    rows += [(_pair(a.name, b.name, True), PAIRS, a.word) for a, b in near if a.sentence == b.sentence]
    index, value, at = zip(*rows, strict=True) if rows else ((), (), ())
    return cut, np.array(index, np.int32), np.array(value, np.float32), np.array(at, np.int32)


def _named(cut: concepts.Words, people: Iterable[tuple[str, int]]) -> Iterable[concepts.Hit]:
    """Public figures as concepts, so that it counts what stands beside them."""
    for role, start in people:
        word = bisect_right(cut.starts, start) - 1
        if word >= 0:
            yield concepts.Hit(f"@{role}", word, cut.sentences[word], start, start + 1)


def _pairs(hits: Sequence[concepts.Hit]) -> set[int]:
    """Concepts in one sentence in their order, near or far; and which stand in one text."""
    found: set[int] = set()
    for i, a in enumerate(hits):
        for b in hits[i + 1 :]:
            if b.sentence != a.sentence:
                break
            apart = b.word - a.word or (b.start - a.start) // 2
            if apart > _FAR:
                break
            if a.name != b.name:
                found.add(_pair(a.name, b.name, apart <= _NEAR))
    kinds = sorted({h.name for h in hits})
    found.update(_both(a, b) for i, a in enumerate(kinds) for b in kinds[i + 1 :])
    return found


def _shape(hits: Sequence[concepts.Hit]) -> set[int]:
    """How many concepts of each family a text and its sentences hold, each family with those that turn its meaning."""
    sentences: dict[int, set[str]] = {}
    for h in hits:
        sentences.setdefault(h.sentence, set()).add(h.name)
    counts = _counts({h.name for h in hits})
    found = {_crossed("whole", family, counts) for family in _CROSSED}
    for names in sentences.values():
        counts = _counts(names)
        found |= {_crossed("one", family, counts) for family in _CROSSED if family[0] in counts}
        if names & _FAMILIES["ai"]:
            kinds = sorted(names & _FAMILIES["ai"])
            rest = sorted(names & (_FAMILIES["doubt"] | {"notreal", "real", "disc"}))
            acts = bool(names & _FAMILIES["act"])
            found |= {_at("core", f"{k} {acts:d} {' '.join(rest)}") for k in kinds}
            found |= {_at("core2", f"{k} {acts:d} {r}") for k in kinds for r in rest or ("-",)}
    return found


def _counts(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        for family in _MEMBER.get(name, ()):
            counts[family] = counts.get(family, 0) + 1
    return counts


def _crossed(scope: str, families: Sequence[str], counts: Mapping[str, int]) -> int:
    return _at(scope, f"{families[0]} {'.'.join([str(min(3, counts.get(f, 0))) for f in families])}")


def _signs(normal: Normal) -> Iterable[str]:
    text = normal.text
    for name, pattern in _SIGNS:
        if pattern.search(text):
            yield name
    if _CODE.search(normal.original):
        yield "code"
    if not normal.original.islower() and _UPPER.search(normal.original):
        yield "capitals" if normal.original.isupper() else "some capitals"
    for m in _AGE.finditer(text):
        years = int(m[1])
        size = "small" if years < 18 else "big"
        yield size
        if m[2]:
            yield f"{size} {m[2][:8]}"
            if m[3]:
                yield f"{size} {m[2][:6]} {m[3][:4]}"
    tags = text.count("#")
    if tags:
        yield f"tags {min(tags, 4)}"
    if "\n" in text:
        yield "lines"


def _hash(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass")) % COMMON


@lru_cache(maxsize=60_000)
def _letters(word: str) -> tuple[int, ...]:
    """Runs of 3 to 5 letters of a word with its ends, from 2 where a sign is a syllable."""
    padded = f"^{word}$"
    least = 3 if word.isascii() or ord(max(word)) < 0x2E80 else 2
    return tuple(
        {
            _hash("c" + padded[i : i + n])
            for n in range(least, 6)
            for i in range(max(1, len(padded) - n + 1))
            if n <= len(padded)
        }
    )


@lru_cache(maxsize=60_000)
def _shown(word: str) -> str:
    """A word as pairs see it: figures by their size."""
    if not word.isdecimal():
        return word
    return "0" if len(word) > 2 else "small" if 0 < int(word) < 18 else "big"


@lru_cache(maxsize=60_000)
def _word(word: str) -> int:
    return _hash("w" + word)


@lru_cache(maxsize=60_000)
def _two(a: str, b: str) -> int:
    return _hash(f"w{a} {b}")


@lru_cache(maxsize=60_000)
def _apart(a: str, b: str) -> int:
    return _hash(f"w{a} _ {b}")


@lru_cache(maxsize=4_000)
def _concept(name: str) -> int:
    return _hash("k" + name)


@lru_cache(maxsize=20_000)
def _pair(a: str, b: str, near: bool) -> int:
    return _hash(f"p{a} {b} {near:d}")


@lru_cache(maxsize=20_000)
def _both(a: str, b: str) -> int:
    return _hash(f"b{a} {b}")


@lru_cache(maxsize=20_000)
def _at(group: str, name: str) -> int:
    return _hash(f"{group}:{name}")
