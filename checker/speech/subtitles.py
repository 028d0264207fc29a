"""Text subtitles that a file carries in a track of its own (mov_text, SubRip, WebVTT, ASS)."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from ..media import DEMUXERS
from ..types import Segment
from .types import Spoken

logger = logging.getLogger(__name__)

MAX_CUES = 20_000
MAX_CUE_S = 30.0
"""A cue without an end, or with an absurd one, is cut off here."""
CONFIDENCE = 0.95


def embedded(path: Path, duration_s: float) -> list[Spoken]:
    """Cues of the first text subtitle track in order; empty when there is none.

    Times are of the container, less the start of its first stream.
    """
    import av

    cues: list[Spoken] = []
    with av.open(f"file:{path}", options={"protocol_whitelist": "file", "format_whitelist": DEMUXERS}) as container:
        if not container.streams.subtitles:
            return []
        stream = container.streams.subtitles[0]
        zero_s = (container.start_time or 0) / 1_000_000
        for packet in container.demux(stream):
            try:
                text = _text(stream, packet)
            except av.error.FFmpegError as error:
                logger.debug("subtitle not decoded: %s", error)
                continue
            if not text or packet.pts is None or packet.time_base is None:
                continue
            start_s = max(0.0, float(packet.pts * packet.time_base) - zero_s)
            length_s = float(packet.duration * packet.time_base) if packet.duration else MAX_CUE_S
            end_s = min(duration_s, start_s + min(length_s, MAX_CUE_S))
            if start_s < end_s and len(cues) < MAX_CUES:
                language = str(stream.language or "")
                cues.append(Spoken(Segment(start_s, end_s), text, "subtitles", CONFIDENCE, iso_639_1(language)))
    return cues


def _text(stream: Any, packet: Any) -> str:
    found = stream.codec_context.decode2(packet) if packet.size else None
    rects = getattr(found, "rects", None) or ()
    lines = []
    for rect in rects:
        ass = getattr(rect, "ass", b"") or b""
        line = ass.decode("utf-8", "replace") if isinstance(ass, bytes) else str(ass)
        # nine comma-separated fields of an ASS dialogue line come before its text (eight as FFmpeg gives them)
        lines.append(re.sub(r"\{[^}]*\}|<[^>]*>", "", line.split(",", 8)[-1]).replace("\\N", " ").replace("\\n", " "))
    return " ".join(" ".join(lines).split())


def iso_639_1(code: str) -> str:
    """Two-letter code for the three-letter codes that containers use; empty when not known."""
    return code if len(code) == 2 else _CODES.get(code, "")


_CODES = {
    "eng": "en", "fra": "fr", "fre": "fr", "deu": "de", "ger": "de", "spa": "es", "ita": "it", "por": "pt",
    "nld": "nl", "dut": "nl", "pol": "pl", "rus": "ru", "ukr": "uk", "tur": "tr", "ara": "ar", "heb": "he",
    "hin": "hi", "ben": "bn", "urd": "ur", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "vie": "vi",
    "tha": "th", "ind": "id", "swe": "sv", "dan": "da", "nor": "no", "fin": "fi", "ell": "el", "gre": "el",
    "ces": "cs", "cze": "cs", "hun": "hu", "ron": "ro", "rum": "ro",
}  # fmt: skip
