"""Write XMP and the AIGC label into a copy of a file; the coded pictures and sound are copied byte for byte.

MP4 and QuickTime get `moov/udta/meta` with `keys` and `ilst` (TC260-PG-20257A) and a `uuid` box or `udta/XMP_`; AVI
and WAV get chunks (`LIST INFO`, `AIGC`, `_PMX`); Matroska, WebM and FLV are remuxed with the tag `AIGC`.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ..errors import UsageError
from ..media import DEMUXERS
from . import iso, xmp
from .formats import Format

KEY = "AIGC"
MAX_MOOV_BYTES = 256 << 20


def write(source: Path, target: Path, format: Format, *, packet: bytes = b"", label: str = "") -> None:
    """Copy `source` to `target` with an XMP packet and an AIGC label added; an older label is replaced.

    Raises:
        UsageError: The container has no place for one of them, or the file's structure cannot be added to safely.
    """
    if format.family == "iso" and not format.mime.startswith("image/"):
        _iso(source, target, format, packet, label)
    elif format.family == "riff":
        _riff(source, target, format, packet, label)
    elif format.mime in ("video/x-matroska", "video/x-flv"):
        if packet:
            raise UsageError(f"`{source}`: {format.mime} has no place for XMP; leave out `--xmp` or convert to MP4")
        _remux(source, target, label)
    else:
        raise UsageError(f"`{source}`: labels are written into MP4, MOV, MKV, WebM, AVI, FLV and WAV; convert it first")


def without_c2pa(source: Path, target: Path) -> None:
    """Copy an MP4 or QuickTime file with its C2PA manifests blanked out; nothing moves."""
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        for box in iso.read(file).c2pa:
            _blank(file, box)


def _blank(file: BinaryIO, box: iso.Box) -> None:
    """Make a box free space."""
    file.seek(box.start + 4)
    file.write(b"free")


# --- MP4 and QuickTime


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box around its content."""
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, kind) + content


def keyed(values: dict[str, str]) -> bytes:
    """A `meta` box with `keys` and `ilst`, as `ffmpeg -movflags use_metadata_tags` writes it."""
    rows = list(values.items())
    keys = b"".join(box(b"mdta", k.encode()) for k, _ in rows)
    items = b"".join(box(struct.pack(">I", i), _data(v)) for i, (_, v) in enumerate(rows, 1))
    handler = box(b"hdlr", bytes(8), b"mdta", bytes(13))
    return box(
        b"meta", bytes(4), handler, box(b"keys", bytes(4), struct.pack(">I", len(rows)), keys), box(b"ilst", items)
    )


def _data(value: str) -> bytes:
    return box(b"data", struct.pack(">II", 1, 0), value.encode())


def _iso(source: Path, target: Path, format: Format, packet: bytes, label: str) -> None:
    in_moov = packet if format.mime == "video/quicktime" else b""
    with source.open("rb") as file:
        boxes = _top(file, source)
        old = iso.read(file).xmp
        packet = _merged(source, [p for p, _ in old], packet)
        moov = next((b for b in boxes if b.type == "moov"), None)
        if label or in_moov:
            if moov is None or any(b.type == "moof" for b in boxes):
                raise UsageError(f"`{source}` is fragmented; remux it first (`ffmpeg -i IN -c copy OUT.mp4`)")
            if any(b.type == "meta" for b in boxes):  # its items have offsets of their own
                raise UsageError(f"`{source}` holds items beside its streams; remux it first")
            new = _moov(moov, file, packet if in_moov else b"", label, source)
            with target.open("wb") as out:
                _copy(file, out, 0, moov.start)
                out.write(new)
                _copy(file, out, moov.end, boxes[-1].end)
        else:
            shutil.copyfile(source, target)
    if packet:
        with target.open("r+b") as out:
            for b in [b for b in iso.walk(out) if b.uuid == iso.XMP_UUID]:
                _blank(out, b)
            if not in_moov:
                _close_last(out)
                out.write(box(b"uuid", iso.XMP_UUID, packet))


def _top(file: BinaryIO, source: Path) -> list[iso.Box]:
    try:
        return [b for b in iso.walk(file) if not b.path]
    except iso.Damaged as error:
        raise UsageError(f"`{source}` is damaged ({error}); remux it first") from error


def _close_last(file: BinaryIO) -> None:
    """Give the last box its size where it says "to the end of the file"; leaves the position at the end."""
    last = [b for b in iso.walk(file) if not b.path][-1]
    file.seek(last.start)
    if file.read(4) == bytes(4):
        if last.size >= 1 << 32:
            raise UsageError("the last box has no size and is too long to be given one; remux the file first")
        file.seek(last.start)
        file.write(struct.pack(">I", last.size))
    file.seek(last.end)
    file.truncate()


def _merged(source: Path, old: list[bytes], packet: bytes) -> bytes:
    """The packet, put into the one that is there."""
    if not packet or not old:
        return packet
    said = [t for p in old for t in xmp.parse(p).source_types]
    if wrong := [t for t in said if xmp.term(t) not in xmp.AI_TERMS]:
        raise UsageError(f"`{source}` already says `{xmp.term(wrong[0])}` in XMP; remove that first")
    head, end, tail = old[0].rpartition(b"</rdf:RDF>")
    begin, stop = packet.find(b"<rdf:Description"), packet.find(b"</rdf:RDF>")
    return head + packet[begin:stop] + end + tail if end and not said else old[0] if said else packet


def _moov(moov: iso.Box, file: BinaryIO, packet: bytes, label: str, source: Path) -> bytes:
    """The `moov` box with label and packet, and with its sample offsets moved by what it grew."""
    if moov.size > MAX_MOOV_BYTES:
        raise UsageError(f"`{source}`: the index is larger than {MAX_MOOV_BYTES >> 20} MiB; remux it first")
    content = moov.read(file, MAX_MOOV_BYTES)
    children = _children(content)
    udta = next((c for k, c in children if k == b"udta"), box(b"udta"))
    inner = [(k, c) for k, c in _children(udta[8:]) if not (k == b"XMP_" and packet)]
    values: dict[str, str] = {}
    kept: list[bytes] = []
    for kind, child in inner:
        found = _keyed_values(child) if kind == b"meta" and label else None
        if found is None:
            kept.append(child)
        else:
            values |= found
    if label:
        kept.append(keyed({k: v for k, v in values.items() if k.upper() != KEY} | {KEY: label}))
    if packet:
        kept.append(box(b"XMP_", packet))
    rest = [c for k, c in children if k != b"udta"]
    new = box(b"moov", *rest, box(b"udta", *kept))
    return box(b"moov", *(_shifted(c, moov.end, len(new) - moov.size) for c in rest), box(b"udta", *kept))


def _children(content: bytes) -> list[tuple[bytes, bytes]]:
    """``(type, box)`` of the boxes in memory."""
    found: list[tuple[bytes, bytes]] = []
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if size < 8 or at + size > len(content):
            break
        found.append((kind, content[at : at + size]))
        at += size
    return found


def _keyed_values(meta: bytes) -> dict[str, str] | None:
    """Values of a `meta` box with `keys` that hold text only; None for any other `meta`, which is kept as it is."""
    skip = 0 if meta[12:16] in (b"hdlr", b"keys") else 4
    children = dict(_children(meta[8 + skip :]))
    if b"keys" not in children or b"ilst" not in children or children.keys() - {b"hdlr", b"keys", b"ilst", b"free"}:
        return None
    names = [k[8:].decode("utf-8", "replace") for _, k in _children(children[b"keys"][16:])]
    values: dict[str, str] = {}
    for kind, item in _children(children[b"ilst"][8:]):
        index, data = int.from_bytes(kind, "big"), _children(item[8:])
        if not (1 <= index <= len(names) and len(data) == 1 and data[0][0] == b"data"):
            return None
        if data[0][1][8:12] != b"\0\0\0\1":
            return None
        values[names[index - 1]] = data[0][1][16:].decode("utf-8", "replace")
    return values


def _shifted(child: bytes, after: int, delta: int) -> bytes:
    """A box of `moov` whose sample offsets past `after` are moved by `delta`."""
    kind = child[4:8]
    if kind == b"saio":
        raise UsageError("the file holds encrypted samples; labels cannot be written into it")
    if kind in (b"stco", b"co64"):
        code, width = (">I", 4) if kind == b"stco" else (">Q", 8)
        count = int.from_bytes(child[12:16], "big")
        offsets = [
            struct.unpack_from(code, child, 16 + i * width)[0] for i in range(min(count, (len(child) - 16) // width))
        ]
        moved = [o + delta if o >= after else o for o in offsets]
        if kind == b"stco" and max(moved, default=0) >= 1 << 32:
            raise UsageError("the file is too long for 32-bit offsets; remux it first")
        return child[:16] + b"".join(struct.pack(code, o) for o in moved)
    if kind in (b"trak", b"mdia", b"minf", b"stbl"):
        return box(kind, *(_shifted(c, after, delta) for _, c in _children(child[8:])))
    return child


def _copy(file: BinaryIO, out: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    left = end - start
    while left > 0 and (chunk := file.read(min(left, 1 << 20))):
        out.write(chunk)
        left -= len(chunk)


# --- AVI and WAV


def _riff(source: Path, target: Path, format: Format, packet: bytes, label: str) -> None:
    """Append chunks at the end and give the RIFF its new size."""
    with source.open("rb") as file:
        head = file.read(8)
    size = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or size + 8 > source.stat().st_size:
        raise UsageError(f"`{source}` breaks off or has no sizes; remux it first")
    if size + 8 + size % 2 < source.stat().st_size:
        raise UsageError(f"`{source}` has more than one RIFF part; labels cannot be added to it")
    chunks = b""
    if label:
        aigc = chunk(b"AIGC", label.encode() + b"\0")
        chunks += aigc if format.mime == "audio/wav" else chunk(b"LIST", b"INFO" + aigc)
    if packet:
        chunks += chunk(b"_PMX", packet)
    shutil.copyfile(source, target)
    with target.open("r+b") as out:
        out.seek(0, 2)
        out.write(b"\0" * (out.tell() % 2) + chunks)
        total = out.tell() - 8
        if total >= 1 << 32:
            raise UsageError(f"`{source}` would grow past what RIFF can hold")
        out.seek(4)
        out.write(struct.pack("<I", total))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A RIFF chunk, padded to an even length."""
    return struct.pack("<4sI", kind, len(content)) + content + b"\0" * (len(content) % 2)


# --- Matroska, WebM, FLV


def _remux(source: Path, target: Path, label: str) -> None:
    remux(source, target, tags=lambda old: {k: v for k, v in old.items() if k.upper() != KEY} | {KEY: label})


def remux(source: Path, target: Path, tags: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Copy every packet into a new container of the same kind, with other tags."""
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    with av.open(f"file:{source}", options=options, metadata_errors="replace") as old, av.open(str(target), "w") as new:
        new.metadata.update(tags(dict(old.metadata)))
        streams = {}
        for stream in old.streams:
            if stream.type in ("video", "audio", "subtitle"):
                streams[stream.index] = new.add_stream_from_template(stream)
                streams[stream.index].metadata.update(stream.metadata)
        for packet in old.demux([s for s in old.streams if s.index in streams]):
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                new.mux(packet)
