"""The post that goes with a media file: caption, toggles, subtitles and declarations, read from sidecar files.

A toggle that no sidecar states is None, unknown, and never False.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .types import Segment


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
