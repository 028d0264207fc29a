"""One normalisation for all matching, which keeps the way back to the original characters.

Folded away: case, width, accents (Latin, Greek, Cyrillic), Arabic and Hebrew vowel signs, invisible characters,
typographic quotes and dashes, letters of other scripts that look Latin inside a Latin word, spaced-out and dotted
letters, figures that stand for letters and letters that a text reader mistakes, in the words that rules look for
(`unleet` for those a caller names). Hashtags are split by `hashtags` and by the lists, which know where words end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

MAX_CHARS = 6_000
"""Longest text that is looked at; captions end at 5,000 (YouTube) or 4,000 (TikTok), transcripts come in utterances."""

_INVISIBLE = {0x00AD, 0x034F, 0x115F, 0x1160, 0x180E, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0000, 0xE01F0)}
_FOLDED = {
    **dict.fromkeys("’‘‚‛`´ʼʹ′＇", "'"),
    **dict.fromkeys("“”„‟«»‹›「」『』《》〈〉″＂❝❞", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－⁃", "-"),
    **dict.fromkeys("。｡।॥۔։", "."),
    **dict.fromkeys("、،﹐", ","),
    **dict.fromkeys("؟¿⁇", "?"),
    **dict.fromkeys("؛", ";"),
    **dict.fromkeys("¡", "!"),
    **dict.fromkeys("【〔〖", "["),
    **dict.fromkeys("】〕〗", "]"),
    **dict.fromkeys("أإآٱ", "ا"),
    **dict.fromkeys("ىیې", "ي"),
    **dict.fromkeys("کڪ", "ك"),
    **dict.fromkeys("ßẞ", "ss"),
    **dict.fromkeys("ıİ", "i"),
    **dict.fromkeys("🅰🄰🅐", "a"),
    **dict.fromkeys("🄸🅸🅘", "i"),
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    **dict(zip("øđðłħŧæœþ", ("o", "d", "d", "l", "h", "t", "ae", "oe", "th"), strict=True)),
    "ة": "ه",
    "ـ": "",
    "ς": "σ",
    "…": "...",
    "•": "|",
    "·": "|",
    "｜": "|",
    "￨": "|",
}
_LOOKALIKE = dict(
    zip("абвгеіјкмнорстухѕԁԛԝһӏαβειικνορτυχ", "a6breijkmhopctyxsdqwhlabeiiknoptyx", strict=True),
) | {"в": "b", "г": "r", "о": "o", "с": "c", "т": "t", "н": "h", "у": "y"}
_LEET = str.maketrans("013457@$!|", "oieastasil"[:10])
_LEET_I = str.maketrans("013457@$!|", "oleastasii"[:10])


@dataclass(frozen=True, slots=True)
class Normal:
    """A text as the rules see it, each character with its place in the original."""

    original: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` of `text` stand in `original`."""
        if start >= end:
            return (0, 0)
        return self.starts[start], self.ends[end - 1]

    def quote(self, start: int, end: int) -> str:
        """The original words behind characters `start` to `end` of `text`."""
        a, b = self.span(start, end)
        return self.original[a:b]

    def edited(self, edits: Iterable[tuple[int, int, str]]) -> Normal:
        """The same with each ``(start, end, new)`` replaced; edits are in order and do not overlap."""
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, new in edits:
            text.append(self.text[at:start])
            starts.extend(self.starts[at:start])
            ends.extend(self.ends[at:start])
            first, last = self.span(start, end)
            text.append(new)
            one = len(new) == end - start  # character for character
            starts.extend(self.starts[start:end] if one else [first] * len(new))
            ends.extend(self.ends[start:end] if one else [last] * len(new))
            at = end
        if not at:
            return self
        return Normal(
            self.original, "".join(text) + self.text[at:], [*starts, *self.starts[at:]], [*ends, *self.ends[at:]]
        )


def normalise(text: str) -> Normal:
    """Fold `text` for matching; what is beyond `MAX_CHARS` is not looked at."""
    normal = _fold(text[:MAX_CHARS])
    for repair in (_lookalikes, _dotted, _spaced, _figures, _misread):
        normal = repair(normal)
    return normal


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`text` folded character by character: the form in which lists and patterns are kept."""
    return _fold(text).text


def unleet(word: str, known: Callable[[str], bool]) -> str | None:
    """`word` with figures read as letters when that makes a word that is `known`, such as ``g3n3rat3d``."""
    if word.isalpha() or not any(c.isalpha() for c in word):
        return None
    for table in (_LEET, _LEET_I):
        plain = word.translate(table)
        if plain != word and known(plain):
            return plain
    return None


def _fold(text: str) -> Normal:
    if text.isascii():
        lower = text.lower().translate(_ASCII)
        return Normal(text, lower, range(len(text)), range(1, len(text) + 1))
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, cluster in _clusters(text):
        for char in _folded(cluster):
            out.append(char)
            starts.append(start)
            ends.append(end)
    return Normal(text, "".join(out), starts, ends)


_ASCII = str.maketrans({"`": "'", "\t": " ", "\r": "\n", "\v": "\n", "\f": "\n", "\x00": " "})


def _clusters(text: str) -> Iterable[tuple[int, int, str]]:
    """Base characters with the combining ones after them."""
    if unicodedata.is_normalized("NFC", text):
        yield from ((i, i + 1, char) for i, char in enumerate(text))
        return
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or not (unicodedata.combining(text[i]) or "\u1160" <= text[i] <= "\u11ff"):
            yield start, i, unicodedata.normalize("NFC", text[start:i])
            start = i


@cache
def _folded_char(char: str) -> str:
    if char in _FOLDED:
        return _FOLDED[char]
    code = ord(char)
    category = unicodedata.category(char)
    if category == "Cf" or code in _INVISIBLE:
        return ""
    if char.isspace():
        return "\n" if char in "\n\r\v\f\x85\u2028\u2029" else " "
    if category == "Nd":
        return str(unicodedata.digit(char))
    wide = unicodedata.normalize("NFKC", char).casefold()
    if wide != char and len(wide) > 1:
        return "".join(_folded_char(c) for c in wide)
    if wide in _FOLDED:
        return _FOLDED[wide]
    if len(wide) == 1 and (ord(wide) < 0x0530 or 0x1E00 <= ord(wide) < 0x2000):
        wide = "".join(c for c in unicodedata.normalize("NFKD", wide) if not unicodedata.combining(c))
        wide = "".join(_FOLDED.get(c, c) for c in wide)
    elif category == "Mn" and (code < 0x0370 or 0x0483 <= code < 0x0700):
        return ""
    return wide


def _folded(cluster: str) -> str:
    if len(cluster) == 1:
        return _folded_char(cluster)
    return "".join(_folded_char(c) for c in cluster)


_MIXED = re.compile(
    r"(?<![a-z\u0370-\u052f])(?=[\u0370-\u052f]*[a-z])(?=[a-z]*[\u0370-\u052f])[a-z\u0370-\u052f]+|(?<!\w)[аα][іι](?!\w)"
)


def _lookalikes(normal: Normal) -> Normal:
    """Cyrillic and Greek letters inside a Latin word become the Latin letters that they imitate."""
    if normal.original.isascii():
        return normal
    edits = [(m.start(), m.end(), "".join(_LOOKALIKE.get(c, c) for c in m[0])) for m in _MIXED.finditer(normal.text)]
    return normal.edited(edits)


_DOTTED = re.compile(
    r"(?<![\w.])(?:(?:a ?\. ?i|i ?\. ?a|k ?\. ?i)(?:\.(?!\w)|(?!\w))|a[ _*|-]i(?!\w)|a- ?i(?= ?-? ?gen))"
)


def _dotted(normal: Normal) -> Normal:
    """``A.I.`` and, in capitals, ``A I`` become one word; "a i" in small letters is two words of Polish."""
    if "i" not in normal.text:
        return normal
    edits = []
    for m in _DOTTED.finditer(normal.text):
        quote = normal.quote(m.start(), m.end())
        letters = [c for c in quote if c.isalpha()]
        if "." in m[0] or all(c.isupper() for c in letters):
            edits.append((m.start(), m.end(), "".join(c for c in m[0] if c.isalpha())))
    return normal.edited(edits)


_SPACED = re.compile(r"(?<![\w'])(?:[^\W_][ .*_|-]{1,2}){3,}[^\W_](?![\w'])")


def _spaced(normal: Normal) -> Normal:
    """``A I  G E N E R A T E D`` becomes words; with one kind of gap only, one long word."""
    edits = []
    for m in _SPACED.finditer(normal.text):
        run = m[0]
        if sum(c.isalpha() for c in run) < 4 or not run.isascii():
            continue
        gaps = list(re.finditer(r"[^a-z0-9]+", run))
        kinds = {gap[0] for gap in gaps}
        # The wider gap parts words, or the blank one where letters are joined by a sign: "m-a-d-e w-i-t-h".
        wide = {" "} & kinds if len(set(map(len, kinds))) == 1 else {kind for kind in kinds if len(kind) > 1}
        for gap in gaps:
            new = " " if gap[0] in wide and len(kinds) > 1 else ""
            edits.append((m.start() + gap.start(), m.start() + gap.end(), new))
    return normal.edited(edits)


_WORDS = frozenset(
    "made make makes generated generator created artificial intelligence synthetic deepfake deepfakes fake video image "
    "with code codes promo discount coupon sponsored sponsor affiliate partnership paid advert link links sale deal "
    "offer free order off vote votes voting kill killed killing suicide suicidal rape porn porno sex sexual nude nudes "
    "naked nazi save money crypto bitcoin invest investing giveaway winner telegram whatsapp partner drug drugs "
    " cocaine heroin weed vape guns pills whore bitch slut".split()
)
"""Words that rules look for, and that are written to escape them."""
_LEETED = re.compile(
    r"(?<![\w#@$.])(?=[a-z@$!|]{0,12}[0-9@$!|])(?=[0-9@$!|]{0,12}[a-z])[a-z0-9$][a-z0-9@$!|]{1,12}[a-z0-9$](?![\w%]|\.\w)"
)
_FIGURE = re.compile(r"[0-9@$!|][a-z]|[a-z][0-9@$]")
_PERCENT = re.compile(r"(?<!\w)(?=[0-9oli]{1,3} ?%)(?=[oli]?\d)[0-9oli]{2,3}(?= ?%)")
_TO_FIGURES = str.maketrans("oli", "011")


def _figures(normal: Normal) -> Normal:
    """``c0de`` and ``2O%`` as they are meant; no other word with figures in it changes. ``A1`` is for `labels`."""
    if not _FIGURE.search(normal.text):
        return normal
    edits = [(m.start(), m.end(), unleet(m[0], _WORDS.__contains__)) for m in _LEETED.finditer(normal.text)]
    edits += [
        (m.start(), m.end(), m[0].translate(_TO_FIGURES)) for m in _PERCENT.finditer(normal.text) if not m[0].isdigit()
    ]
    return normal.edited(sorted((start, end, new) for start, end, new in edits if new))


def _misreadings(word: str) -> Iterable[str]:
    """`word` with one letter as a text reader may see it."""
    for true, seen in (("m", "rn"), ("l", "i"), ("i", "l"), ("d", "cl"), ("w", "vv")):
        for m in re.finditer(true, word):
            yield word[: m.start()] + seen + word[m.end() :]


_SURE = {word for word in _WORDS if len(word) > 4} | {"made", "make", "with", "link", "code"}
"""Of the short ones a misreading is soon somebody's name, such as Kili."""
_MISREAD = {seen: word for word in sorted(_SURE) for seen in _misreadings(word) if seen not in _WORDS}
_LETTERS = re.compile(r"(?<![\w#@])[a-z]{3,}(?!\w)")


def _misread(normal: Normal) -> Normal:
    """``rnade`` and ``Iink`` as they are meant."""
    if _MISREAD.keys().isdisjoint(_LETTERS.findall(normal.text)):
        return normal
    words = _LETTERS.finditer(normal.text)
    return normal.edited((m.start(), m.end(), _MISREAD[m[0]]) for m in words if m[0] in _MISREAD)
