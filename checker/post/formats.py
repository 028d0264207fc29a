"""The shapes in which platforms, tools and people write down a post, and what each says.

| recognised by | format | source |
|---|---|---|
| `post_info`, or its keys bare | TikTok Content Posting API, direct post | developers.tiktok.com |
| `video_description`, `video_tag`, `data.videos` | TikTok Research API | developers.tiktok.com |
| `snippet`, `paidProductPlacementDetails`, `items` | YouTube Data API v3 video | developers.google.com/youtube |
| `is_ai_generated`, `media_type`, `media_product_type` | Instagram media | developers.facebook.com |
| `extractor`, `extractor_key` | yt-dlp info.json; no extractor reports toggles | github.com/yt-dlp/yt-dlp |
| anything else | our own: the fields of `OwnPost` | |

Keys that we do not know are passed over in the formats of others, and are mistakes in our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..types import Segment
from .values import Context, Cue, DeclaredPerson, Post, hashtags

Text = Annotated[str, Field(max_length=50_000)]
Name = Annotated[str, AfterValidator(str.strip), Field(min_length=1, max_length=200)]
Tags = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=1_000)]


def _date(text: object) -> date:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("write a date as 2026-01-31")
    return date.fromisoformat(text)


class _Ours(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Theirs(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class OwnPerson(_Ours):
    """Somebody shown or heard: `consent` is to an AI likeness, `until` its last day."""

    name: Name
    kind: Literal["public_figure", "private", "minor", "self"]
    consent: bool | None = None
    until: Annotated[date, BeforeValidator(_date)] | None = None


class OwnContext(_Ours):
    """The declaration file: what nobody can see in the media."""

    realistic: bool | None = None
    artistic: bool | None = None
    news_or_crisis: bool | None = None
    role: Literal["creator", "advertiser", "platform", "provider", "deployer", "user"] | None = None
    jurisdictions: list[Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]] | None = None
    commercial: bool | None = None
    professional: bool | None = None
    depicts_nobody: bool | None = None
    people: list[OwnPerson] = Field([], max_length=1_000)

    def context(self) -> Context:
        said = self.model_dump(exclude={"people", "jurisdictions"})
        people = tuple(DeclaredPerson(**person.model_dump()) for person in self.people)
        places = None if self.jurisdictions is None else tuple(self.jurisdictions)
        return Context(**said, people=people, jurisdictions=places)


class OwnPost(_Ours):
    """Our own format: what no platform's format says is written with these keys."""

    platform: Literal["tiktok", "youtube", "instagram", "facebook", "x", "linkedin", "snapchat", "other"] | None = None
    caption: Text | None = None
    hashtags: Tags = []
    ai_declared: bool | None = None
    brand_declared: bool | None = None
    own_brand_declared: bool | None = None
    privacy: Literal["public", "friends", "followers", "private"] | None = None
    is_ad: bool | None = None
    subtitles_automatic: bool = False
    context: OwnContext | None = None

    def post(self) -> Post:
        said = self.model_dump(exclude={"context", "hashtags"})
        context = self.context.context() if self.context else Context()
        return Post(**said, hashtags=hashtags(self.caption, given=self.hashtags), context=context)


class TikTokPosting(_Theirs):
    """`post_info` of ``POST /v2/post/publish/video/init/``."""

    title: Text | None = None
    description: Text | None = None
    privacy_level: str | None = None
    is_aigc: bool | None = None
    brand_content_toggle: bool | None = None
    brand_organic_toggle: bool | None = None

    def post(self) -> Post:
        caption = _joined(self.title, self.description)
        privacy = {
            "PUBLIC_TO_EVERYONE": "public",
            "MUTUAL_FOLLOW_FRIENDS": "friends",
            "FOLLOWER_OF_CREATOR": "followers",
            "SELF_ONLY": "private",
        }.get(self.privacy_level or "")
        return Post(
            "tiktok",
            caption,
            hashtags(caption),
            self.is_aigc,
            self.brand_content_toggle,
            self.brand_organic_toggle,
            privacy,
        )


class _VideoTag(_Theirs):
    type: str
    number: int


class TikTokResearch(_Theirs):
    """Video object of the Research API. A `video_tag` that is not there says nothing: the state is unknown."""

    video_description: Text | None = None
    hashtag_names: Tags | None = None
    video_tag: Annotated[list[_VideoTag], BeforeValidator(lambda v: [v] if isinstance(v, dict) else v)] | None = None
    voice_to_text: Text | None = None
    video_duration: float | None = Field(None, ge=0, le=86_400)

    def post(self) -> Post:
        tags = {(tag.type, tag.number) for tag in self.video_tag or ()}
        heard: tuple[Cue, ...] = ()
        if self.voice_to_text and self.voice_to_text.strip():
            heard = (Cue(Segment(0.0, self.video_duration or 1.0), self.voice_to_text.strip()),)
        return Post(
            "tiktok",
            self.video_description,
            hashtags(self.video_description, given=self.hashtag_names or ()),
            # 1 labelled by the creator, 2 by TikTok: people see a label in both cases
            ai_declared=True if tags & {("AIGC Type", 1), ("AIGC Type", 2)} else None,
            brand_declared=True if tags & {("Branded Type", 1), ("Branded Type", 7)} else None,
            subtitles=heard,
            subtitles_automatic=bool(heard),
        )


class _Snippet(_Theirs):
    title: Text | None = None
    description: Text | None = None


class _Status(_Theirs):
    privacyStatus: str | None = None
    containsSyntheticMedia: bool | None = None


class _Placement(_Theirs):
    hasPaidProductPlacement: bool | None = None


class YouTubeVideo(_Theirs):
    """Video resource. `snippet.tags` are search words that no viewer sees, hence no hashtags."""

    snippet: _Snippet = _Snippet()
    status: _Status = _Status()
    paidProductPlacementDetails: _Placement = _Placement()

    def post(self) -> Post:
        caption = _joined(self.snippet.title, self.snippet.description)
        # anybody who has the link sees what is unlisted
        privacy = {"public": "public", "unlisted": "public", "private": "private"}
        return Post(
            "youtube",
            caption,
            hashtags(caption),
            ai_declared=self.status.containsSyntheticMedia,
            brand_declared=self.paidProductPlacementDetails.hasPaidProductPlacement,
            privacy=privacy.get(self.status.privacyStatus or ""),
        )


class InstagramMedia(_Theirs):
    """IG Media, or the container that creates one."""

    caption: Text | None = None
    is_ai_generated: bool | None = None

    def post(self) -> Post:
        return Post("instagram", self.caption, hashtags(self.caption), self.is_ai_generated)


class YtDlp(_Theirs):
    """yt-dlp's info.json."""

    extractor: str | None = None
    extractor_key: str | None = None
    title: Text | None = None
    description: Text | None = None
    availability: str | None = None

    def post(self) -> Post:
        site = (self.extractor_key or self.extractor or "").casefold()
        names = {"twitter": "x"} | {
            n: n for n in ("tiktok", "youtube", "instagram", "facebook", "linkedin", "snapchat")
        }
        platform = next((name for start, name in names.items() if site.startswith(start)), "other")
        if platform == "youtube":
            caption = _joined(self.title, self.description)
        else:  # elsewhere the title is cut from the description, or made up
            caption = self.title if self.description is None else self.description
        privacy = {"public": "public", "unlisted": "public", "private": "private"}
        return Post(platform, caption, hashtags(caption), privacy=privacy.get(self.availability or ""))


Format = type[OwnPost | TikTokPosting | TikTokResearch | YouTubeVideo | InstagramMedia | YtDlp]

_TIKTOK_POSTING = {
    *TikTokPosting.model_fields,
    *("disable_duet", "disable_stitch", "disable_comment", "video_cover_timestamp_ms", "auto_add_music"),
}
_KEYS: tuple[tuple[Format, set[str]], ...] = (
    (YtDlp, {"extractor", "extractor_key"}),
    (TikTokResearch, {"video_description", "video_tag", "hashtag_names", "voice_to_text"}),
    (YouTubeVideo, {"snippet", "paidProductPlacementDetails"}),
    (InstagramMedia, {"is_ai_generated", "media_type", "media_product_type", "media_url", "permalink"}),
    (TikTokPosting, _TIKTOK_POSTING),
)
_WRAPPED: tuple[tuple[tuple[str, ...], Format], ...] = (
    (("post_info",), TikTokPosting),
    (("data", "videos"), TikTokResearch),
    (("items",), YouTubeVideo),
)


def recognise(said: Mapping[str, Any]) -> tuple[Format, tuple[str, ...]]:
    """The format of a mapping, and the keys that lead to the post within it."""
    for steps, found in _WRAPPED:
        inner: Any = said
        for step in steps:
            inner = inner.get(step) if isinstance(inner, Mapping) else None
        if inner is not None:
            return found, steps
    for found, keys in _KEYS:
        if keys & said.keys():
            return found, ()
    status = said.get("status")
    if isinstance(status, Mapping) and {"containsSyntheticMedia", "privacyStatus"} & status.keys():
        return YouTubeVideo, ()
    return OwnPost, ()


def _joined(*parts: str | None) -> str | None:
    """None when none of the parts is known."""
    known = [part for part in parts if part is not None]
    return "\n".join(part for part in known if part) if known else None
