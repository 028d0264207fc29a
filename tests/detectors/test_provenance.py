from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from checker.detector import Incomplete, Settings
from checker.detectors.provenance import Provenance
from checker.errors import CheckerError, DetectorUnavailable
from checker.facts import KINDS
from checker.markings import aigc, write, xmp
from checker.markings.formats import sniff
from checker.media import Media
from checker.post import Post
from checker.types import Strength
from tests.markings.files import AI, CAMERA, clip, created, credentials, detect, of, sign
from tests.shared import models

LABEL = aigc.compose("somebody", "id-1")


@pytest.mark.parametrize(("name", "state"), [("a.mp4", "absent"), ("a.mov", "absent"), ("a.webm", "cannot_carry")])
def test_one_c2pa_observation_always(name: str, state: str, tmp_path: Path) -> None:
    seen = detect(clip(tmp_path / name))
    assert [(o.id, o.kind, o.value["state"], o.strength) for o in seen] == [
        ("provenance/0", "c2pa", state, Strength.PROVEN)
    ]


def everything(tmp_path: Path) -> Path:
    source, labelled, signed = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", tmp_path / "c.mp4"
    write.write(source, labelled, sniff(source), packet=xmp.packet("trainedAlgorithmicMedia"), label=LABEL)
    sign(labelled, signed, created(AI))
    return signed


def test_all_markings_of_one_file(tmp_path: Path) -> None:
    seen = detect(everything(tmp_path))
    assert [(o.id, o.kind, o.strength) for o in seen] == [
        ("provenance/0", "c2pa", Strength.PROVEN),
        ("provenance/1", "xmp", Strength.DECLARED),
        ("provenance/2", "aigc", Strength.PROVEN),
    ]
    assert {o.kind for o in seen} <= Provenance.emits <= KINDS.keys()
    json.dumps([dict(o.value) for o in seen])


def tampered(tmp_path: Path, source_type: str) -> Path:
    signed = tmp_path / "signed.mp4"
    sign(clip(tmp_path / "a.mp4"), signed, created(source_type))
    content = bytearray(signed.read_bytes())
    content[content.index(b"mdat") + 50] ^= 1
    signed.write_bytes(content)
    return signed


@pytest.mark.parametrize(
    ("source_type", "ai", "strength"), [(AI, "full", Strength.ESTIMATED), (CAMERA, "none", Strength.PROVEN)]
)
def test_a_tampered_manifest_is_an_estimate_of_ai(
    source_type: str, ai: str, strength: Strength, tmp_path: Path
) -> None:
    (seen,) = detect(tampered(tmp_path, source_type))
    assert (seen.value["state"], seen.value["ai"], seen.strength) == ("invalid", ai, strength)
    assert "assertion.bmffHash.mismatch" in seen.value["codes"]


@pytest.mark.parametrize(
    ("label", "strength"), [(1, Strength.PROVEN), (2, Strength.ESTIMATED), (3, Strength.ESTIMATED)]
)
def test_strength_of_an_aigc_label(label: int, strength: Strength, tmp_path: Path) -> None:
    source, target = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    write.write(source, target, sniff(source), label=aigc.compose("somebody", "1", label=label))
    (seen,) = of(detect(target), "aigc")
    assert (seen.value["label"], seen.value["valid"], seen.strength) == (label, True, strength)


def test_klings_nulls_are_named_and_its_label_believed(tmp_path: Path) -> None:
    text = LABEL.replace('"ReservedCode1":""', '"ReservedCode1":null')
    source, target = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    write.write(source, target, sniff(source), label=text)
    (seen,) = of(detect(target), "aigc")
    assert (seen.value["valid"], seen.strength) == (False, Strength.PROVEN)
    assert seen.value["deviations"] == ["`ReservedCode1` is null, not a string"]


# --- trust lists


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_bytes(credentials()[2])
    signed = everything(tmp_path)
    seen = detect(signed, Settings(models=tmp_path, trust_list=tmp_path / "own.pem"))
    assert seen[0].value["state"] == "trusted"
    assert detect(signed, Settings(models=tmp_path))[0].value["state"] == "valid"


def test_the_official_list_where_it_was_pulled(tmp_path: Path) -> None:
    settings = Settings(models=models())
    detector = Provenance()
    detector.load(settings)
    assert [name.partition("@")[0] for name in detector.used_weights()] == ["c2pa-trust-list", "c2pa-tsa-trust-list"]
    assert detect(everything(tmp_path), settings)[0].value["state"] == "intact"


@pytest.mark.parametrize("content", [b"", b"no certificate", b"\xff\xfe"])
def test_a_list_that_is_none_is_said_to_be(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_bytes(content)
    with pytest.raises(DetectorUnavailable, match="trust list"):
        Provenance().load(Settings(models=tmp_path, trust_list=tmp_path / "own.pem"))


def test_a_pulled_list_that_was_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "C2PA-TRUST-LIST.pem").write_bytes(credentials()[2])
    with pytest.raises(CheckerError, match="sha256"):
        Provenance().load(Settings(models=tmp_path))


# --- no network


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    tried: list[object] = []

    def refuse(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


def test_a_remote_manifest_is_reported_and_not_fetched(tmp_path: Path, no_network: list[object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"
        target = tmp_path / "b.mp4"
        sign(clip(tmp_path / "a.mp4"), target, created(AI), embed=False, remote_url=url)
        seen = detect(target)
        with pytest.raises(TimeoutError):
            server.accept()
    assert (seen[0].value["state"], seen[0].value["remote_url"], seen[0].value["ai"]) == ("absent", url, "none")
    assert no_network == []


# --- what cannot be seen


@pytest.mark.parametrize("cut", [0.5, 0.9])
def test_a_file_that_breaks_off_is_an_incomplete_look(cut: float, tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4")
    write.write(source, tmp_path / "b.mp4", sniff(source), packet=xmp.packet("trainedAlgorithmicMedia"))
    content = (tmp_path / "b.mp4").read_bytes()
    box = content.rindex(b"uuid") - 4
    (tmp_path / "b.mp4").write_bytes(content[: box + round((len(content) - box) * cut)])
    seen = []
    with Media.open(tmp_path / "b.mp4") as media, pytest.raises(Incomplete, match="runs past"):
        detector = Provenance()
        detector.load(Settings(models=tmp_path))
        for observation in detector.detect(media, Post(), ()):
            seen.append(observation.kind)  # noqa: PERF401 (what came before the exception counts)
    assert seen == ["c2pa"]


# --- speed


def test_a_long_file_is_not_read(tmp_path: Path) -> None:
    """100 MB with labels on both sides of the media: under 0.3 s, and nearly nothing of it is read."""
    source, target = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    content = source.read_bytes()
    at = content.index(b"mdat") - 4
    size = int.from_bytes(content[at : at + 4], "big")
    padding = 100_000_000
    with (tmp_path / "long.mp4").open("wb") as file:
        file.write(content[:at] + (size + padding).to_bytes(4, "big") + content[at + 4 : at + size])
        file.seek(padding, 1)
        file.write(content[at + size :])
    write.write(tmp_path / "long.mp4", target, sniff(source), packet=xmp.packet("trainedAlgorithmicMedia"), label=LABEL)
    detector = Provenance()
    detector.load(Settings(models=tmp_path))
    with Media.open(target) as media:
        before, begun = _read_bytes(), time.perf_counter()
        seen = list(detector.detect(media, Post(), ()))
        seconds, read = time.perf_counter() - begun, _read_bytes() - before
    assert [o.kind for o in seen] == ["c2pa", "xmp", "aigc"]
    assert seconds < 0.3
    assert read < 8_000_000


def _read_bytes() -> int:
    """Bytes that this process has read so far; 0 where the system does not tell."""
    try:
        rows = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return 0
    return int(next(row for row in rows if row.startswith("rchar")).split()[1])
