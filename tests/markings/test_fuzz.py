"""Mutated boxes, chunks and packets: no crash, no hang, nothing false taken for valid.

`CHECKER_FUZZ=10000` runs the full number; the default is a tenth.
"""

from __future__ import annotations

import io
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checker.detector import Incomplete
from checker.errors import MediaError
from checker.markings import aigc, iso, riff, write, xmp
from checker.markings.formats import sniff

from .files import AI, clip, created, detect, of, sign
from .test_xmp import packet

COUNT = int(os.environ.get("CHECKER_FUZZ", "1000"))
LIMIT_S = 2.0
PRODUCER = "001191110102MAD55U9H0F10002"
LABEL = aigc.compose(PRODUCER, "id-1")
PACKET = xmp.packet("trainedAlgorithmicMedia", {"AISystemUsed": "x"}, aigc=LABEL)


def mutants(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Flipped, cut, doubled, zeroed, overgrown and shuffled versions, always the same ones."""
    dice = random.Random(seed)
    big = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\1", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\7")
    for _ in range(count):
        new = bytearray(content)
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(len(new)) if new else 0
            match dice.randrange(7):
                case 0:
                    new[at : at + 1] = bytes([dice.randrange(256)])
                case 1:
                    del new[at:]
                case 2:
                    new[at:at] = new[at : at + dice.randrange(1, 200)]
                case 3:
                    new[at : at + dice.randrange(1, 40)] = b""
                case 4:
                    new[at : at + 4] = dice.choice(big)
                case 5:
                    other = dice.randrange(len(new)) if new else 0
                    new[at : at + 16], new[other : other + 16] = new[other : other + 16], new[at : at + 16]
                case _:
                    new[at:at] = dice.choice((b"<", b"&a;", b'"', b"\0", b"meta", b"ilst", b"keys", b"{", b"<!DOCTYPE"))
        yield bytes(new)


def timed(look: Callable[[bytes], None], contents: Iterator[bytes]) -> None:
    for i, content in enumerate(contents):
        begun = time.monotonic()
        look(content)
        assert time.monotonic() - begun < LIMIT_S, f"mutant {i} took too long"


def metadata(path: Path) -> bytes:
    """The file with its media data cut out, so that mutations meet boxes."""
    with path.open("rb") as file:
        kept = [_whole(file, box) for box in iso.walk(file) if not box.path and box.type != "mdat"]
    return b"".join(kept)


def _whole(file: io.BufferedReader, box: iso.Box) -> bytes:
    file.seek(box.start)
    return file.read(box.size)


def plain(label: aigc.Label) -> None:
    """A label that is called valid is one that annex E allows, whatever was changed inside its values."""
    if label.valid:
        assert label.producer
        assert aigc.compose(label.producer, label.produce_id or "", label=label.label or 0)


def test_boxes(tmp_path: Path) -> None:
    source, labelled = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    write.write(source, labelled, sniff(source), packet=PACKET, label=LABEL)

    def look(content: bytes) -> None:
        found = iso.read(io.BytesIO(content))
        for key, value, code, _ in found.values:
            if aigc.is_key(key):
                plain(aigc.parse(aigc.decode(value, code)))

    timed(look, mutants(metadata(labelled), COUNT, 1))


def test_packets() -> None:
    def look(content: bytes) -> None:
        try:
            found = xmp.parse(content)
        except xmp.NotXmp:
            return
        for text in found.aigc:
            plain(aigc.parse(text))

    half = COUNT // 2
    timed(look, mutants(PACKET, half, 2))
    timed(look, mutants(packet(f"<i:DigitalSourceType>{AI}</i:DigitalSourceType>"), COUNT - half, 3))


def test_labels() -> None:
    timed(lambda content: plain(aigc.parse(aigc.decode(content))), mutants(LABEL.encode(), COUNT, 4))


def test_chunks(tmp_path: Path) -> None:
    source, labelled = clip(tmp_path / "a.avi"), tmp_path / "b.avi"
    write.write(source, labelled, sniff(source), packet=PACKET, label=LABEL)
    content = labelled.read_bytes()
    short = content[:4096] + content[-1500:]

    def look(content: bytes) -> None:
        try:
            for name, value, _ in riff.texts(io.BytesIO(content)):
                if name == "AIGC":
                    plain(aigc.parse(aigc.decode(value)))
        except iso.Damaged:
            pass

    timed(look, mutants(short, COUNT, 5))


def test_signed_files_never_pass_for_more_than_they_are(tmp_path: Path) -> None:
    """Through the whole detector: a mutant whose streams still open is never valid, unless its content is untouched."""
    signed = tmp_path / "signed.mp4"
    sign(clip(tmp_path / "a.mp4"), signed, created(AI))
    content = signed.read_bytes()
    size = int.from_bytes(content[:4], "big")
    opened = 0
    for i, mutant in enumerate(mutants(content[size:], max(60, COUNT // 10), 6)):
        path = tmp_path / "mutant.mp4"
        path.write_bytes(content[:size] + mutant)
        begun = time.monotonic()
        try:
            states = [str(o.value["state"]) for o in of(detect(path), "c2pa")]
            opened += 1
        except (Incomplete, MediaError):
            continue
        assert time.monotonic() - begun < LIMIT_S, f"mutant {i} took too long"
        if mutant != content[size:]:
            assert states != ["trusted"]
            assert states[0] in ("invalid", "unreadable", "absent") or _padding_only(content[size:], mutant), i
    assert opened > 5


def _padding_only(before: bytes, after: bytes) -> bool:
    """Whether only zeros behind the manifest, which C2PA leaves out of its hashes, were changed."""
    if len(before) != len(after):
        return False
    size = int.from_bytes(before[:4], "big")
    return before[size:] == after[size:] and all(
        not b for b, a in zip(before[:size], after[:size], strict=True) if b != a
    )


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 64, b"\xff" * 64, b"\0\0\0\1mdat" + b"\xff" * 8, b"\0\0\0\x08moov" * 9]
)
def test_degenerate_files(content: bytes) -> None:
    iso.read(io.BytesIO(content))


def test_deep_and_endless_boxes_end() -> None:
    deep = b""
    for _ in range(500):
        deep = write.box(b"udta", deep)
    assert iso.read(io.BytesIO(deep)).values == []
    many = write.box(b"free") * (iso.MAX_BOXES + 5)
    assert "more than" in iso.read(io.BytesIO(many)).damage
