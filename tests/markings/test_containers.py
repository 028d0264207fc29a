"""Every marking x container x valid, malformed, absent: written by us and by independent programs, both ways."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest

from checker.detector import Incomplete
from checker.markings import aigc, write, xmp
from checker.markings.formats import sniff
from checker.types import Strength
from tests.clips import make_clip

from .files import AI, clip, detect, of, packets, run, small, sound, tool, with_sei

LABEL = aigc.compose("001191110102MAD55U9H0F10002", "id-1")
BROKEN = '{"AIGC": {"Label": "AIGC", "ContentProducer": "MiniMax"}}'
PACKET = xmp.packet("trainedAlgorithmicMedia", {"AISystemUsed": "Some & system"})
AIGC_CONTAINERS = ("mp4", "mov", "mkv", "webm", "avi", "flv", "wav", "m4a")
XMP_CONTAINERS = ("mp4", "mov", "avi", "wav", "m4a")


def make(path: Path) -> Path:
    return sound(path) if path.suffix in (".wav", ".mp3", ".flac", ".ogg", ".m4a") else clip(path)


@pytest.mark.parametrize("suffix", AIGC_CONTAINERS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [(LABEL, [(1, True, Strength.PROVEN)]), (BROKEN, [(None, False, Strength.ESTIMATED)]), ("", [])],
    ids=["valid", "malformed", "absent"],
)
def test_aigc_label(text: str, expected: list[tuple[int, bool, Strength]], suffix: str, tmp_path: Path) -> None:
    source, target = make(tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
    if text:
        write.write(source, target, sniff(source), label=text)
        assert packets(source) == packets(target)
    seen = of(detect(target if text else source), "aigc")
    assert [(o.value["label"], o.value["valid"], o.strength) for o in seen] == expected


@pytest.mark.parametrize("suffix", XMP_CONTAINERS)
@pytest.mark.parametrize("packet", [PACKET, b""], ids=["valid", "absent"])
def test_xmp(packet: bytes, suffix: str, tmp_path: Path) -> None:
    source, target = make(tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
    if packet:
        write.write(source, target, sniff(source), packet=packet)
        assert packets(source) == packets(target)
    seen = of(detect(target if packet else source), "xmp")
    expected = [("trainedAlgorithmicMedia", True, {"AISystemUsed": "Some & system"})] if packet else []
    assert [(o.value["digital_source_type"], o.value["ai"], o.value["fields"]) for o in seen] == expected


@pytest.mark.parametrize("suffix", XMP_CONTAINERS)
def test_a_malformed_packet_makes_the_look_incomplete(suffix: str, tmp_path: Path) -> None:
    source, target = make(tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
    write.write(source, target, sniff(source), packet=PACKET[:-60])
    with pytest.raises(Incomplete, match="XMP packet"):
        detect(target)


# --- written by us, read by others


@pytest.mark.parametrize("suffix", ["mp4", "mov", "avi", "m4a"])
def test_exiftool_reads_our_xmp(suffix: str, tmp_path: Path) -> None:
    source, target = make(tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
    write.write(source, target, sniff(source), packet=PACKET, label=LABEL)
    (seen,) = json.loads(run(tool("exiftool"), "-j", "-G1", "-n", target))
    assert seen["XMP-iptcExt:DigitalSourceType"] == AI
    assert seen["XMP-iptcExt:AISystemUsed"] == "Some & system"
    assert not [key for key in seen if key.endswith(("Warning", "Error"))]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "flv", "m4a"])
def test_exiftool_reads_our_aigc_label(suffix: str, tmp_path: Path) -> None:
    source, target = make(tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
    write.write(source, target, sniff(source), label=LABEL)
    (seen,) = json.loads(run(tool("exiftool"), "-j", "-n", target))
    found = next(v for k, v in seen.items() if k.casefold() == "aigc")
    assert (json.loads(found) if isinstance(found, str) else found) == json.loads(LABEL)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "flv", "avi", "m4a"])
def test_ffmpeg_reads_our_aigc_label(suffix: str, tmp_path: Path) -> None:
    source, target = make(tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
    write.write(source, target, sniff(source), label=LABEL)
    found = run(tool("ffprobe"), "-v", "error", "-show_entries", "format_tags=AIGC", "-of", "json", target)
    assert json.loads(found)["format"]["tags"]["AIGC"] == LABEL


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "avi", "m4a"])
def test_ffmpeg_decodes_what_we_write_without_a_word(suffix: str, tmp_path: Path) -> None:
    source, target = make(tmp_path / f"in.{suffix}"), tmp_path / f"out.{suffix}"
    packet = PACKET if suffix in XMP_CONTAINERS else b""
    write.write(source, target, sniff(source), packet=packet, label=LABEL)
    run(tool("ffmpeg"), "-v", "error", "-xerror", "-i", target, "-f", "null", "-")


# --- written by others, read by us


@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4a"])
def test_exiftool_writes_xmp(suffix: str, tmp_path: Path) -> None:
    path = make(tmp_path / f"a.{suffix}")
    run(tool("exiftool"), "-q", "-overwrite_original", "-n", f"-XMP-iptcExt:DigitalSourceType={AI}", path)
    (seen,) = of(detect(path), "xmp")
    assert (seen.value["ai"], seen.value["deviation"], seen.strength) == (True, "", Strength.DECLARED)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm", "flv", "mp3", "flac", "ogg", "m4a"])
@pytest.mark.parametrize("text", [LABEL, BROKEN], ids=["valid", "malformed"])
def test_ffmpeg_writes_the_aigc_label(text: str, suffix: str, tmp_path: Path) -> None:
    path, target = make(tmp_path / f"a.{suffix}"), tmp_path / f"b.{suffix}"
    keyed = ["-movflags", "use_metadata_tags"] if suffix in ("mp4", "mov", "m4a") else []
    run(tool("ffmpeg"), "-v", "error", "-i", path, "-c", "copy", *keyed, "-metadata", f"AIGC={text}", target)
    (seen,) = of(detect(target), "aigc")
    assert seen.value["valid"] is (text == LABEL)


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_faststart_and_other_tags_are_kept(suffix: str, tmp_path: Path) -> None:
    path, fast, target = clip(tmp_path / f"a.{suffix}"), tmp_path / f"b.{suffix}", tmp_path / f"c.{suffix}"
    more = ["-movflags", "faststart+use_metadata_tags", "-metadata", "aigc_info={}", "-metadata", "title=Mine"]
    run(tool("ffmpeg"), "-v", "error", "-i", path, "-c", "copy", *more, fast)
    write.write(fast, target, sniff(fast), packet=PACKET, label=LABEL)
    assert packets(fast) == packets(target)
    tags = json.loads(run(tool("ffprobe"), "-v", "error", "-show_format", "-of", "json", target))["format"]["tags"]
    assert (tags["title"], tags["aigc_info"], tags["AIGC"]) == ("Mine", "{}", LABEL)
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


# --- deviations seen in the wild


def patched(path: Path, meta: bytes, *, bare: bool = False) -> Path:
    """Append to `moov`, which is the last box: in a second `udta`, or bare."""
    content = path.read_bytes()
    at = content.rindex(b"moov") - 4
    extra = meta if bare else write.box(b"udta", meta)
    size = int.from_bytes(content[at : at + 4], "big")
    assert at + size == len(content)
    path.write_bytes(content[:at] + struct.pack(">I", size + len(extra)) + content[at + 4 :] + extra)
    return path


def item_list(item: bytes) -> bytes:
    """A `meta` box as iTunes writes it, without `keys`."""
    handler = write.box(b"hdlr", bytes(8), b"mdir", bytes(13))
    return write.box(b"meta", bytes(4), handler, write.box(b"ilst", item))


DATA = write.box(b"data", struct.pack(">II", 1, 0), LABEL.encode())
MEAN = write.box(b"mean", bytes(4), b"com.apple.iTunes")
NAME = write.box(b"name", bytes(4), b"AIGC")
KEYLESS = item_list(write.box(b"AIGC", DATA))


@pytest.mark.parametrize(
    ("meta", "bare"),
    [
        (write.keyed({"AIGC": LABEL}), True),
        (KEYLESS, False),
        (item_list(write.box(b"----", MEAN, NAME, DATA)), False),
        (write.box(b"AIGC", LABEL.encode()), False),
        (write.box(b"meta", write.keyed({"AIGC": LABEL})[12:]), True),
    ],
    ids=["bare meta in moov", "list without keys", "free-form item", "own box in udta", "meta without version"],
)
def test_mp4_off_the_beaten_path(meta: bytes, bare: bool, tmp_path: Path) -> None:
    (seen,) = of(detect(patched(clip(tmp_path / "a.mp4"), meta, bare=bare)), "aigc")
    assert seen.value["label"] == 1
    assert seen.value["valid"]


def test_two_labels_are_one_too_many(tmp_path: Path) -> None:
    other = aigc.compose("somebody", "id-2", label=2)
    path = patched(clip(tmp_path / "a.mp4"), write.keyed({"AIGC": other}) + KEYLESS)
    seen = of(detect(path), "aigc")
    assert [o.value["label"] for o in seen] == [1, 2]
    assert all("more than one label in the file" in o.value["deviations"] for o in seen)


def test_aigc_in_xmp(tmp_path: Path) -> None:
    source, target = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    write.write(source, target, sniff(source), packet=xmp.packet("trainedAlgorithmicMedia", aigc=LABEL))
    (seen,) = of(detect(target), "aigc")
    assert (seen.value["label"], seen.value["where"]) == (1, "XMP in uuid")


# --- still images


def png(path: Path, text: str) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + bytes(16 * 3) for _ in range(16)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0))
    extra = chunk(b"tEXt", b"AIGC\0" + text.encode()) if text else b""
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize(("text", "labels"), [(LABEL, [1]), (BROKEN, [None]), ("", [])])
def test_png_text(text: str, labels: list[int | None], tmp_path: Path) -> None:
    seen = of(detect(png(tmp_path / "a.png", text)), "aigc")
    assert [o.value["label"] for o in seen] == labels


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_exiftool_writes_xmp_and_comments_into_images(suffix: str, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (32, 32)).save(path)
    assert [o.kind for o in detect(path)] == ["c2pa"]
    tags = (f"-XMP-iptcExt:DigitalSourceType={AI}", f"-EXIF:UserComment={LABEL}")
    run(tool("exiftool"), "-q", "-overwrite_original", "-n", *tags, path)
    seen = detect(path)
    assert [o.value["ai"] for o in of(seen, "xmp")] == [True]
    assert [o.value["label"] for o in of(seen, "aigc")] == [1]


# --- platform keys and traces

GENERATION = '{"product":"dreamina","exportType":"generation","aigc_label_type":0,"source_info":"dreamina"}'


@pytest.mark.parametrize(
    ("tags", "keys", "traces"),
    [
        ({"aigc_info": '{"aigc_label_type":2}'}, [("aigc_info", 2, True)], []),
        ({"aigc_info": '{"aigc_label_type":"1"}'}, [("aigc_info", 1, True)], []),
        ({"aigc_info": '{"aigc_label_type":0}'}, [("aigc_info", 0, False)], []),
        ({"aigc_info": "{broken"}, [("aigc_info", None, False)], []),
        ({"comment": "vid:v12044gd0000"}, [("comment", None, False)], []),
        ({"comment": "holiday in Vidin"}, [], []),
        ({"comment": GENERATION}, [("comment", 0, False)], [("dreamina", Strength.MATCHED)]),
        (
            {"comment": '{"product":"dreamina","exportType":"edit"}'},
            [("comment", None, False)],
            [("dreamina", Strength.ESTIMATED)],
        ),
        ({"software": "Hailuo AI 2.0"}, [], [("Hailuo", Strength.ESTIMATED)]),
        ({"software": "Lavf61.7.100"}, [], []),
        ({"title": "Sora and Kling compared"}, [], []),
    ],
)
def test_platform_keys(
    tags: dict[str, str], keys: list[tuple[str, int | None, bool]], traces: list[tuple[str, Strength]], tmp_path: Path
) -> None:
    seen = detect(clip(tmp_path / "a.mp4", **tags))
    found = [(o.value["key"], o.value["label_type"], o.value["ai"]) for o in of(seen, "platform_key")]
    assert found == keys
    assert [(o.value["generator"], o.strength) for o in of(seen, "generator_trace")] == traces


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(
    ("body", "expected"), [(b"kling-ai\0", [("Kling", Strength.MATCHED)]), (b"another-tool\0", [])]
)
def test_klings_message_in_the_coded_picture(
    body: bytes, expected: list[tuple[str, Strength]], suffix: str, tmp_path: Path
) -> None:
    source = make_clip(tmp_path / "in.mp4", picture=small, seconds=0.25)
    seen = of(detect(with_sei(source, tmp_path / f"a.{suffix}", body=body)), "generator_trace")
    assert [(o.value["generator"], o.strength) for o in seen] == expected


def test_klings_message_survives_stripped_metadata(tmp_path: Path) -> None:
    source = with_sei(clip(tmp_path / "in.mp4"), tmp_path / "a.mp4")
    run(tool("ffmpeg"), "-v", "error", "-i", source, "-map_metadata", "-1", "-c", "copy", tmp_path / "b.ts")
    assert [o.value["generator"] for o in of(detect(tmp_path / "b.ts"), "generator_trace")] == ["Kling"]
