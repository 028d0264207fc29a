from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from checker.burn import Text
from checker.errors import MediaError, UsageError
from checker.label import Change, Labels, Signing, compare, label, simulate_upload
from checker.types import Observation
from tests.markings.files import AI, clip, created, credentials, detect, of, packets, sign


def values(path: Path) -> dict[str, object]:
    seen = {o.kind: o.value for o in detect(path)}
    return {
        "c2pa": (seen["c2pa"]["state"], seen["c2pa"]["ai"]),
        "xmp": seen.get("xmp", {}).get("digital_source_type"),
        "aigc": seen.get("aigc", {}).get("label"),
    }


SIGNING = Signing(*credentials()[:2])


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (Labels(xmp=True), {"c2pa": ("absent", "none"), "xmp": "trainedAlgorithmicMedia", "aigc": None}),
        (Labels(aigc="somebody"), {"c2pa": ("absent", "none"), "xmp": None, "aigc": 1}),
        (Labels(c2pa=SIGNING), {"c2pa": ("valid", "full"), "xmp": None, "aigc": None}),
        (
            Labels(xmp=True, aigc="somebody", c2pa=SIGNING, source_type="compositeWithTrainedAlgorithmicMedia"),
            {"c2pa": ("valid", "partial"), "xmp": "compositeWithTrainedAlgorithmicMedia", "aigc": 1},
        ),
    ],
    ids=["xmp", "aigc", "c2pa", "all"],
)
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_what_is_written_is_read_and_no_packet_changes(
    labels: Labels, expected: dict[str, object], suffix: str, tmp_path: Path
) -> None:
    source, target = clip(tmp_path / f"a.{suffix}"), tmp_path / f"b.{suffix}"
    before = hashlib.sha256(source.read_bytes()).digest()
    label(source, target, labels)
    assert values(target) == expected
    assert packets(source) == packets(target)
    assert hashlib.sha256(source.read_bytes()).digest() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a.{suffix}", f"b.{suffix}"]


def test_text_and_markings_together(tmp_path: Path) -> None:
    label(clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", Labels(text=Text("AI"), xmp=True, aigc="x", c2pa=SIGNING))
    assert values(tmp_path / "b.mp4") == {"c2pa": ("valid", "full"), "xmp": "trainedAlgorithmicMedia", "aigc": 1}


def test_labelling_twice_leaves_one_label(tmp_path: Path) -> None:
    label(clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", Labels(xmp=True, aigc="first"))
    label(tmp_path / "b.mp4", tmp_path / "c.mp4", Labels(xmp=True, aigc="second"))
    seen = detect(tmp_path / "c.mp4")
    assert [o.value["producer"] for o in of(seen, "aigc")] == ["second"]
    assert [o.value["digital_source_type"] for o in of(seen, "xmp")] == ["trainedAlgorithmicMedia"]


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    sign(clip(tmp_path / "plain.mp4"), tmp_path / "signed.mp4", created(AI))
    return tmp_path / "signed.mp4"


@pytest.mark.parametrize("labels", [Labels(xmp=True), Labels(aigc="x"), Labels(text=Text("AI"))])
def test_a_manifest_is_not_broken_in_silence(labels: Labels, signed: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="C2PA manifest, which any change breaks"):
        label(signed, tmp_path / "b.mp4", labels)
    assert not (tmp_path / "b.mp4").exists()


def test_a_manifest_can_be_let_go(signed: Path, tmp_path: Path) -> None:
    label(signed, tmp_path / "b.mp4", Labels(xmp=True, drop_c2pa=True))
    assert values(tmp_path / "b.mp4")["c2pa"] == ("absent", "none")
    assert packets(signed) == packets(tmp_path / "b.mp4")


def test_signing_again_keeps_the_manifest_before_as_ingredient(signed: Path, tmp_path: Path) -> None:
    label(signed, tmp_path / "b.mp4", Labels(xmp=True, c2pa=SIGNING))
    (manifest,) = of(detect(tmp_path / "b.mp4"), "c2pa")
    assert (manifest.value["state"], manifest.value["ai"]) == ("valid", "full")
    assert [(i["relationship"], i["state"], i["ai"]) for i in manifest.value["ingredients"]] == [
        ("parentOf", "valid", "full")
    ]
    assert manifest.value["actions"] == ["c2pa.opened", "c2pa.edited.metadata"]


@pytest.mark.parametrize(
    ("source", "target", "labels", "message"),
    [
        ("a.mp4", "b.mp4", Labels(), "nothing to write"),
        ("a.mp4", "a.mp4", Labels(xmp=True), "never overwritten"),
        ("a.mp4", "there.mp4", Labels(xmp=True), "exists"),
        ("a.mp4", "b.mov", Labels(xmp=True), "keeps the container"),
        ("a.mp4", "no-folder/b.mp4", Labels(xmp=True), "cannot write"),
        ("a.webm", "b.webm", Labels(xmp=True), "no place for XMP"),
        ("a.webm", "b.webm", Labels(c2pa=SIGNING), "cannot hold a C2PA manifest"),
        ("a.mp4", "b.mp4", Labels(xmp=True, source_type="digitalCapture"), "does not say AI"),
        ("a.mp4", "b.mp4", Labels(aigc="two words"), "--aigc"),
        ("a.mp4", "b.mp4", Labels(c2pa=Signing(b"no", b"no")), "--key"),
        ("a.mp4", "b.mp4", Labels(c2pa=Signing(b"no", credentials()[1])), "cannot be signed"),
    ],
)
def test_refusals_leave_nothing_behind(source: str, target: str, labels: Labels, message: str, tmp_path: Path) -> None:
    clip(tmp_path / source)
    (tmp_path / "there.mp4").write_bytes(b"precious")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=message):
        label(tmp_path / source, tmp_path / target, labels)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_the_input_under_another_name_is_not_overwritten(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4")
    (tmp_path / "b.mp4").symlink_to(source)
    with pytest.raises(UsageError, match="never overwritten"):
        label(source, tmp_path / "b.mp4", Labels(xmp=True), force=True)


def test_what_is_no_media_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    with pytest.raises(MediaError):
        label(tmp_path / "a.mp4", tmp_path / "b.mp4", Labels(xmp=True))


def test_force_replaces_an_output(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").write_bytes(b"old")
    label(clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", Labels(xmp=True), force=True)
    assert values(tmp_path / "b.mp4")["xmp"] == "trainedAlgorithmicMedia"


def test_an_upload_loses_all_markings_and_says_which(tmp_path: Path) -> None:
    label(clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", Labels(xmp=True, aigc="x", c2pa=SIGNING))
    simulate_upload(tmp_path / "b.mp4", tmp_path / "c.mp4")
    changes = compare(detect(tmp_path / "b.mp4"), detect(tmp_path / "c.mp4"))
    assert [(c.outcome, c.kind) for c in changes] == [("lost", "c2pa"), ("lost", "xmp"), ("lost", "aigc")]
    assert compare(detect(tmp_path / "b.mp4"), detect(tmp_path / "b.mp4"))[0].outcome == "kept"


def observed(kind: str, **value: object) -> Observation:
    return Observation("x/0", kind, value)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ([], [], []),
        (
            [observed("ai_label", where="screen")],
            [observed("ai_label", where="screen")],
            [Change("ai_label", "on screen", "present", "present")],
        ),
        ([observed("ai_label", where="speech")], [], [Change("ai_label", "spoken", "present", "")]),
        ([observed("ai_label", where="caption")], [], []),
        ([observed("ai_label", where="screen", denied=True)], [], []),
        ([], [observed("platform_key", key="aigc_info", ai=True)], [Change("platform_key", "aigc_info", "", "AI")]),
        (
            [observed("c2pa", state="trusted", ai="full")],
            [observed("c2pa", state="invalid", ai="full")],
            [Change("c2pa", "manifest", "trusted, AI full", "invalid, AI full")],
        ),
        ([observed("c2pa", state="absent")], [observed("c2pa", state="cannot_carry")], []),
    ],
)
def test_compare(before: list[Observation], after: list[Observation], changes: list[Change]) -> None:
    assert compare(before, after) == changes


def test_outcomes() -> None:
    pairs = [("a", "a"), ("a", ""), ("", "a"), ("a", "b")]
    assert [Change("xmp", "x", *pair).outcome for pair in pairs] == ["kept", "lost", "added", "changed"]
