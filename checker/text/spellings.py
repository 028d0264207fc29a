"""Spellings of a person's name that are looked for, each with what it takes to count.

An alias may carry a mark in front: ``^`` written with a capital; ``^^`` also not where every word has one;
``~`` only in the person's own context; ``#`` only as a hashtag or handle. After a marked alias may stand words that
make it this person (``~Nigel+Reform``) or something else (``^Macron!shirt``), anywhere in the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .gazetteer import Person
from .normalise import fold

FULL, JOINED, LONE, ALIAS, CAPITAL, CAREFUL, CONTEXT = 1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7
"""Confidence: full name, without spaces, name of one word, alias of one word, ``^``, ``^^``, by its context."""
LEVELS = (FULL, JOINED, LONE, ALIAS, CAPITAL, CAREFUL, CONTEXT)
SPACES = str.maketrans(dict.fromkeys("-_|・‧=゠~\n", " ") | {"@": "#"})
LEAST_SURNAME = 4

_UMLAUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "å": "aa"})
_MARKED = re.compile(r"(\^{1,2}|~|#)(.+)", re.DOTALL)
_SUFFIX = re.compile(r"(?:,? (?:jr|sr)\.?| i{1,3}| iv| vi{0,3})$")
_PARTICLES = frozenset("de da do dos di del della la le van von der den ter ten el al bin ben st mac".split())
_FAMILY_FIRST = frozenset("CN TW HK MO KR KP VN SG KH MM".split())
_SURNAME_ROLES = frozenset(
    "politician head_of_state head_of_government party_leader minister athlete musician actor executive".split()
)
_POLISH = (("ski", ("skiego", "skiemu", "skim")), ("cki", ("ckiego", "ckiemu", "ckim")), ("dzki", ("dzkiego",)))
_ENDINGS = (
    *(("енко", ("енка", "енку", "енком", "енкові")), ("скии", ("ск",)), ("цкии", ("цк",)), ("ова", ("овои", "ову"))),
    *(("ева", ("евои", "еву")), ("ая", ("ую", "ои")), ("ина", ("инои", "ину")), ("ко", ("ка", "ку", "ком"))),
    *(("ησ", ("η",)), ("ασ", ("α",)), ("οσ", ("ου", "ο")), ("ισ", ("ι",))),
)
ORDINARY = frozenset(
    "king young love rose stone brown green white black bush cook west hill long rich wood woods fox park ford bell "
    "berry banks fields rivers winter winters summers swift hunt page cash price power powers waters paul james thomas "
    "martin george david john grant chase mark bill pace best good bird wolf moon star stars light night knight church "
    "house field barber baker carpenter cooper fisher gardener hunter mason miller potter shepherd smith taylor "
    "turner walker weaver singer archer butler carter parker porter sinner musk mask gates jobs trump pitt pink sting "
    "future usher common little small short strong wild bright sharp sweet savage moody noble darling child guest "
    "major marshall bishop pope prince duke earl lord abbott friend newman goodman freeman chapman may june august "
    "april monday sunday friday north south east dean dale glen lane street bridge brook brooks ridge rice bean bacon "
    "lamb coffey pepper salt garlic berry cherry olive lemon gold silver steel cruise holiday merry christmas easter "
    "angel dawn hope faith grace joy charity victory liberty america london paris houston dallas austin jackson "
    "lincoln washington madison cleveland jordan israel holland ireland england france germany spain roman "
    "santo santos costa rosa flores cruz reyes leon campos ramos rios vega luna sol mar silva gold bond ball beach "
    "block bolt book bowl branch brand bull bush byrne case clay cole cross cloud crow dash day dawson drew dunk face "
    "fair fall farmer fast field finch fire fish flair flower foot frost gale game gay good grace grande gray grey "
    "gross hall hand hands hardy hart head heard heart hook horn ice iron jewel judge just keys kid kids land law "
    "lawless life line link lion lock look loving luck luster made man marble mars marvel mercury milk mine mint mix "
    "monk money moss most nice noel nova nutt pain painter patch peach pearl penn pike pine plant poor post proud "
    "quick rain rains ray reed reef ring river road rock rush russet sand sands seal self set shade shell ship "
    "show sky slick snow sorrow soul spade spark speed spring stage stark stern stiles sun sunny sugar table teller "
    "tells temple thorn tide tower town trust twist vale vale vine vision wall war ward wars way wave weeks weir wells "
    "wheat wheel wild wind winner wise wish wonder word words worth wright year kahn chan khan kaur singh kumar sharma "
    "gandhi amour petit petite grand grande leroy roi legrand leblanc dubois dupont meyer klein gross schwarz weiss "
    "koch berg stein bach wagner becker fischer weber schmidt muller rossi bianchi russo romano conti greco "
    "under neuer laje sabato mill mills ward lake hill "
    "grove stock sale sales mann winner winter summer best trust craft baron".split()
)


class Key(NamedTuple):
    """One spelling of a name and what it takes to count.

    `capital`: how many ``^``, or 3 for an abbreviation, which counts as it is written; `joined`: spaces left out;
    `tag`: after # or @ only; `weak`: only by its context; `made`: a surname that no list names by itself.
    """

    person: int
    confidence: float
    capital: int = 0
    joined: bool = False
    tag: bool = False
    weak: bool = False
    made: bool = False
    near: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()


class Alias(NamedTuple):
    """An alias without its mark."""

    plain: str
    mark: str = ""
    near: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()

    @classmethod
    def parse(cls, written: str) -> Alias:
        """The parts of ``~Nigel+Reform`` and its like."""
        marked = _MARKED.fullmatch(written)
        if marked is None:
            return cls(written)
        plain, *rest = re.split(r"(?=[+!])", marked[2])
        near = tuple(fold(word[1:]) for word in rest if word[0] == "+" and len(word) > 1)
        unlike = tuple(fold(word[1:]) for word in rest if word[0] == "!" and len(word) > 1)
        return cls(plain, marked[1], near, unlike)


def of_names(number: int, person: Person) -> Iterator[tuple[str, Key]]:
    """Spellings of the name itself."""
    marks = {fold(a.plain): a for a in map(Alias.parse, person.aliases) if a.mark in ("^", "^^", "~")}
    for text in _forms(person.name):
        yield from _ways(number, text, marks.get(fold(person.name), Alias(person.name)), LONE, person.name)


def of_aliases(number: int, person: Person) -> Iterator[tuple[str, Key]]:
    """Spellings of the aliases."""
    for alias in map(Alias.parse, person.aliases):
        if alias.mark == "#":
            joined = fold(alias.plain).translate(SPACES).replace(" ", "")
            yield "#" + joined, Key(number, JOINED, tag=True)
            continue
        for text in _forms(alias.plain):
            yield from _ways(number, text, alias, ALIAS, alias.plain)


def of_surnames(number: int, person: Person, first_names: frozenset[str]) -> Iterator[tuple[str, Key]]:
    """The surname alone, which counts by its context only."""
    if person.role not in _SURNAME_ROLES or person.kind != "public_figure":
        return
    for name in (person.name, *(a for a in person.aliases if "\u0400" <= a[:1] <= "\u04ff")):
        words = _SUFFIX.sub("", " ".join(fold(name).split())).split(" ")
        if len(words) < 2 or (name == person.name and person.country in _FAMILY_FIRST):
            continue
        last = words[-1].translate(SPACES)
        key = Key(number, CONTEXT, capital=1, weak=True, made=True)
        if words[-2] in _PARTICLES:
            yield f"{words[-2]} {last}", key
        if len(last) >= LEAST_SURNAME and last.isalpha() and last not in ORDINARY and last not in first_names:
            for form in (last, *_inflected(last)):
                yield form, key


def _ways(number: int, text: str, alias: Alias, lone: float, written: str) -> Iterator[tuple[str, Key]]:
    capital = len(alias.mark) if alias.mark[:1] == "^" else 0
    letters = text.replace(" ", "")
    if len(letters) < 4 and letters.isascii() and not alias.near:
        capital = 0 if any(c.isdigit() for c in letters) and len(letters) == 3 else 3 if written.isupper() else 2
    alone = " " not in text
    sure = (FULL, CAPITAL, CAREFUL, CAPITAL)[capital] if capital or not alone else lone
    weak = alias.mark == "~"
    key = Key(number, CONTEXT if weak else sure, capital, weak=weak, near=alias.near, unlike=alias.unlike)
    for form in (text, *_inflected(text)):
        yield form, key
    if not alone and not weak:
        yield letters, Key(number, JOINED, capital, joined=True)


def _inflected(text: str) -> Iterator[str]:
    """Slavic and Greek cases that change the end of a name; those that only add to it are read at the match."""
    first, _, last = text.partition(" ")
    if last and " " not in last and "а" <= text[0] <= "я" and len(first) > 2:
        yield from _both_inflected(first, last)
    if text.isascii():
        for end, polish in _POLISH:
            if text.endswith(end) and len(text) > 5:
                yield from (text[: -len(end)] + other for other in polish)
        return
    for end, others in _ENDINGS:
        if text.endswith(end) and len(text) > 4:
            yield from (text[: -len(end)] + other for other in others)
            return
    if text.startswith("ال") and len(text) > 4:
        yield "لل" + text[2:]


def _both_inflected(first: str, last: str) -> Iterator[str]:
    """Cases of a Russian or Ukrainian first name with its surname: genitive, dative, accusative, instrumental."""
    if first[-1] in "ая":
        stem, ends = first[:-1], ("ы", "е", "у", "ой") if first[-1] == "а" else ("и", "и", "ю", "ей")
    elif first[-1] in "йиь":
        stem, ends = first[:-1], ("я", "ю", "я", "ем")
    else:
        stem, ends = first, ("а", "у", "а", "ом")
    if last[-1] in "ая" and len(last) > 3:
        root = last[:-2] if last.endswith("ая") else last[:-1]
        tails = ("ои", "ои", "ую", "ои") if last.endswith("ая") else ("ои", "ои", "у", "ои")
    elif last.endswith(("ии", "ыи")):
        root, tails = last[:-2], ("ого", "ому", "ого", "им")
    else:
        root, tails = last, ("а", "у", "а", "ым")
    for end, tail in zip(ends, tails, strict=True):
        yield f"{fold(stem + end)} {root}{tail}"


def _forms(name: str) -> Iterator[str]:
    """With and without the dots, apostrophes and umlauts."""
    for form in dict.fromkeys((name, name.translate(_UMLAUT), name.replace("'", "").replace("’", ""))):
        text = " ".join(fold(form).translate(SPACES).split())
        yield text
        if " " in text and "." in text:
            yield from (text.replace(".", ""), " ".join(text.replace(".", " ").split()))
