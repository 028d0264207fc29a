"""Boxes of ISO base media files (MP4, QuickTime): a walk by seeking, and the metadata that lies in them.

Source: ISO/IEC 14496-12 section 4.2 and 8.11; QuickTime File Format, "Metadata"; iTunes-style `ilst` lists.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MAX_BOXES = 100_000
"""Per file; fragmented files of hours stay below."""
MAX_DEPTH = 12
MAX_VALUE_BYTES = 1 << 20
"""Of one metadata value; what is longer is no label."""
MAX_MANIFEST_BYTES = 64 << 20

XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
C2PA_UUID = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")

_PARENTS = {"moov", "udta", "meta", "trak", "ilst"}


class Damaged(Exception):
    """The structure of a file breaks off; what was read before stands."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: where it lies and what it is in."""

    type: str
    """Four characters, Latin-1, such as ``©too``."""
    path: str
    """Of the boxes around it, such as ``moov/udta``."""
    start: int
    header: int
    """Bytes of the header, the extended type of a `uuid` box included."""
    end: int
    uuid: bytes = b""
    number: int = 0
    """The type as a number: in an `ilst` with `keys`, the index of the key."""

    @property
    def size(self) -> int:
        return self.end - self.start

    def read(self, file: BinaryIO, limit: int = MAX_VALUE_BYTES) -> bytes:
        """The content, at most `limit` bytes of it."""
        file.seek(self.start + self.header)
        return file.read(min(limit, self.end - self.start - self.header))


def walk(file: BinaryIO) -> Iterator[Box]:
    """Every top-level box and every box of the metadata, in file order; the media data are passed by.

    Raises:
        Damaged: A box runs past what it lies in, or there are too many.
    """
    end = file.seek(0, io.SEEK_END)
    damage: list[str] = []
    for count, box in enumerate(_walk(file, 0, end, "", 0, damage)):
        if count >= MAX_BOXES:
            raise Damaged(f"more than {MAX_BOXES} boxes")
        yield box
    if damage:
        raise Damaged(damage[0])


def _walk(file: BinaryIO, start: int, end: int, path: str, depth: int, damage: list[str]) -> Iterator[Box]:
    while start + 8 <= end:
        box = _box(file, start, end, path)
        if box is None:
            # udta of QuickTime may end in a 32-bit zero, and files in padding of zeros
            if not _zeros(file, start, end):
                damage.append(f"a box in `{path or 'the file'}` runs past its end at byte {start}")
            return
        yield box
        if _is_parent(box) and depth < MAX_DEPTH:
            skip = box.header + (_full_box(file, box) if box.type == "meta" else 0)
            yield from _walk(file, box.start + skip, box.end, f"{path}/{box.type}".lstrip("/"), depth + 1, damage)
        start = box.end


def _is_parent(box: Box) -> bool:
    return box.type in _PARENTS and not (box.path and box.path.endswith("ilst"))


def _box(file: BinaryIO, start: int, end: int, path: str) -> Box | None:
    file.seek(start)
    head = file.read(32)
    if len(head) < 8:
        return None
    size, kind = struct.unpack_from(">I4s", head)
    header = 8
    if size == 1 and len(head) >= 16:
        size, header = struct.unpack_from(">Q", head, 8)[0], 16
    elif size == 0 and not path and any(kind):
        size = end - start
    uuid = b""
    if kind == b"uuid":
        uuid, header = head[header : header + 16], header + 16
    if size < header or start + size > end:
        return None
    return Box(kind.decode("latin-1"), path, start, header, start + size, uuid, int.from_bytes(kind, "big"))


def _full_box(file: BinaryIO, box: Box) -> int:
    """4 where `meta` has version and flags (ISO), 0 where its children follow at once (QuickTime)."""
    file.seek(box.start + box.header)
    return 0 if file.read(8)[4:] in (b"hdlr", b"keys", b"ilst") else 4


def _zeros(file: BinaryIO, start: int, end: int) -> bool:
    file.seek(start)
    return not any(file.read(min(end - start, 4096)))


@dataclass(slots=True)
class Metadata:
    """What the boxes of one file hold besides the media."""

    values: list[tuple[str, bytes, int, str]] = field(default_factory=list)
    """``(key, bytes, type code, path)`` of every `ilst` item and text of `udta`; type 1 UTF-8, 2 UTF-16, 21 integer."""
    xmp: list[tuple[bytes, str]] = field(default_factory=list)
    """XMP packets and where each lies."""
    c2pa: list[Box] = field(default_factory=list)
    """`uuid` boxes of C2PA."""
    damage: str = ""
    """Where the structure breaks off; empty when it does not."""


def read(file: BinaryIO) -> Metadata:
    """Metadata of an open file; reads box headers and metadata, never the media data."""
    found = Metadata()
    keys: dict[str, list[str]] = {}
    try:
        for box in walk(file):
            _take(file, box, found, keys)
    except Damaged as error:
        found.damage = str(error)
    return found


def _take(file: BinaryIO, box: Box, found: Metadata, keys: dict[str, list[str]]) -> None:
    if box.uuid == XMP_UUID:
        found.xmp.append((box.read(file), f"{box.path}/uuid".lstrip("/")))
    elif box.uuid == C2PA_UUID:
        found.c2pa.append(box)
    elif box.type == "XMP_" and box.path.endswith("udta"):
        found.xmp.append((box.read(file), f"{box.path}/XMP_"))
    elif box.type == "keys" and box.path.endswith("meta"):
        keys[box.path] = _keys(box.read(file))
    elif box.path.endswith("ilst"):
        names = keys.get(box.path.removesuffix("/ilst"), [])
        for name, value, code in _item(box, box.read(file), names):
            found.values.append((name, value, code, box.path))
    elif box.path.endswith("udta") and box.type not in _PARENTS and (value := _user_text(box.read(file, 1 << 16))):
        found.values.append((box.type, value, 1, box.path))


def _keys(content: bytes) -> list[str]:
    """Names in a `keys` box: version and flags, count, then size, namespace and name of each."""
    names: list[str] = []
    at = 8
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if size < 8 or at + size > len(content):
            break
        names.append(content[at + 8 : at + size].decode("utf-8", "replace"))
        at += size
    return names


def _item(box: Box, content: bytes, names: list[str]) -> Iterator[tuple[str, bytes, int]]:
    """Values of one `ilst` item; its key comes from `keys`, from a free-form `name`, or is its own type."""
    key = names[box.number - 1] if 1 <= box.number <= len(names) else box.type
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if size < 8 or at + size > len(content):
            break
        body = content[at + 8 : at + size]
        if kind == b"name":
            key = body[4:].decode("utf-8", "replace")
        elif kind == b"data" and len(body) >= 8:
            yield key, body[8:], int.from_bytes(body[:4], "big") & 0xFFFFFF
        at += size


def _user_text(content: bytes) -> bytes:
    """Text of a child of `udta`: after length and language in QuickTime, as it is in files of other writers."""
    if len(content) >= 4:
        size = int.from_bytes(content[:2], "big")
        if 0 < size <= len(content) - 4:
            return content[4 : 4 + size]
    return content
