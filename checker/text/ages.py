"""Numbers as ages, in figures and in words of every language: of a minor, of an adult, or how long something lasts.

What stands beside a number says which: a unit, a name before it, a word for what lasts; and who is nearest says whose
age it is: a child's, an animal's, a couple's, or the speaker's own long ago.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from .concepts import Hit, Words
from .normalise import Normal

MOST = 60
"""Ages of one text that count: a wall of numbers is no reason to hang."""
_GLUED = re.compile(r"(\d{1,3})([^\W\d]+)")
_YEARS = re.compile(r"yo|yrs?|year|yr|ans?$|歳|才|살|세|岁|歲|letni|jahr|jarig|anos|anni|lat|y$|लेट|साल|tuoi|th$")
_MONTHS = re.compile(r"mo|wk|ヶ月|か月|カ月|ヵ月|개월|个月|mois|m$|週|주|天")
_TIGHT = re.compile(
    r"(?<![\d.])(\d{1,2}|[一二两三四五六七八九十]{1,3}|(?:열 ?)?(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉)|열|스무)"
    r" ?(?:岁|歲|歳|才(?!能)|살|세(?!트|기|상))"
)
_TIGHT_LASTS = re.compile(r"以上|以下|未満")
_KOREAN = {"스무": 20, "열": 10}
_NAMED = re.compile(
    r"(?<!\w)([^\W\d][\w'-]+)(?:, | \(|: | - )(\d{1,2})(?=\)|,|$|\n|\.(?!\d)| (?:year|an|jahr|lat|mes|mon)\w*\))"
)
_PICTURES = (
    ("pet", re.compile("[\U0001f400-\U0001f43f\U0001f980-\U0001f98e\U0001f9ae]")),
    ("born", re.compile("[\U0001f476\U0001f37c\U0001f931]")),
    ("child", re.compile("[\U0001f466\U0001f467\U0001f9d2\U0001f392]")),
    (
        "drink",
        re.compile(
            "[\U0001f331\U0001f33f\U0001fab4\U0001f697-\U0001f69c\U0001f3cd\U0001f6f5\U0001f6b2\U0001f943\U0001f9c0\U0001f377]"
        ),
    ),
    ("couple", re.compile("[\U0001f48d\U0001f48b\U0001f491\U0001f48f\U0001f470]")),
)
"""Animals; babies; children and school bags; plants, vehicles and drinks; rings, kisses and couples."""
_WHO = ("kin", "child", "teen", "grade", "self1", "adult", "pet", "drink", "couple", "past", "born", "teach", "expect")
_IS = frozenset(
    "is s m re am turns turned are just wird ist bin est fete fetes j ai a tiene tengo cumple tem tenho faz fez ha ho "
    "compie ma mam konczy ben wordt word fyller ar мне ему ей".split()
)
_TIMES = frozenset({"agemonths", "months", "lasts", "n17s", "n18s"})
_TURN = frozenset({"pet", "couple", "past", "drink", "adult", "teach", "expect"})


def read(normal: Normal, cut: Words, hits: Sequence[Hit]) -> list[Hit]:
    """The ages of a text as concepts: ``age17``, ``age18``, ``agemonths``, ``lasts``; else ``n17`` and ``n18``.

    And whom its picture signs show.
    """
    sizes = _sizes(cut, hits)
    near: dict[int, set[str]] = {}
    for h in hits:
        near.setdefault(h.word, set()).add(h.name)
    found = []
    for first, last, small, suffix in _runs(sizes):
        after = [near.get(last + k, set()) for k in (1, 2, 3, 4) if _sentence(cut, last + k) == cut.sentences[last]]
        name = _kind(small, suffix, after)
        start = cut.starts[first]
        found.append(Hit(name, first, cut.sentences[first], start, cut.starts[last] + len(cut.words[last])))
    for m in named(normal):
        word = bisect_right(cut.starts, m.start(2)) - 1
        name = "name17" if int(m[2]) < 18 else "name18"
        found.append(Hit(name, word, cut.sentences[word], m.start(2), m.end(2)))
    for name, pictures in _PICTURES if cut.words else ():
        for m in pictures.finditer(normal.text):
            word = max(0, bisect_right(cut.starts, m.start()) - 1)
            found.append(Hit(name, word, cut.sentences[word], m.start(), m.end()))
    for m in _TIGHT.finditer(normal.text):
        word = max(0, bisect_right(cut.starts, m.start()) - 1)
        small = int(m[1]) < 18 if m[1].isdecimal() else _KOREAN.get(m[1], _chinese(m[1])) < 18
        name = "lasts" if _TIGHT_LASTS.match(normal.text, m.end()) else "age17" if small else "age18"
        found.append(Hit(name, word, cut.sentences[word], m.start(), m.end()))
    return found[:MOST]


def _sentence(cut: Words, word: int) -> int:
    """The sentence of a word; -1 past the end."""
    return cut.sentences[word] if word < len(cut.sentences) else -1


def named(normal: Normal) -> Iterator[re.Match[str]]:
    """A name with an age behind it, as news and captions write: "Kayla, 13, ..." """
    return _NAMED.finditer(normal.text)


def bearers(cut: Words, ages: Sequence[Hit], hits: Sequence[Hit]) -> Iterator[str]:
    """Each age with who stands nearest in its sentence, and what in the text turns it."""
    turned = "".join(sorted({h.name[:2] for h in [*hits, *ages] if h.name in _TURN}))
    for age in (a for a in ages if a.name[-1].isdigit() or a.name in _TIMES):
        who = [
            (abs(h.word - age.word), h.name) for h in [*hits, *ages] if h.sentence == age.sentence and h.name in _WHO
        ]
        nearest = min(who)[1] if who else "-"
        before = cut.words[age.word - 1] if age.word else "^"
        beyond = age.word + 1 < len(cut.words)
        yield f"{age.name} < {before}"
        yield f"{age.name} > {cut.words[age.word + 1] if beyond else '$'}"
        if before in _IS:
            yield f"{age.name} is {nearest} {turned}"
            yield f"{age.name} is"
        for h in hits:
            if h.sentence == age.sentence and h.name != age.name and -4 < h.word - age.word < 4:
                yield f"{age.name} {'b' if h.word < age.word else 'a'} {h.name}"
        yield f"{age.name} {nearest}"
        yield f"{age.name} {nearest} {turned}"
        yield f"{age.name} {turned}"


def _chinese(figures: str) -> int:
    tens, ten, ones = figures.partition("十")
    return 1 if not ten else 20 if tens not in ("", "一") or ones in ("八", "九") else 10


def _kind(small: bool, suffix: str, after: Sequence[set[str]]) -> str:
    first = after[0] if after else set()
    second = after[1] if len(after) > 1 else set()
    if (suffix and _MONTHS.match(suffix)) or "month" in first:
        kind = "agemonths" if small else "months"
    elif (suffix and _YEARS.match(suffix)) or "unit" in first or ("unit" in second and "turns" in second):
        kind = "age17" if small else "age18"
    else:
        return ("n17" if small else "n18") + ("s" if suffix else "")
    return "lasts" if any("dur" in names or "couple" in names for names in after) else kind


def _sizes(cut: Words, hits: Sequence[Hit]) -> dict[int, tuple[bool, str]]:
    """Word: whether its number is below 18, and the letters glued to it."""
    sizes: dict[int, tuple[bool, str]] = {}
    for h in hits:
        if h.name in ("small", "big"):
            small = h.name == "small" and sizes.get(h.word, (True, ""))[0]
            sizes[h.word] = (small, "")
    for i, word in enumerate(cut.words):
        glued = _GLUED.match(word)
        if word.isdecimal() and len(word) < 4:
            sizes[i] = (int(word) < 18, "")
        elif glued:
            sizes[i] = (int(glued[1]) < 18, glued[2])
    return sizes


def _runs(sizes: dict[int, tuple[bool, str]]) -> Iterator[tuple[int, int, bool, str]]:
    """Neighbouring number words as one number: "thirty five" is above 18."""
    words = sorted(sizes)
    at = 0
    while at < len(words):
        end = at
        while end + 1 < len(words) and words[end + 1] == words[end] + 1 and end - at < 3:
            end += 1
        small = all(sizes[w][0] for w in words[at : end + 1])
        yield words[at], words[end], small, sizes[words[end]][1]
        at = end + 1
