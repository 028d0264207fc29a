from __future__ import annotations

from pathlib import Path

import pytest

from checker.markings.formats import sniff

from .files import clip, sound


@pytest.mark.parametrize(
    ("name", "mime", "carries"),
    [
        ("a.mp4", "video/mp4", True),
        ("a.mov", "video/quicktime", True),
        ("a.mkv", "video/x-matroska", False),
        ("a.webm", "video/x-matroska", False),
        ("a.avi", "video/x-msvideo", True),
        ("a.flv", "video/x-flv", False),
    ],
)
def test_the_content_tells_the_format_and_not_the_name(name: str, mime: str, carries: bool, tmp_path: Path) -> None:
    path = clip(tmp_path / name).rename(tmp_path / "a.jpg")
    assert sniff(path).mime == mime
    assert sniff(path).carries_c2pa is carries


@pytest.mark.parametrize(
    ("name", "mime"),
    [("a.wav", "audio/wav"), ("a.mp3", "audio/mpeg"), ("a.flac", "audio/flac"), ("a.ogg", "audio/ogg")],
)
def test_sound(name: str, mime: str, tmp_path: Path) -> None:
    assert sniff(sound(tmp_path / name)).mime == mime


@pytest.mark.parametrize("content", [b"", b"\0", b"hello, world, no media at all", b"RIFF\0\0\0\0JUNK"])
def test_what_is_no_media_has_no_format(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert sniff(path).mime == ""
    assert not sniff(path).carries_c2pa
