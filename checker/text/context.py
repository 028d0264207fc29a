"""What a text is about, as far as it tells whom a name alone means: words and titles of a trade, in many languages."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from .normalise import fold

_TRADES = {
    "politics": "politician head_of_state head_of_government party_leader minister activist royal",
    "sport": "athlete",
    "music": "musician",
    "screen": "actor",
    "business": "executive",
    "web": "creator",
    "letters": "author artist scientist journalist religious_leader",
}
_TRADE_OF = {role: trade for trade, roles in _TRADES.items() for role in roles.split()}
_ARTICLE = re.compile(r"(?:^|[^\w'#@])(a|an|un|une|ein|eine|einen|einem|einer|una|uno|um|uma|een)\s+[\"“]?$")
_ENGLISH = re.compile(r"(?<!\w)(?:the|is|and|my|this|with|for|it|of|you|just)(?!\w)")  # "vota a Ayuso" has no article
_NAMED = (
    "named called namens nommé nommée appelé appelée llamado llamada chamado chamada chiamato chiamata imieniem adında "
    "uncle auntie aunt tonton tata oncle tante onkel opa oma tío tía tio tia zio zia nonno nonna dog cat puppy kitten "
    "horse parrot hamster bunny son daughter brother sister cousin neighbour neighbor chien chat cheval hund katze "
    "pferd perro gato cachorro cane gatto kot pies kedim kedisi köpeğim köpek fils fille frère sœur voisin sohn "
    "tochter hijo hija hermano hermana filho filha figlio figlia عمي خالي الحاج اخي استاذ الاستاذ"
)
_PRIVATE_BEFORE = frozenset(map(fold, _NAMED.split()))
_PRIVATE_AFTER = re.compile(
    r"\s+(?:amca|teyze|dayi|abla|hoca|the (?:dog|cat|duck|parrot|horse|hamster|rabbit|bunny|puppy|kitten|fish|cow|"
    r"goldfish|pug|corgi|tortoise|turtle|chicken|rooster|pig))(?!\w)"
)
_PLACE_BEFORE = re.compile(
    r"(?<!\w)(?:rue|salle|espace|theatre|place|avenue|boulevard|bd|quai|pont|stade|lycee|college|ecole|"
    r"scuola|scuola media|liceo|istituto|media|colegio|instituto|escola|schule|gymnasium|szkola|"
    r"aeroport|gare|metro|station|via|piazza|"
    r"viale|stadio|calle|plaza|avenida|estadio|aeropuerto|rua|praca|aeroporto|ulica|ul\.|plac|rondo|jalan|jl\.|bandara|"
    r"улиц[аеы]|площад[ьи]|вулиц[яі]|شارع|ملعب|مطار) (?:du |de la |de |des )?$|salle $"
)
_CAMPAIGN = re.compile(r" ?20[2-9]\d(?!\d)")  # "RUFFIN 2027"
_ADDRESS = re.compile(r"ego \d{1,3}(?![\d:%])")  # Polish streets: "Słowackiego 5"
_SAYS = re.compile(
    r" (?:says?|said|told|tweeted|announce[sd]|claims|claimed|dit|a dit|annonce|affirme|sagt|sagte|dice|dijo|ha dicho|"
    r"ha detto|disse|diz|zegt|zei|mowi|powiedzial|dedi|сказал|заявил|каже|сказав)(?!\w)"
)
_PLACE_AFTER = re.compile(
    r"[ -](?:street|st\.|avenue|ave|boulevard|stadium|airport|university|high school|school|road|square|hotel|bridge|"
    r"center|centre|library|museum|foundation|strasse|platz|allee|havalimani|stadyumu|caddesi|international|lane)(?!\w)"
)


class Trade(NamedTuple):
    """Patterns of one trade: words anywhere, titles before and after a name."""

    cues: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]


def trade_of(role: str) -> str:
    """The trade of a role of the gazetteer; empty for one that is not known."""
    return _TRADE_OF.get(role, "")


def speaks_of(trade: str, text: str) -> bool:
    """Whether a folded text holds a word of the trade."""
    return trade in _TRADES and trades()[trade].cues.search(text) is not None


def titled(trade: str, text: str, start: int, end: int) -> bool:
    """Whether a title of the trade stands right before or after the name."""
    if trade not in _TRADES:
        return False
    known = trades()[trade]
    if trade == "politics" and _CAMPAIGN.match(text, end):
        return True
    return bool(known.before.search(text[max(0, start - 30) : start])) or bool(known.after.match(text, end))


def of_a_thing(text: str, start: int, end: int, *, article: bool = True) -> bool:
    """Whether the words around say that no such person is meant: "a Ford", "our dog Messi", "Drake the duck"."""
    before = text[max(0, start - 24) : start]
    indefinite = _ARTICLE.search(before) if article else None
    if indefinite and (indefinite[1] != "a" or _ENGLISH.search(text)):
        return True
    if _PRIVATE_AFTER.match(text, end):
        return True
    words = before.split()
    return bool(words) and before[-1:] == " " and words[-1] in _PRIVATE_BEFORE


def of_a_place(text: str, start: int, end: int) -> bool:
    """Whether a street, a stadium, a school or their like is named after the person."""
    before = _PLACE_BEFORE.search(text[max(0, start - 24) : start])
    return before is not None or bool(_PLACE_AFTER.match(text, end)) or bool(_ADDRESS.match(text, end - 3))


def speaks(text: str, end: int) -> bool:
    """Whether a verb of saying follows the name."""
    return _SAYS.match(text, end) is not None


@cache
def trades() -> dict[str, Trade]:
    """The patterns of every trade."""
    words: dict[tuple[str, str], list[str]] = {}
    with (files(__package__) / "data" / "context.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            held = words.setdefault((row["trade"], row["kind"]), [])
            held += [_pattern(word) for word in row["words"].split()]
    return {
        trade: Trade(
            re.compile(_any(words, trade, "cue", r"(?<!\w)", r"(?!\w)") + _any(words, trade, "han", "|", "")),
            re.compile(_any(words, trade, "before", r"(?<!\w)", r"[.:]?\s+$|") + r"(?!)"),
            re.compile(r"[ .'’]{0,2}" + _any(words, trade, "after", "", "") if (trade, "after") in words else r"(?!)"),
        )
        for trade in _TRADES
    }


def _pattern(word: str) -> str:
    stem = re.escape(fold(word.rstrip("*").replace("_", " ")))
    return stem + r"\w*" if word.endswith("*") else stem


def _any(words: dict[tuple[str, str], list[str]], trade: str, kind: str, left: str, right: str) -> str:
    held = words.get((trade, kind), [])
    return f"{left}(?:{'|'.join(sorted(set(held), key=len, reverse=True))}){right}" if held else ""
