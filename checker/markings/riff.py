"""Chunks of RIFF files (AVI, WAV): text of `LIST INFO`, and the chunks that hold labels."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

from .iso import MAX_VALUE_BYTES, Damaged

MAX_CHUNKS = 10_000
XMP = "_PMX"
"""Chunk of an XMP packet (XMP specification, part 3, section 2.4)."""


def texts(file: BinaryIO) -> Iterator[tuple[str, bytes, str]]:
    """``(chunk, content, path)`` of each text in `LIST INFO` and of `AIGC` and XMP chunks; the media are passed by.

    Raises:
        Damaged: A chunk runs past the file, or there are too many.
    """
    end = file.seek(0, io.SEEK_END)
    at, count = 12, 0
    inside = [(end, "")]
    while at + 8 <= end:
        while len(inside) > 1 and at >= inside[-1][0]:
            inside.pop()
        count += 1
        if count > MAX_CHUNKS:
            raise Damaged(f"more than {MAX_CHUNKS} chunks")
        file.seek(at)
        head = file.read(12)
        kind, size = struct.unpack_from("<4sI", head)
        if at + 8 + size > end:
            if kind in (b"data", b"LIST") and size == 0xFFFFFFFF:  # a writer that could not seek back
                return
            raise Damaged(f"chunk at byte {at} runs past the end of the file")
        if kind == b"LIST" and head[8:12] in (b"INFO", b"hdrl"):
            inside.append((at + 8 + size, head[8:12].decode()))
            at += 12
            continue
        if kind == b"RIFF":  # OpenDML: further parts of a long AVI
            at += 12
            continue
        name = kind.decode("latin-1")
        if inside[-1][1] == "INFO" or name in ("AIGC", XMP):
            file.seek(at + 8)
            yield name, file.read(min(size, MAX_VALUE_BYTES)), inside[-1][1] or "RIFF"
        at += 8 + size + size % 2
