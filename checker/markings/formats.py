"""Tell media formats apart by their first bytes; the extension is not believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"hevc": "image/heic", b"mif1": "image/heif"}
_BRANDS |= {b"msf1": "image/heif", b"avif": "image/avif", b"avis": "image/avif", b"qt  ": "video/quicktime"}
_BRANDS |= {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4"}
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"moof", b"uuid")
_RIFF = {b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav", b"WEBP": "image/webp"}
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\0\x0cJXL \r\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"FLV\x01", "video/x-flv"),
    (b"OggS", "audio/ogg"),
    (b"BM", "image/bmp"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """What the bytes say a file is."""

    mime: str
    """Empty when unknown."""
    family: str
    """``iso`` (MP4, QuickTime, HEIF), ``riff``, ``image`` or ``other``."""

    @property
    def carries_c2pa(self) -> bool:
        """Whether C2PA defines how such a file embeds a manifest (C2PA 2.2, appendix A)."""
        return self.mime not in _NO_C2PA


_NO_C2PA = ("", "video/x-matroska", "video/x-flv", "audio/ogg", "image/bmp")


def sniff(path: Path) -> Format:
    """The format of a file by its content."""
    with path.open("rb") as file:
        head = file.read(16)
    if head[4:8] in _ATOMS:
        return Format(_BRANDS.get(head[8:12], "video/mp4") if head[4:8] == b"ftyp" else "video/quicktime", "iso")
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] in _RIFF:
        mime = _RIFF[head[8:12]]
        return Format(mime, "image" if mime == "image/webp" else "riff")
    for magic, mime in _MAGIC:
        if head.startswith(magic):
            return Format(mime, "image" if mime.startswith("image/") else "other")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # frame header of MPEG audio layer 3
        return Format("audio/mpeg", "other")
    return Format("", "other")
