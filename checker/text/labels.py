"""AI labels in words: what says that AI made this, what denies it; talk about AI is neither.

A phrase counts by its form (participle + means, noun + AI, "this is AI"), by what its clause holds besides, and by what
the sentence does with it: deny, ask, report, teach, generalise. Words of each language: ``data/labels*.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from . import hashtags, languages
from .normalise import Normal, fold

LONGEST = 600
"""Characters of a sentence that is read as one."""
MOST_HITS = 8
"""Places in one sentence that are weighed per language: a wall of words is no reason to hang."""
_CASES = ("ru", "uk", "cs", "pl", "ar")
"""Languages in which a case ending or a prefix stands for "by"."""
_SCRIPTS = ("ru", "uk", "el", "ar", "he", "fa", "hi", "bn", "th", "zh", "ja", "ko")
_NO_COPULA = ("ru", "uk", "id")
_INDIC = "\u0900-\u0dff"
"""Vowel signs of Indic scripts belong to the word, although ``\\w`` leaves them out."""
_UPPER = {"it": "ai", "vi": "ai", "ro": "ia", "pl": "si", "no": "ki", "tr": "yz", "tl": "ai", "nl": "ki"}
"""Short names of AI that are also common words of the language: count in capitals only."""


@dataclass(frozen=True, slots=True)
class Label:
    """An AI label, or its denial; `start` and `end` count in the original text."""

    language: str
    denied: bool
    hashtag: bool
    quote: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class _Language:
    code: str
    trigger: re.Pattern[str]
    strong: re.Pattern[str]
    weak: re.Pattern[str]
    bare: re.Pattern[str]
    phrase: re.Pattern[str] | None
    deny: re.Pattern[str]
    neg: re.Pattern[str]
    only: re.Pattern[str]
    talk: re.Pattern[str]
    said: re.Pattern[str]
    ask: re.Pattern[str]
    selfish: re.Pattern[str]
    closed: re.Pattern[str]
    verb_final: bool


def data(name: str) -> Any:
    """A YAML file of this package."""
    import yaml

    text = (files(__package__) / "data" / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def find(normal: Normal, *, screen: bool = False, refused: set[str] | None = None) -> list[Label]:
    """AI labels and denials in one text; on `screen` the lone acronym is a label (the EU icon is that).

    `refused` collects why words of AI were not taken for a label: ``talk``, ``said``, ``asked`` ...
    """
    refused = set() if refused is None else refused
    found = list(_tagged(normal))
    said = _ocr(hashtags.without(normal))
    talk = False
    for start, end in _sentences(said.text):
        sentence = said.text[start:end]
        # A generator's name belongs to no language, and what is ASCII is in none that has another script.
        every = _latin() if sentence.isascii() else _languages()
        hits = list(every) if _tool().search(sentence) else [x for x in every if x.trigger.search(sentence)]
        order = languages.rank(sentence) if len(hits) > 1 else ()
        hits.sort(key=lambda x: order.index(x.code) if x.code in order else 99)
        for language in hits:
            talk = talk or (bool(language.talk.search(sentence)) and language.code in (*order[:1], hits[0].code, "en"))
            label, decided = _in_sentence(said, start, end, language, screen, refused)
            if label is not None:
                found.append(label)
            if decided:
                break
    if talk and not any(not x.hashtag for x in found):
        # A post that talks about AI tags its subject, not itself; a tag that says "generated" still counts.
        found = [x for x in found if x.denied or x.confidence > 0.9]
    if any(x.denied for x in found):
        found = [x for x in found if x.denied or not x.hashtag]
    return found


def _tagged(normal: Normal) -> Iterator[Label]:
    lists = _tags()
    found = list(hashtags.tags(normal))
    names = {t.compact for t in found}
    supported = bool(names & (lists["tags"] | {"ai", "ia", "ki", "aiart", "artificialintelligence"}))
    for tag in found:
        denied = tag.compact in lists["deny_tags"]
        clear = tag.compact in lists["tags"] or tag.compact in lists["tool_tags"]
        unclear = supported and tag.compact in lists["unclear"]
        if denied or clear or unclear:
            plain = re.search(
                r"generat|gener|made|creat|erstellt|hech|feit|fait|生成|合成|создан|deepfake", tag.compact
            )
            start, end = normal.span(tag.start, tag.end)
            confidence = 0.98 if denied or plain else 0.85
            yield Label("", denied, True, normal.original[start:end], start, end, confidence)
    for m in re.finditer(r"(?<![\w#@])[a-z]{6,24}(?!\w)", normal.text):
        if m[0] in lists["tags"] and ("ai" in m[0] or "ia" in m[0] or "ki" in m[0]):
            start, end = normal.span(m.start(), m.end())
            yield Label("en", False, False, normal.original[start:end], start, end, 0.9)


def _in_sentence(
    normal: Normal, start: int, end: int, language: _Language, screen: bool, refused: set[str]
) -> tuple[Label | None, bool]:
    """The label or denial of one sentence as one language reads it, and whether that settles the sentence."""
    sentence = normal.text[start:end]
    plain = language.only.sub(lambda m: " " * len(m[0]), sentence)
    denial = language.deny.search(plain)
    if denial and _capitals(normal, start, denial, language):
        asked = _asked(sentence, denial.end(), language)
        return None if asked else _label(normal, start, denial, language, denied=True), True
    decided = False
    for pattern, strong in ((language.phrase, True), (language.strong, True), (language.weak, False)):
        for m in islice(pattern.finditer(sentence), MOST_HITS) if pattern else ():
            if not _capitals(normal, start, m, language) or _quoted(sentence, m) or _is_name(normal, start, m):
                refused.add("quoted or a name")
                continue
            decided = decided or strong
            if _negated(plain, m, language):
                asked = _asked(sentence, m.end(), language)
                return None if asked else _label(normal, start, m, language, denied=True), True
            if _counts(sentence, m, _clause(sentence, m.start(), m.end()), language, strong, screen):
                return _label(normal, start, m, language, denied=False), True
            refused.add("strong" if strong else "weak")
            refused.update(_reasons(sentence, m, language))
    return None, decided


def _negated(plain: str, m: re.Match[str], language: _Language) -> bool:
    a, b = _clause(plain, m.start(), m.end())
    after = plain[m.end() : b]
    scope = plain[a : m.start()] + "\n" + (plain[m.start() : b] if language.verb_final else after[:14])
    return bool(language.neg.search(scope))


def _is_name(normal: Normal, offset: int, m: re.Match[str]) -> bool:
    """Whether "Ai" is written like a name beside another, as in Ai Weiwei or Kim Ai."""
    quote = normal.quote(offset + m.start(), offset + m.end())
    at = quote.find("Ai")
    if at < 0 or quote[at : at + 3] == "Ai-" or not re.search(r"(?<!\w)Ai(?!\w)", quote):
        return False
    a, _ = normal.span(offset + m.start(), offset + m.end())
    text = normal.original
    a += at
    return bool(
        re.search(r"[A-Z][a-z]+ $", text[max(0, a - 40) : a])
        or re.match(r" (?!Generated|Made|Created|Video)[A-Z]", text[a + 2 :])
    )


def _counts(
    sentence: str, m: re.Match[str], clause: tuple[int, int], language: _Language, strong: bool, screen: bool
) -> bool:
    a, b = clause
    around = sentence[a : m.start()] + " \n " + sentence[m.end() : b]
    if _asked(sentence, m.end(), language) or language.said.search(sentence[: m.start()]):
        return False
    alone = language.closed.fullmatch(sentence[a : m.start()]) and language.closed.fullmatch(sentence[m.end() : b])
    if alone:
        if not language.bare.fullmatch(m[0].strip(" ()[]*")):
            return not language.said.search(sentence[m.end() :])
        if language.only.search(sentence[:a]):
            return True
        bracketed = sentence[max(0, a - 1) : a] in ("(", "[", "*") and sentence[b : b + 1] in (")", "]", "*")
        lone = sentence[a:b].strip(" .!*") == m[0].strip(" .!*")
        return lone and bool(bracketed or (screen and not sentence[:a].strip() and not sentence[b:].strip(" .")))
    bare = language.bare.fullmatch(m[0].strip(" ()[]*"))
    if not strong and (bare or m.start() - a > 24 or not language.selfish.search(sentence[a : m.start()])):
        return False
    if language.selfish.search(sentence[a : m.start()] + m[0][:20]):
        return not (language.talk.search(around) or language.said.search(around))
    rest = sentence[: m.start()] + " \n " + sentence[m.end() :]
    return not (language.talk.search(rest) or language.said.search(rest))


def _reasons(sentence: str, m: re.Match[str], language: _Language) -> Iterator[str]:
    """What in the sentence speaks against a label."""
    rest = sentence[: m.start()] + " \n " + sentence[m.end() :]
    if _asked(sentence, m.end(), language):
        yield "asked"
    if language.said.search(rest):
        yield "said"
    if language.talk.search(rest):
        yield "talk"


def _label(normal: Normal, offset: int, m: re.Match[str], language: _Language, *, denied: bool) -> Label:
    start, end = normal.span(offset + m.start(), offset + m.end())
    quote = normal.original[start:end]
    kept = quote.strip(" -|:\n")
    start += len(quote) - len(quote.lstrip(" -|:\n"))
    return Label(language.code, denied, False, kept, start, start + len(kept), 0.93)


def _asked(sentence: str, end: int, language: _Language) -> bool:
    """Whether the clause that ends the sentence asks, and the phrase is in it or the question is about it."""
    if "?" not in sentence[-3:]:
        return False
    return not re.search(r"[,;:)\]]", sentence[end:]) or bool(language.ask.match(sentence.lstrip()))


def _capitals(normal: Normal, offset: int, m: re.Match[str], language: _Language) -> bool:
    word = _UPPER.get(language.code)
    if word is None:
        return True
    inside = re.search(rf"(?<!\w){word}(?!\w)", m[0])
    if inside is None:
        return True
    at = offset + m.start() + inside.start()
    return normal.quote(at, at + len(word)).isupper()


def _quoted(sentence: str, m: re.Match[str]) -> bool:
    before, after = sentence[: m.start()], sentence[m.end() :]
    if before.count('"') % 2 == 0 or '"' not in after + m[0]:
        return False
    outside = before[: before.rindex('"')] + after[after.find('"') + 1 :]
    return len(re.findall(r"\w\w+", outside)) > 0


_SENTENCE = re.compile(r"[^\n.!?]+(?:\.(?=\w)[^\n.!?]*)*[!?.]*|[!?.]+")
_BREAK = re.compile(
    r"[,;:|()\[\]\"*~]| - |[\u2190-\u2bff\U0001f000-\U0001faff]|(?<!\w)(?:but|mais|pero|mas|aber)(?!\w)"
)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Places of the sentences; one that never ends is cut between words."""
    for m in _SENTENCE.finditer(text):
        start = m.start()
        while m.end() - start > LONGEST:
            cut = max(text.rfind(" ", start + LONGEST // 2, start + LONGEST), start + LONGEST // 2)
            yield start, cut
            start = cut
        if text[start : m.end()].strip():
            yield start, m.end()


def _clause(sentence: str, start: int, end: int) -> tuple[int, int]:
    a = 0
    for m in _BREAK.finditer(sentence, 0, start):
        a = m.end()
    stop = _BREAK.search(sentence, end)
    return a, stop.start() if stop else len(sentence)


_LOOKS = re.compile(r"(?<![\w'])(?:al|a1|4i|4l|a\||a!|a/|la|1a|kl|k1|k\||l4|14)(?![\w'])")
_READS = {"A": "ai", "4": "ai", "K": "ki", "l": "ia", "1": "ia"}


def _ocr(normal: Normal) -> Normal:
    """``Al``, ``A1``, ``4I``, ``lA``, ``Kl`` as text recognition reads AI, IA and KI."""
    edits = []
    for m in _LOOKS.finditer(normal.text):
        quote = normal.quote(m.start(), m.end())
        generated = normal.text.startswith(("-generat", " generat"), m.end())
        if quote[0] in _READS and (not quote.islower() or generated) and quote not in ("La", "LA", "AL", "14"):
            edits.append((m.start(), m.end(), _READS[quote[0]]))
        elif quote in ("al", "AL") and generated:
            edits.append((m.start(), m.end(), "ai"))
    return normal.edited(edits)


@cache
def _tags() -> Mapping[str, frozenset[str]]:
    tools = data("tools.yaml")
    lists = {k: frozenset(hashtags.compact(fold(t)) for t in tools[k]) for k in ("tags", "tool_tags", "deny_tags")}
    return lists | {"unclear": frozenset(tools["unclear"])}


@cache
def _languages() -> tuple[_Language, ...]:
    tools = data("tools.yaml")
    tool = _any([*tools["clear"], *tools["unclear"]])
    rows = data("labels.yaml") | data("labels_world.yaml")
    return tuple(_language(code, rows[code], tool) for code in rows)


@cache
def _latin() -> tuple[_Language, ...]:
    return tuple(x for x in _languages() if x.code not in _SCRIPTS)


@cache
def _tool() -> re.Pattern[str]:
    """The name of a generator, in any language."""
    tools = data("tools.yaml")
    return re.compile(rf"(?<![a-z0-9#])@?{_any([*tools['clear'], *tools['unclear']])}(?![a-z0-9])")


def _any(words: Sequence[str]) -> str:
    return "(?:" + "|".join(sorted((fold(w) for w in words), key=len, reverse=True)) + ")"


def _language(code: str, row: Mapping[str, Any], tool: str) -> _Language:
    tight = bool(row.get("spaceless"))
    part = {k: _any(row[k]) for k in ("ai", "made", "by", "thing", "self", "is", "fill")}
    gap, some = (" *", "[ -]*") if tight else (" +", "[ -]+")
    left, right = ("(?<![a-z0-9])", "(?![a-z0-9])") if tight else (rf"(?<![\w#@{_INDIC}])", rf"(?![\w{_INDIC}])")
    bounded = f"{left}{part['ai']}{right}"
    ai, means = bounded, f"{left}(?:{part['ai']}|@?{tool}){right}"
    made, by, thing, own, is_, fill = (part[k] for k in ("made", "by", "thing", "self", "is", "fill"))
    word = f"(?:{fill}|{thing}|{own}|{by}){'' if tight else right}"
    few = f"(?:{gap}{word}){{0,5}}?"
    also = r"(?: +[^\w\n.]{1,4} *(?:and|&|\+|et|y|e|und))?"
    later = (
        r"(?! *-?(?:experts?|compan|startups?|research|engineer|enthus|develop|lovers|in mind|agenc|team|"
        r"criminal|scam|fraud|bros?(?!\w))\w*)"
    )
    strong = [
        f"{left}{made}{right}{few}{gap}{by}{also}{few}{gap}{means}{later}",
        f"{left}(?:{by}{gap})?(?:{fill}{gap}){{0,2}}{ai}{few}{some}{made}{right}(?:{gap}{thing}{right})?",
        f"{left}{by}{gap}@?{tool}{few}{some}{made}{right}",
        f"{left}(?:{own}|{thing}){few}{gap}{is_}(?:{gap}{fill}){{0,3}}{gap}(?:{thing}{gap}(?:{by}{gap})?)?"
        f"{ai}(?:{some}{thing})?(?= *(?:$|[^\\w '-]))",
    ]
    if code in _CASES:
        strong.append(f"{left}{made}{right}{few}{gap}{ai}")
    if code in _NO_COPULA:
        strong.append(f"{left}{own}{gap}{ai}(?= *(?:$|[^\\w '-]))")
    weak = [f"{left}{thing}{some}(?:{by}{gap})?{ai}", f"{ai}{some}{thing}{right}", ai]
    names = {"{ai}": f"{left}{part['ai']}{right}", "{tool}": tool, "{made}": made, "{by}": by, "{thing}": thing}

    def pattern(key: str, *, bound: bool = True) -> re.Pattern[str] | None:
        words = [fold(w) for w in row.get(key, ())]
        for name, value in names.items():
            words = [w.replace(name, value) for w in words]
        if not words:
            return None
        text = "|".join(words)
        return re.compile(text if tight or not bound else rf"(?<![\w{_INDIC}])(?:{text})(?![\w{_INDIC}])")

    def always(key: str) -> re.Pattern[str]:
        return pattern(key) or re.compile(r"(?!)")

    phrases = pattern("label")
    sign = r"[\W\d_]"
    closed = rf"(?:{sign}|{left}(?:{fill}|{thing}|{own}|{is_}|{by}|{made}|{part['ai']}|{tool}){right})*"
    trigger = bounded + (f"|{phrases.pattern}" if phrases else "")
    return _Language(
        code=code,
        trigger=re.compile(trigger),
        strong=re.compile("|".join(strong)),
        weak=re.compile("|".join(weak)),
        bare=re.compile(part["ai"]),
        phrase=phrases,
        deny=always("deny"),
        neg=re.compile(_neg(row["neg"], tight)),
        only=always("only"),
        talk=always("talk"),
        said=always("said"),
        ask=always("ask"),
        selfish=re.compile(rf"^\W*(?:{own}){'' if tight else right}"),
        closed=re.compile(closed),
        verb_final=code in ("tr", "hi", "bn", "fa", "ja", "ko", "de", "hu"),
    )


def _neg(words: Sequence[str], tight: bool) -> str:
    text = "|".join(fold(w) for w in words)
    return text if tight else rf"(?<![\w{_INDIC}])(?:{text})(?![\w{_INDIC}])|\w(?:n't)(?!\w)"
