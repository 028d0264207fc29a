"""Key-value pairs and XMP packets of a file, whatever its container.

MP4 and QuickTime (`iso`), AVI and WAV (`riff`) are read by our own walks, which see what is off the beaten path;
Matroska, FLV, MP3, FLAC and Ogg through libavformat, still images through Pillow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..media import DEMUXERS
from . import aigc, iso, riff
from .formats import Format

MAX_TAGS = 1000


@dataclass(frozen=True, slots=True)
class Tag:
    """One pair."""

    key: str
    value: str
    where: str
    """Container and path, such as ``moov/udta/meta/ilst`` or ``Matroska tag``."""


@dataclass(slots=True)
class Tags:
    """All that a file says of itself besides the media."""

    tags: list[Tag] = field(default_factory=list)
    xmp: list[tuple[bytes, str]] = field(default_factory=list)
    has_c2pa: bool | None = None
    """Whether there is a C2PA box; None where only the C2PA library can tell."""
    damage: str = ""
    """Why not everything could be read; empty when it was."""


def read(path: Path, format: Format) -> Tags:
    """Tags of a file; bounded, and the media data are passed by."""
    if format.family == "iso":
        return _iso(path)
    if format.family == "riff":
        return _riff(path)
    if format.family == "image":
        return _image(path)
    return _libav(path)


def _iso(path: Path) -> Tags:
    with path.open("rb") as file:
        found = iso.read(file)
        xmp = found.xmp + _items(file)
    tags = [Tag(key, _text(value, code), where) for key, value, code, where in found.values[:MAX_TAGS]]
    return Tags(tags, xmp, bool(found.c2pa), found.damage)


def _text(value: bytes, code: int) -> str:
    if code in (21, 22) and len(value) <= 8:
        return str(int.from_bytes(value, "big", signed=code == 21))
    return "" if code in (13, 14, 27) else aigc.decode(value, code)  # cover pictures are no text


def _items(file: Any) -> list[tuple[bytes, str]]:
    """XMP items of HEIF and AVIF; they lie in the media data, so only small files are looked through."""
    file.seek(0)
    head = file.read(64)
    if not any(brand in head for brand in (b"mif1", b"heic", b"avif", b"msf1")):
        return []
    content = file.read(iso.MAX_MANIFEST_BYTES)
    start, end = content.find(b"<x:xmpmeta"), content.find(b"</x:xmpmeta>")
    return [(content[start : end + 12], "meta item")] if 0 <= start < end else []


def _riff(path: Path) -> Tags:
    found = Tags()
    with path.open("rb") as file:
        try:
            for name, value, where in riff.texts(file):
                if name == riff.XMP:
                    found.xmp.append((value, "RIFF/_PMX"))
                elif len(found.tags) < MAX_TAGS:
                    found.tags.append(Tag(name, aigc.decode(value).rstrip("\0"), where))
        except iso.Damaged as error:
            found.damage = str(error)
    return found


def _image(path: Path) -> Tags:
    from PIL import Image, PngImagePlugin, UnidentifiedImageError

    found = Tags()
    try:
        with Image.open(path) as image:
            packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
            if isinstance(image, PngImagePlugin.PngImageFile):
                texts = {k: v for k, v in image.text.items() if isinstance(v, str)}
                packet = packet or texts.get("XML:com.adobe.xmp")
                found.tags += [Tag(k, v, "PNG text") for k, v in texts.items() if "xmp" not in k]
            comment = image.getexif().get_ifd(0x8769).get(0x9286)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        found.damage = f"the picture's metadata cannot be read: {error}"
        return found
    if packet:
        found.xmp.append((packet.encode() if isinstance(packet, str) else bytes(packet), "XMP"))
    if comment:
        found.tags.append(_user_comment(comment))
    return found


def _user_comment(comment: bytes | str) -> Tag:
    """EXIF UserComment; its key is `AIGC` where the text holds such a label."""
    text = comment if isinstance(comment, str) else aigc.decode(comment[8:] if comment[:1] in b"AUJ\0" else comment)
    return Tag("AIGC" if '"AIGC"' in text or "&quot;AIGC" in text else "UserComment", text, "EXIF UserComment")


def _libav(path: Path) -> Tags:
    import av

    found = Tags(has_c2pa=None)
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    try:
        with av.open(f"file:{path}", options=options, metadata_errors="replace") as container:
            where = f"{container.format.name.split(',')[0]} tag"
            groups = [container.metadata, *(stream.metadata for stream in container.streams)]
            pairs = dict.fromkeys(pair for group in groups for pair in group.items())
            found.tags += [Tag(key, value, where) for key, value in list(pairs)[:MAX_TAGS]]
    except (av.error.FFmpegError, OSError, ValueError) as error:
        found.damage = f"the container's tags cannot be read: {error}"
    return found
