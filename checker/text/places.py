"""Where a name stands in a text, and whether it stands there in its own right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from . import context
from .gazetteer import Person
from .normalise import Normal
from .spellings import CAPITAL, FULL, ORDINARY, SPACES, Alias, Key

NO, PERHAPS, YES = 0, 1, 2
"""No name here; one if the context says so; a name."""

_TAG = re.compile(r"(?<!\w)#\w*$")
_WORD = re.compile(r"(?<![\w#@＃＠])[^\W\d_]+(?:['’][^\W\d_]+)?")
_LAST_WORD = re.compile(r"(?:(\w[\w'’]*)|\b(?:ft|feat|vs)\.)\s+[\"'“‘(]?$")
_SLAVIC = re.compile(r"(?:а|у|ом|е|ым|ои|ого|ому|ии|им|ыи|ы|ых|ыми|ю|я|ем|ею|и)(?!\w)")
_SLAVIC_LATIN = re.compile(r"(?<=[b-df-hj-np-tv-z])(?:a|em|om|ovi|owi|u)(?!\w)")
_PREFIX = frozenset("وفبلكהולבמשכ")
_BEFORE_HAN = frozenset("让讓被和与與跟把給给對对向是的在從从為为說说像學学找叫请請看")
_AFTER_HAN = frozenset("送说說在是的和与與去来來唱跳打被让讓也都又会會要不了正吃喝做氏前元首総總主选選")
_UNSPACED = (
    (0x0E00, 0x0EFF, "thai"),
    (0x1000, 0x109F, "burmese"),
    (0x1780, 0x17FF, "khmer"),
    (0x1100, 0x11FF, "hangul"),
    (0x3040, 0x309F, "han"),
    (0x30A0, 0x30FF, "katakana"),
    (0x3400, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "hangul"),
    (0x20000, 0x3FFFF, "han"),
)


@dataclass(frozen=True, eq=False)
class Reading:
    """A normalised text as names are looked for in it: words joined by one space, handles as hashtags."""

    normal: Normal
    text: str
    places: Sequence[int]

    @classmethod
    def of(cls, normal: Normal, text: str) -> Reading:
        """`text` is the normalised one or a reading of it with as many characters."""
        text = text.translate(SPACES)
        if "  " not in text:
            return cls(normal, text, ())
        places = [i for i, char in enumerate(text) if char != " " or text[i - 1 : i] != " "]
        return cls(normal, re.sub("  +", " ", text), places)

    def place(self, start: int, end: int) -> Place:
        """Characters `start` to `end` of the text that is searched."""
        first, last = (self.places[start], self.places[end - 1] + 1) if self.places else (start, end)
        return Place(self, start, end, first, last)

    def says(self, word: str) -> bool:
        """Whether the text holds the word or phrase, also in a hashtag."""
        within = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.text)
        return within is not None or f"#{word.replace(' ', '')}" in self.text

    @cached_property
    def words(self) -> list[str]:
        """Words of the original outside hashtags and handles."""
        return [m[0] for m in _WORD.finditer(self.normal.original)]

    @cached_property
    def caseless(self) -> bool:
        """Written without capitals, as by a speech recogniser; abbreviations do not count."""
        plain = [word for word in self.words if word[:2] not in ("I'", "I’")]
        return not any(len(word) > 1 and word[0].isupper() and not word.isupper() for word in plain) and any(
            word.islower() for word in self.words
        )

    @cached_property
    def shouted(self) -> bool:
        """Written in capitals throughout."""
        cased = [word for word in self.words if word.upper() != word.lower()]
        return len(cased) > 1 and all(word.isupper() for word in cased)


class Place(NamedTuple):
    """A stretch of the searched text, and where it stands in the normalised one."""

    reading: Reading
    start: int
    end: int
    first: int
    last: int

    @property
    def text(self) -> str:
        return self.reading.text

    @property
    def normal(self) -> Normal:
        return self.reading.normal

    def text_of(self) -> str:
        """The searched characters themselves."""
        return self.text[self.start : self.end]

    def tagged(self) -> bool:
        """Whether it opens a hashtag or handle, which no e-mail address does."""
        return self.text[self.start - 1 : self.start] == "#" and not is_word(
            self.text[max(0, self.start - 2) : self.start - 1]
        )

    def starts(self) -> bool:
        if self.start == 0 or _parted(self.text[self.start - 1], self.text[self.start], self.end - self.start):
            return True
        before = self.text[self.start - 1]
        if before in _BEFORE_HAN and self.end - self.start > 1:
            return True
        prefixed = before in _PREFIX and self.end - self.start > 3
        return prefixed and (self.start == 1 or not is_word(self.text[self.start - 2]))

    def ends(self) -> bool:
        text, end = self.text, self.end
        if end == len(text) or _parted(text[end - 1], text[end], end - self.start):
            return True
        if script(text[self.start]) == "han":
            before = text[self.start - 1 : self.start]
            if (self.start and before in _BEFORE_HAN) or (text[end] in _AFTER_HAN and not is_word(before)):
                return True
        if "а" <= text[end] <= "я":
            return bool(_SLAVIC.match(text, end))
        if end - self.start > 3 and _SLAVIC_LATIN.match(text, end):
            return self.normal.quote(self.first, self.first + 1).isupper()
        return text[end] == "s" and " " in text[self.start : end] and not is_word(text[end + 1 : end + 2])

    def humps(self) -> bool:
        """In a hashtag, between changes of case: ``#TeamTrump``."""
        if not _TAG.search(self.text[max(0, self.start - 40) : self.start]):
            return False
        return self._hump(self.first) and self._hump(self.last)

    def _hump(self, at: int) -> bool:
        if at in (0, len(self.normal.text)):
            return True
        a, b = self.normal.quote(at - 1, at), self.normal.quote(at, at + 1)
        return not is_word(a[-1]) or not is_word(b[0]) or b[0].isupper() > a[-1].isupper() or b[0].isdigit()

    def amid(self) -> bool:
        """Amid a sentence, after a word in small letters."""
        a, _ = self.normal.span(self.first, self.last)
        before = _LAST_WORD.search(self.normal.original[max(0, a - 40) : a])
        return before is not None and not (before[1] or "")[:1].isupper()

    def follows_a_name(self) -> bool:
        """After a word with a capital that opens no sentence: "Maria Ventura"."""
        a, _ = self.normal.span(self.first, self.last)
        before = re.search(r"([^\W\d_][\w'’-]*) $", self.normal.original[max(0, a - 40) : a])
        return before is not None and before[1][0].isupper() and not self.reading.shouted


def stands(at: Place, key: Key, person: Person, first_names: frozenset[str]) -> int:
    """Whether this spelling is a name here: NO, PERHAPS (its context has to say so) or YES."""
    tagged = at.tagged()
    if key.tag:
        return YES if tagged and at.ends() else NO
    if key.joined:
        long = at.end - at.start >= (4 if script(at.text[at.start]) else 8)
        whole = long and not key.capital and at.starts() and at.ends()
        return YES if (tagged and (long or at.ends())) or whole else NO
    if not (at.starts() and at.ends()) and not at.humps():
        return NO
    if not tagged and context.of_a_place(at.text, at.start, at.end):
        return NO
    if key.confidence == FULL:
        return YES
    written = at.normal.quote(at.first, at.last)
    if not written.isascii() and _accented(written) and not any(map(_accented, _all(person))):
        return NO  # Romanian "puțin"
    if key.unlike and any(at.reading.says(word) for word in key.unlike):
        return NO
    if " " not in at.text_of() and not tagged:
        if context.of_a_thing(at.text, at.start, at.end, article=key.weak) or _of_another(at, written, first_names):
            return NO
        if key.made and written.isascii() and _accented(person.name.split()[-1]):
            return NO  # "Under" is not Cengiz Ünder
    return _as_written(at, key, written, tagged)


def _as_written(at: Place, key: Key, written: str, tagged: bool) -> int:
    """What capitals, or their absence, make of a spelling."""
    reading = at.reading
    words = re.split(r"[\s_-]+", written)
    if key.weak:
        small = any(word[:1].islower() for word in words)
        if small and not reading.caseless and not tagged:
            return NO
        titled = key.made and at.follows_a_name() and not context.titled("politics", at.text, at.start, at.end)
        return NO if titled and not tagged else PERHAPS
    if not key.capital or (tagged and key.capital == 1):
        return YES
    if key.capital == 3:
        if written.isupper() and not reading.shouted:
            return YES
        return PERHAPS if written.isupper() or reading.caseless or tagged else NO
    if not all(word[:1].isupper() or word[:1].isdigit() for word in words):
        sure = len(written) > 5 and key.confidence == CAPITAL and at.text_of() not in ORDINARY
        return NO if key.capital != 1 or not reading.caseless else YES if sure else PERHAPS
    if key.capital > 1 and (tagged or (written.isupper() and len(written) > 3) or not at.amid()):
        return NO if tagged else PERHAPS
    return YES


def _of_another(at: Place, written: str, first_names: frozenset[str]) -> bool:
    """Whether a first name stands before a surname, as in "Brigitte Macron"."""
    if at.text[at.start - 1 : at.start] != " ":
        return False
    before = at.text[max(0, at.start - 40) : at.start - 1].split(" ")[-1]
    if len(before) < 3 or before not in first_names or context.titled("politics", at.text, at.start, at.end):
        return False
    if at.reading.caseless:
        return True
    a, _ = at.normal.span(at.first - 1 - len(before), at.first)
    return written[:1].isupper() and at.normal.original[a : a + 1].isupper()


def _all(person: Person) -> Iterator[str]:
    yield person.name
    yield from (Alias.parse(alias).plain for alias in person.aliases)


def _accented(text: str) -> bool:
    return any("\u00c0" <= char <= "\u024f" for char in text)


def _parted(a: str, b: str, length: int) -> bool:
    """Whether a word may end between `a` and `b`; scripts without spaces part anywhere from three characters on."""
    if not (is_word(a) and is_word(b)):
        return True
    kind = script(a)
    if kind != script(b):
        return True
    return kind not in ("", "katakana") and length > 2


def is_word(char: str) -> bool:
    """Whether it is part of a word: letter, figure, vowel sign."""
    return bool(char) and (char.isalnum() or unicodedata.category(char)[0] == "M")


@cache
def script(char: str) -> str:
    """The script of a character, for those that put no space between words; else empty."""
    code = ord(char)
    return next((name for first, last, name in _UNSPACED if first <= code <= last), "")
