"""Traces that generators leave: messages in the coded picture (SEI) and names in tags. Weak, and named as such.

Source: rules C5 (Kling's `user_data_unregistered` message; `©too` of Google's tools).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..media import DEMUXERS
from .formats import Format
from .tags import Tag

MAX_PACKETS = 32
MAX_BYTES = 4 << 20
"""Packets and bytes of coded picture that are looked at: the messages come with the first pictures."""

KLING_UUID = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e")
_TOOLS = ("software", "too", "encoder", "encoded_by", "handler_name", "creator_tool", "isft", "tsse")
"""Keys that name a writing program; what people write (title, comment) is theirs to say."""
_NAMES = {
    "kling-ai": "Kling",
    "klingai": "Kling",
    "openai sora": "Sora",
    "hailuo": "Hailuo",
    "dreamina": "Dreamina",
    "runwayml": "Runway",
    "lumalabs": "Luma",
    "pika labs": "Pika",
    "google veo": "Veo",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace."""

    generator: str
    trace: str
    """What was found, and where."""
    specific: bool
    """Whether only that generator leaves it."""
    confidence: float = 1.0


def in_tags(tags: list[Tag]) -> Iterator[Trace]:
    """Names of generators in the tags that name a writing program."""
    for tag in tags:
        bare = tag.key.rsplit(".", 1)[-1].removeprefix("©").casefold()
        text = tag.value.strip("\0 ").casefold()
        if bare not in _TOOLS or len(text) > 500:
            continue
        if name := next((n for part, n in _NAMES.items() if part in text), ""):
            yield Trace(name, f"`{tag.key}` = {tag.value[:100]}", specific=False, confidence=0.6)
        elif bare == "too" and text == "google":  # YouTube writes a longer text that starts otherwise
            yield Trace("Veo", f"`{tag.key}` = {tag.value[:100]}", specific=False, confidence=0.3)


def in_picture(path: Path, format: Format) -> Iterator[Trace]:
    """Messages in the first coded pictures of H.264 and HEVC, without decoding them."""
    if format.family == "image" or format.mime.startswith("audio/"):
        return
    for uuid, body in dict.fromkeys(messages(path)):
        if uuid == KLING_UUID and body.startswith(b"kling-ai"):
            yield Trace("Kling", "SEI message `kling-ai` in the coded picture", specific=True)


def messages(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """``(uuid, body)`` of the `user_data_unregistered` messages in the first coded pictures and the codec's header."""
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    try:
        with av.open(f"file:{path}", options=options, metadata_errors="replace") as container:
            video = next((s for s in container.streams.video if s.codec_context is not None), None)
            if video is None or video.codec_context.name not in ("h264", "hevc"):
                return
            hevc = video.codec_context.name == "hevc"
            left = MAX_BYTES
            for count, packet in enumerate(container.demux(video)):
                data = bytes(packet)
                yield from _messages(data, hevc)
                left -= len(data)
                if left <= 0 or count + 1 >= MAX_PACKETS:
                    break
    except (av.error.FFmpegError, OSError, ValueError):
        return  # the file breaks off here; decoding, which others do, reports that


def _messages(packet: bytes, hevc: bool) -> Iterator[tuple[bytes, bytes]]:
    for unit in _units(packet):
        if not unit:
            continue
        kind, header = ((unit[0] >> 1) & 63, 2) if hevc else (unit[0] & 31, 1)
        if kind in ((39, 40) if hevc else (6,)):
            yield from _payloads(unit[header:].replace(b"\0\0\3", b"\0\0"))


def _units(packet: bytes) -> Iterator[bytes]:
    """Network units: after start codes (ITU-T H.264 annex B), or each after its length of four bytes."""
    if packet.startswith((b"\0\0\1", b"\0\0\0\1")):
        yield from (part.rstrip(b"\0") for part in packet.split(b"\0\0\1"))
        return
    at = 0
    while at + 4 < len(packet):
        size = int.from_bytes(packet[at : at + 4], "big")
        if size == 0 or at + 4 + size > len(packet):
            return
        yield packet[at + 4 : at + 4 + size]
        at += 4 + size


def _payloads(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """`user_data_unregistered` (5) among the payloads of one message unit; H.264 section 7.3.2.3.1."""
    at = 0
    while at + 2 <= len(body):
        kind, at = _coded(body, at)
        size, at = _coded(body, at)
        if at + size > len(body):
            return
        if kind == 5 and size >= 16:
            yield body[at : at + 16], body[at + 16 : at + size][:4096]
        at += size


def _coded(body: bytes, at: int) -> tuple[int, int]:
    """A number written as bytes of 255 and a last one, and where it ends."""
    number = 0
    while at < len(body):
        number += body[at]
        at += 1
        if body[at - 1] != 255:
            break
    return number, at
