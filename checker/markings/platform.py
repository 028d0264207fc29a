"""Keys that platforms write into the files that they hand out: TikTok's `aigc_info`, `vid:` and Dreamina's JSON.

Source: keys of sampled downloads (rules C4); TikTok Research API `video_tag` for the meaning of 1 and 2.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .tags import Tag

MAX_CHARS = 1 << 16


@dataclass(frozen=True, slots=True)
class PlatformKey:
    """One key of a platform."""

    key: str
    raw: str
    label_type: int | None = None
    """`aigc_label_type`: 1 labelled by the creator, 2 as AI-generated; 0 says nothing; None where not stated."""
    product: str = ""
    """Generator that the platform's JSON names."""
    generated: bool = False
    """Whether that JSON calls the file a generation rather than an edit."""

    @property
    def ai(self) -> bool:
        return bool(self.label_type)


def keys(tags: list[Tag]) -> Iterator[PlatformKey]:
    """Every platform key among the tags, in their order."""
    for tag in tags:
        bare = tag.key.rsplit(".", 1)[-1].casefold()
        text = tag.value.strip("\0 \r\n\t")[:MAX_CHARS]
        fields = _fields(text)
        if bare == "aigc_info" or "aigc_label_type" in fields:
            yield PlatformKey(tag.key, text[:500], _number(fields.get("aigc_label_type")), *_product(fields))
        elif "product" in fields and "exportType" in fields:
            yield PlatformKey(tag.key, text[:500], None, *_product(fields))
        elif bare == "vid_md5" or (bare in ("comment", "©cmt") and text.startswith("vid:")):
            yield PlatformKey(tag.key, text[:500])


def _fields(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 4 else None


def _product(fields: dict[str, Any]) -> tuple[str, bool]:
    product = str(fields.get("product") or fields.get("source_info") or "")[:100]
    return product, fields.get("exportType") == "generation"
