"""What the words say, in caption, hashtags, speech and picture: labels, promotion, people, minors, topics, safety."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from .. import weights
from ..detector import Incomplete, Settings
from ..text import attribution, checkpoint, classifier, endorsement, findings, hashtags, languages
from ..text.normalise import MAX_CHARS, Normal, fold, normalise
from ..text.people import People
from ..text.people import Person as Named
from ..types import Observation, Strength

if TYPE_CHECKING:
    from ..gallery import Gallery
    from ..media import Media
    from ..post import Post

_WEAK_EAR = 0.5
"""What a finding is worth when it was heard by pocketsphinx, which mishears free speech, or by an engine that gives its
words no better odds."""

_DENIED = 0.85
"""The most that the classifier's label is worth where the same words deny AI: always a doubt, never enough."""
_SHORTEST = 6
"""Characters from which the classifier has an opinion."""
_PAUSE_S = 1.0
"""Utterances that are parted by less, and by no end of a sentence, are read as one ..."""
_BREATH = 300
"""... up to so many characters."""
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]['\"”’»)\]]*\s*$")
_ANOTHER_SPEAKER = re.compile(r"\s*(?:[-–—]|>>|[\[(♪])")
_WRAPPED = re.compile(r"\n(?!\s*(?:[-–—]|>>|[\[(♪]))")
"""A line end inside a subtitle, unless the next line is another speaker's."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One text and where it stands; `seen` is the observation it was read from, if any, or the first of several."""

    where: str
    normal: Normal
    seen: Observation | None = None
    starts: tuple[tuple[int, Observation], ...] = ()
    """Where the text of each utterance begins in the original, if it was joined of several."""

    def at(self, place: int) -> tuple[int, Observation | None]:
        """The observation whose words stand at a place of the original, and where they begin."""
        return next((part for part in reversed(self.starts) if part[0] <= place), (0, self.seen))

    @property
    def source(self) -> str:
        """What an utterance was heard by; empty for what is written."""
        return str(self.seen.value.get("source", "")) if self.seen is not None else ""

    @property
    def keyword(self) -> bool:
        """Whether it is a phrase that was listened for, and no transcript."""
        return self.source == "keywords"

    @property
    def misheard(self) -> bool:
        if self.seen is None or self.where != "speech" or self.keyword:
            return False
        return self.source == "pocketsphinx" or self.seen.confidence <= _WEAK_EAR


class Language:
    """Reads what is written and said: rules and lists, then a small linear classifier for what the rules miss."""

    name: ClassVar[str] = "language"
    version: ClassVar[str] = "3"
    emits: ClassVar[frozenset[str]] = frozenset(
        {"text_language", "ai_label", "endorsement", "mention", "minor_mention", "topic", "safety"}
    )
    needs: ClassVar[frozenset[str]] = frozenset({"utterance", "screen_text"})
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def applies_to(self, media: Media) -> bool:
        return True

    def load(self, settings: Settings) -> None:
        self._people = _with(People.load(settings.people), settings.gallery)
        self._classifier = classifier.load()
        self._checkpoint = checkpoint.load(weights.folder(settings.models))

    def used_weights(self) -> tuple[str, ...]:
        return (self._checkpoint.name,) if self._checkpoint else ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        count = 0
        cut = 0
        for passage in passages(post, prior):
            cut += len(passage.normal.original) == MAX_CHARS
            for found in self.read(passage):
                yield _numbered(found, count)
                count += 1
        if cut:
            raise Incomplete(f"{cut} texts are longer than {MAX_CHARS} characters and were read to there")

    def read(self, passage: Passage) -> Iterator[Observation]:
        """What one passage says; the observations are not numbered yet."""
        if not passage.keyword:
            yield from _language(passage)
        found = findings.find(passage.normal, screen=passage.where == "screen")
        for label in found.labels:
            where = "hashtag" if label.hashtag else passage.where
            value = {"language": label.language, "denied": label.denied, "span": [label.start, label.end]}
            kind = ("ai_label", Strength.DECLARED)
            value |= {"where": where, "quote": label.quote}
            yield _observed(passage, kind, label.confidence, value, label.start)
        yield from _cues(passage, found)
        people = list(self._people.find(passage.normal))
        if not (passage.misheard or passage.keyword) and len(passage.normal.text.strip()) >= _SHORTEST:
            yield from self._estimates(passage, found, [(named.role, named.start) for named in people])
        places = [(named.start, named.end) for named in people]
        parts = attribution.parts(passage.normal, places, promotes=found.promotes)
        for named, part in zip(people, parts, strict=True):
            person = {"name": named.name, "kind": named.kind, "role": named.role, "part": part}
            span = passage.normal.span(named.start, named.end)
            yield _quoted(passage, ("mention", Strength.MATCHED), named.confidence, person, span)

    def _estimates(
        self, passage: Passage, found: findings.Findings, people: Sequence[tuple[str, int]]
    ) -> Iterator[Observation]:
        """What only the classifier sees in one passage."""
        likely = dict(self._classifier.probabilities(passage.normal, passage.where, found.words(), people))
        if self._checkpoint:
            for head, p in self._checkpoint.probabilities(passage.normal.original).items():
                likely[head] = (likely[head] + p) / 2
        labelled = {x.hashtag for x in found.labels if not x.denied}
        if likely["ai_label"] >= classifier.DECIDE and False not in labelled:
            yield from self._label(passage, found, likely["ai_label"], tagged=bool(labelled))
        if not found.promotes:
            kind = max("political", "commercial", key=lambda head: likely[head])
            value = {"kind": kind, "cue": "", "target": ""}
            yield from self._estimate(passage, kind, "endorsement", likely[kind], value)
        if not found.minors:
            yield from self._estimate(passage, "minor", "minor_mention", likely["minor"], {})
        sure = {x.name for x in found.safety if x.confidence >= classifier.DECIDE}
        for category in classifier.SAFETY:
            if category not in sure:
                yield from self._estimate(passage, category, "safety", likely[category], {"category": category})

    def _label(
        self, passage: Passage, found: findings.Findings, confidence: float, *, tagged: bool
    ) -> Iterator[Observation]:
        """The label that the classifier sees in the words; in the hashtags where the words alone do not say it."""
        where = passage.where
        words = hashtags.without(passage.normal)
        if words is not passage.normal:
            alone = self._classifier.probabilities(words, where, ())["ai_label"] if words.text.strip() else 0.0
            if alone < classifier.DECIDE:
                if tagged:
                    return
                where = "hashtag"
        if any(x.denied for x in found.labels):
            confidence = min(confidence, _DENIED)
        value = {"language": "", "denied": False}
        for seen in self._estimate(passage, "ai_label", "ai_label", confidence, value):
            yield replace(seen, value={**seen.value, "where": where})

    def _estimate(
        self, passage: Passage, head: str, kind: str, confidence: float, value: Mapping[str, Any]
    ) -> Iterator[Observation]:
        if confidence < classifier.DECIDE:
            return
        start, end = self._classifier.clause(passage.normal, head)
        whole = {**value, "by": "classifier", "span": [start, end]}
        if kind == "endorsement":
            cue = passage.normal.original[start:end]
            whole |= {"cue": cue, "target": endorsement.target(passage.normal, start, end)}
        yield _quoted(passage, (kind, Strength.ESTIMATED), confidence, whole, (start, end))


def _with(people: People, gallery: Gallery | None) -> People:
    """Also everybody enrolled; a name of one word would be heard everywhere."""
    known = {fold(person.name) for person in people.persons}
    enrolled = gallery.people() if gallery is not None else ()
    more = [Named(p.name, p.kind) for p in enrolled if " " in p.name.strip() and fold(p.name) not in known]
    return People((*people.persons, *more)) if more else people


def passages(post: Post, prior: Sequence[Observation]) -> Iterator[Passage]:
    """Every text of a post and its media: caption, hashtags outside it, utterances, on-screen text."""
    caption = normalise(post.caption or "")
    if caption.text.strip():
        yield Passage("caption", caption)
    beside = [tag for tag in post.hashtags if f"#{tag}".lower() not in (post.caption or "").lower()]
    if beside:
        yield Passage("hashtag", normalise(" ".join(f"#{tag}" for tag in beside)))
    heard: list[Observation] = []
    for seen in (o for o in prior if o.kind == "utterance" and str(o.value["text"]).strip()):
        if heard and not _goes_on(heard, seen):
            yield _speech(heard)
            heard = []
        heard.append(seen)
    if heard:
        yield _speech(heard)
    for seen in prior:
        if seen.kind == "screen_text" and str(seen.value["text"]).strip():
            yield Passage("screen", normalise(str(seen.value["text"])), seen)


def _goes_on(heard: Sequence[Observation], seen: Observation) -> bool:
    """Whether an utterance continues the sentence of those before it: a transcript comes line by line."""
    last = heard[-1]
    if last.segment is None or seen.segment is None or _ear(last) != _ear(seen) or _ear(seen)[0] == "keywords":
        return False
    text = str(seen.value["text"])
    return (
        seen.segment.start_s - last.segment.start_s >= 0
        and seen.segment.start_s - last.segment.end_s < _PAUSE_S
        and sum(len(str(o.value["text"])) + 1 for o in heard) + len(text) <= _BREATH
        and not _SENTENCE_END.search(str(last.value["text"]))
        and not _ANOTHER_SPEAKER.match(text)
    )


def _ear(seen: Observation) -> tuple[str, str, bool]:
    return str(seen.value.get("source", "")), str(seen.value.get("language") or ""), seen.confidence <= _WEAK_EAR


def _speech(heard: Sequence[Observation]) -> Passage:
    text = ""
    starts = []
    for seen in heard:
        text += " " if text else ""
        starts.append((len(text), seen))
        text += _WRAPPED.sub(" ", str(seen.value["text"]))
    return Passage("speech", normalise(text), heard[0], tuple(starts))


def _cues(passage: Passage, found: findings.Findings) -> Iterator[Observation]:
    """Promotion, minors, topics and safety that the rules found in one passage."""
    for cue in found.cues:
        value = {"kind": cue.kind, "cue": cue.cue, "target": cue.target}
        span = (cue.start, cue.end)
        yield _quoted(passage, ("endorsement", Strength.MATCHED), cue.confidence, value, span, tag=cue.hashtag)
    if passage.keyword:
        return
    for minor in found.minors:
        yield _quoted(passage, ("minor_mention", Strength.MATCHED), minor.confidence, {}, (minor.start, minor.end))
    for topic in found.topics:
        span = (topic.start, topic.end)
        yield _quoted(passage, ("topic", Strength.MATCHED), topic.confidence, {"topic": topic.name}, span)
    for risk in found.safety:
        span = (risk.start, risk.end)
        yield _quoted(passage, ("safety", Strength.ESTIMATED), risk.confidence, {"category": risk.name}, span)


def _quoted(
    passage: Passage,
    kind: tuple[str, Strength],
    confidence: float,
    value: Mapping[str, Any],
    span: tuple[int, int],
    *,
    tag: bool = False,
) -> Observation:
    """With the words at `span` of the original."""
    where = "hashtag" if tag else passage.where
    quote = passage.normal.original[slice(*span)]
    return _observed(passage, kind, confidence, {**value, "where": where, "quote": quote}, span[0])


def _language(passage: Passage) -> Iterator[Observation]:
    told = passage.seen.value.get("language") if passage.seen else None
    code, confidence = (str(told), 0.9) if told else (languages.identify(passage.normal.original) or ("", 0.0))
    if code and passage.where != "hashtag":
        yield _observed(
            passage, ("text_language", Strength.MATCHED), confidence, {"code": code, "where": passage.where}
        )


def _observed(
    passage: Passage, kind: tuple[str, Strength], confidence: float, value: Mapping[str, Any], at: int = 0
) -> Observation:
    """An observation of the words that begin at `at`; of joined utterances it points at the one that holds them."""
    offset, seen = passage.at(at)
    whole = dict(value)
    if offset and "span" in whole:
        whole["span"] = [place - offset for place in whole["span"]]
    if seen is not None:
        whole["of"] = seen.id
    strength = kind[1]
    if passage.misheard and kind[0] != "text_language":
        whole["source"] = passage.source
        confidence *= _WEAK_EAR
    if passage.keyword and seen is not None:
        whole["source"] = passage.source
        confidence, strength = seen.confidence, Strength.ESTIMATED
    return Observation(
        id="",
        kind=kind[0],
        value=whole,
        confidence=round(confidence, 3),
        strength=strength,
        segment=seen.segment if seen else None,
        box=seen.box if seen else None,
    )


def _numbered(found: Observation, index: int) -> Observation:
    return replace(found, id=f"language/{index}")
