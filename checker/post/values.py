"""The values that a post consists of; standard library only.

A toggle that no sidecar states is None, unknown, and never False.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from ..types import Segment


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle."""

    segment: Segment
    text: str


@dataclass(frozen=True, slots=True)
class DeclaredPerson:
    """Somebody whom the declaration file names as shown or heard."""

    name: str
    kind: str
    """``public_figure``, ``private``, ``minor`` or ``self``."""
    consent: bool | None = None
    until: date | None = None
    """Last day on which the consent holds."""


@dataclass(frozen=True, slots=True)
class Context:
    """The declaration file: what nobody can see in the media. None = not declared."""

    realistic: bool | None = None
    artistic: bool | None = None
    news_or_crisis: bool | None = None
    role: str | None = None
    jurisdictions: tuple[str, ...] | None = None
    commercial: bool | None = None
    professional: bool | None = None
    depicts_nobody: bool | None = None
    """Every AI face and voice is of a person who does not exist."""
    people: tuple[DeclaredPerson, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """What is published with the file."""

    platform: str | None = None
    caption: str | None = None
    hashtags: tuple[str, ...] = ()
    """Without the leading #, in order; those in the caption included."""
    ai_declared: bool | None = None
    brand_declared: bool | None = None
    own_brand_declared: bool | None = None
    privacy: str | None = None
    is_ad: bool | None = None
    subtitles: tuple[Cue, ...] = ()
    subtitles_automatic: bool = False
    context: Context = field(default_factory=Context)
    sources: tuple[str, ...] = ()
    """Names of the sidecar files it was read from."""

    def to_json(self) -> dict[str, Any]:
        """JSON values, lossless: ``Post.from_json(post.to_json()) == post``."""
        context = {f.name: getattr(self.context, f.name) for f in fields(Context)}
        context["people"] = [
            {
                "name": person.name,
                "kind": person.kind,
                "consent": person.consent,
                "until": person.until.isoformat() if person.until else None,
            }
            for person in self.context.people
        ]
        if self.context.jurisdictions is not None:
            context["jurisdictions"] = list(self.context.jurisdictions)
        said = {f.name: getattr(self, f.name) for f in fields(Post)}
        return said | {
            "hashtags": list(self.hashtags),
            "subtitles": [[cue.segment.start_s, cue.segment.end_s, cue.text] for cue in self.subtitles],
            "context": context,
            "sources": list(self.sources),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Post:
        """The way back from `to_json`; a field that is not there is unknown.

        Raises:
            KeyError, TypeError, ValueError: It is not what `to_json` makes.
        """
        context = dict(said.get("context") or {})
        people = tuple(
            DeclaredPerson(
                p["name"], p["kind"], p.get("consent"), date.fromisoformat(p["until"]) if p.get("until") else None
            )
            for p in context.pop("people", ())
        )
        if context.get("jurisdictions") is not None:
            context["jurisdictions"] = tuple(context["jurisdictions"])
        read = {
            "hashtags": tuple(said.get("hashtags", ())),
            "subtitles": tuple(Cue(Segment(start, end), text) for start, end, text in said.get("subtitles", ())),
            "context": Context(**context, people=people),
            "sources": tuple(said.get("sources", ())),
        }
        return cls(**{**said, **read})


_TAG = re.compile("[#＃]")


def hashtags(*texts: str | None, given: Iterable[str] = ()) -> tuple[str, ...]:
    """Hashtags that are listed and those in the texts, in order, each once however it is capitalised."""
    tags = [tag for text in texts if text for tag in _in_text(text)]
    tags += [tag.strip().lstrip("#＃") for tag in given]
    found: dict[str, str] = {}
    for tag in filter(None, tags):
        found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def _in_text(text: str) -> Iterator[str]:
    """Not the # of ``&#39;``, ``C#`` or ``page#top``, nor a bare number: those are no tags on any platform."""
    for mark in _TAG.finditer(text):
        before = text[mark.start() - 1] if mark.start() else " "
        if mark.group() == "#" and ((_word(before) and before.isascii()) or before in "&/"):
            continue
        end = mark.end()
        while end < len(text) and (_word(text[end]) or text[end] == "\u200c"):
            end += 1
        tag = text[mark.end() : end]
        if tag and not tag.isdigit():
            yield tag


def _word(character: str) -> bool:
    """Letters, digits and the marks that scripts such as Devanagari write vowels with."""
    return character == "_" or unicodedata.category(character)[0] in "LNM"
