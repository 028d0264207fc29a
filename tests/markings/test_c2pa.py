from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.markings import c2pa, iso, signing
from checker.markings.formats import sniff
from tests.shared import data

from .files import AI, CAMERA, PART, clip, created, credentials, detect, of, packets, run, sign, sound, tool


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip(tmp_path_factory.mktemp("c2pa") / "plain.mp4")


@pytest.fixture(scope="module")
def signed(plain: Path) -> Path:
    sign(plain, plain.with_name("signed.mp4"), created(AI, softwareAgent={"name": "Sora"}))
    return plain.with_name("signed.mp4")


def read(path: Path, anchors: str = "") -> c2pa.Manifest:
    return c2pa.read(path, sniff(path), anchors=anchors)


ROOT = credentials()[2].decode()
OTHER = signing.trial(name="somebody else")[2].decode()


@pytest.mark.parametrize(("anchors", "state"), [("", "valid"), (ROOT, "trusted"), (OTHER, "intact")])
def test_trust_comes_from_a_list_alone(signed: Path, anchors: str, state: str) -> None:
    manifest = read(signed, anchors)
    assert (manifest.state, manifest.ai) == (state, "full")
    assert (manifest.signer, manifest.generator) == ("test signer", "Sora")
    assert ("signingCredential.untrusted" in manifest.codes) is (state == "intact")


def test_no_manifest(plain: Path, tmp_path: Path) -> None:
    assert read(plain).state == "absent"
    assert read(clip(tmp_path / "a.webm")).state == "cannot_carry"


def test_the_name_does_not_matter(signed: Path, tmp_path: Path) -> None:
    other = tmp_path / "picture.jpg"
    other.write_bytes(signed.read_bytes())
    assert read(other).state == "valid"


def test_an_expired_certificate_leaves_it_intact(plain: Path, tmp_path: Path) -> None:
    lifetime_s = 3.0
    chain, key, _ = signing.trial(days=lifetime_s / 86_400)
    begun = time.monotonic()
    sign(plain, tmp_path / "a.mp4", created(AI), pair=(chain, key))
    time.sleep(max(0.0, lifetime_s + 1.0 - (time.monotonic() - begun)))
    manifest = read(tmp_path / "a.mp4")
    assert (manifest.state, manifest.ai) == ("intact", "full")
    assert manifest.codes


def test_any_changed_byte_of_the_signed_content_makes_it_invalid(signed: Path, tmp_path: Path) -> None:
    content = signed.read_bytes()
    with signed.open("rb") as file:
        boxes = [b for b in iso.walk(file) if not b.path and b.type in ("moov", "mdat")]
    dice = random.Random(7)
    for i in range(40):
        box = boxes[i % len(boxes)]
        at = dice.randrange(box.start + box.header, box.end)
        changed = bytearray(content)
        changed[at] ^= 1 << dice.randrange(8)
        (tmp_path / "a.mp4").write_bytes(changed)
        manifest = read(tmp_path / "a.mp4", ROOT)
        assert manifest.state in ("invalid", "unreadable"), at


def test_any_changed_byte_of_the_manifest_is_never_trusted(signed: Path, tmp_path: Path) -> None:
    content = signed.read_bytes()
    with signed.open("rb") as file:
        box = iso.read(file).c2pa[0]
    dice = random.Random(11)
    states = set()
    for _ in range(60):
        at = dice.randrange(box.start + box.header + 40, box.end)
        changed = bytearray(content)
        changed[at] ^= 0xFF
        (tmp_path / "a.mp4").write_bytes(changed)
        manifest = read(tmp_path / "a.mp4", ROOT)
        states.add(manifest.state)
        if content[at]:  # zeros may be padding, which nothing covers
            assert manifest.state in ("invalid", "unreadable", "absent"), at
    assert "invalid" in states


def test_appended_data_makes_it_invalid(signed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(signed.read_bytes() + b"\0\0\0\x10mdatxxxxxxxx")
    assert read(tmp_path / "a.mp4", ROOT).state == "invalid"


def test_a_manifest_that_is_cut_is_unreadable(plain: Path, tmp_path: Path) -> None:
    content = plain.read_bytes()
    size = int.from_bytes(content[:4], "big")
    empty = iso.C2PA_UUID + bytes(4) + b"manifest\0" + bytes(8) + b"no manifest at all"
    box = (len(empty) + 8).to_bytes(4, "big") + b"uuid" + empty
    (tmp_path / "a.mp4").write_bytes(content[:size] + box + content[size:])
    manifest = read(tmp_path / "a.mp4")
    assert (manifest.state, manifest.ai) == ("unreadable", "none")
    assert manifest.codes


COMPOSITE, SYNTHETIC, ART = (
    CAMERA.replace("digitalCapture", n) for n in ("composite", "compositeSynthetic", "digitalArt")
)
EDITED = [{"action": "c2pa.edited"}]


@pytest.mark.parametrize(
    ("actions", "ai", "signal"),
    [
        (created(AI), "full", "inception:signal_fullyGenAIMedia"),
        (created(PART), "partial", "inception:signal_partlyGenAICreation"),
        (created(CAMERA), "none", "inception:signal_capturedMedia"),
        (created(COMPOSITE), "none", "inception:signal_compositionMayContainGenAI"),
        (created(SYNTHETIC), "partial", None),
        (
            [*created(CAMERA), {"action": "c2pa.edited", "digitalSourceType": PART}],
            "partial",
            "transformation:signal_perceptibleGenAI",
        ),
        (
            [*created(CAMERA), {"action": "c2pa.edited", "digitalSourceType": CAMERA}],
            "none",
            "transformation:signal_perceptibleNonGenAI",
        ),
        (
            [*created(CAMERA), {"action": "c2pa.transcoded", "digitalSourceType": AI}],
            "none",
            "transformation:signal_nonEditorial",
        ),
        (
            [*created(CAMERA), {"action": "c2pa.color_adjustments", "digitalSourceType": ART}],
            "none",
            "transformation:signal_perceptiblePossiblyGenAI",
        ),
        ([*created(CAMERA), {"action": "com.example.magic"}], "none", "transformation:signal_ambiguousActions"),
    ],
)
def test_the_official_mapping(
    actions: list[dict[str, Any]], ai: str, signal: str | None, plain: Path, tmp_path: Path
) -> None:
    sign(plain, tmp_path / "a.mp4", actions)
    manifest = read(tmp_path / "a.mp4")
    assert (manifest.state, manifest.ai) == ("valid", ai)
    if signal:
        assert signal in manifest.signals


def test_our_signals_are_those_of_the_official_file() -> None:
    variables, rules = yaml.safe_load_all((data() / "c2pa" / "asset-rubric-signals.yml").read_text())
    ours = {f"inception:signal_{name}" for name in c2pa.INCEPTION_SIGNALS} | {"inception:signal_mediaUnknownProvenance"}
    theirs = {rule["id"] for rule in rules}
    assert ours == {name for name in theirs if name.startswith("inception")}
    for name, terms in c2pa.INCEPTION_SIGNALS.items():
        expression = next(r["expression"] for r in rules if r["id"] == f"inception:signal_{name}")
        assert terms == {part.split('"')[0].rsplit("/", 1)[-1] for part in expression.split('"http')[1:]}
    named = variables["variables"]
    assert {u.strip().rsplit("/", 1)[-1] for u in named["$genai_dst_types"]} == c2pa.AI_TERMS
    assert {u.rsplit("/", 1)[-1] for u in named["$possibly_genai_dst_types"]} == c2pa.POSSIBLE_TERMS
    assert set(named["$non_editorial_actions"]) == c2pa.NOT_EDITORIAL
    assert tuple(named["$inception_actions"]) == c2pa.INCEPTION


PARENT = {"title": "before.mp4", "relationship": "parentOf", "label": "before"}
OPENED = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["before"]}}


@pytest.mark.parametrize(
    ("about", "actions", "ai"),
    [
        (PARENT, [OPENED, *EDITED], "partial"),
        (PARENT, [OPENED, {"action": "c2pa.transcoded"}], "full"),
        (
            {**PARENT, "relationship": "componentOf"},
            [*created(CAMERA), {"action": "c2pa.placed", "parameters": {"ingredientIds": ["before"]}}],
            "partial",
        ),
    ],
    ids=["human edit", "transcoded", "component"],
)
def test_ai_below_a_human_edit_is_seen(
    about: dict[str, Any], actions: list[dict[str, Any]], ai: str, plain: Path, signed: Path, tmp_path: Path
) -> None:
    sign(plain, tmp_path / "a.mp4", actions, ingredients=[(about, signed)])
    manifest = read(tmp_path / "a.mp4", ROOT)
    assert (manifest.state, manifest.ai, manifest.ai_in_doubt) == ("trusted", ai, False)
    assert [(i["ai"], i["state"]) for i in manifest.ingredients] == [("full", "trusted")]
    assert "trainedAlgorithmicMedia" in manifest.source_types


def test_the_terms_of_the_active_manifest_stand_apart_from_those_of_ingredients(plain: Path, tmp_path: Path) -> None:
    sign(plain, tmp_path / "before.mp4", created(CAMERA))
    assert read(tmp_path / "before.mp4").own_source_types == ("digitalCapture",)
    sign(plain, tmp_path / "a.mp4", [OPENED, *EDITED], ingredients=[(PARENT, tmp_path / "before.mp4")])
    manifest = read(tmp_path / "a.mp4", ROOT)
    assert (manifest.source_types, manifest.own_source_types) == (("digitalCapture",), ())
    (seen,) = of(detect(tmp_path / "a.mp4"), "c2pa")
    assert seen.value["own_source_types"] == []


def test_an_untrusted_ingredient_is_said_to_be(plain: Path, tmp_path: Path) -> None:
    stranger = signing.trial(name="stranger")
    sign(plain, tmp_path / "before.mp4", created(AI), pair=stranger[:2])
    sign(plain, tmp_path / "a.mp4", [OPENED, *EDITED], ingredients=[(PARENT, tmp_path / "before.mp4")])
    manifest = read(tmp_path / "a.mp4", ROOT)
    assert manifest.ai == "partial"
    assert [i["state"] for i in manifest.ingredients] == ["intact"]


def test_a_broken_ingredient_puts_its_statement_in_doubt(plain: Path, signed: Path, tmp_path: Path) -> None:
    changed = bytearray(signed.read_bytes())
    changed[changed.index(b"mdat") + 50] ^= 1
    (tmp_path / "before.mp4").write_bytes(changed)
    sign(plain, tmp_path / "a.mp4", [OPENED, *EDITED], ingredients=[(PARENT, tmp_path / "before.mp4")])
    manifest = read(tmp_path / "a.mp4", ROOT)
    assert (manifest.ai, manifest.ai_in_doubt) == ("partial", True)
    assert [i["state"] for i in manifest.ingredients] == ["invalid"]


def test_signed_metadata_counts(plain: Path, tmp_path: Path) -> None:
    metadata = {
        "@context": {"Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"},
        "Iptc4xmpExt:DigitalSourceType": AI,
    }
    about = [{"label": "c2pa.metadata", "data": metadata, "kind": "Json"}]
    sign(plain, tmp_path / "a.mp4", created(CAMERA), assertions=about)
    assert read(tmp_path / "a.mp4").ai == "full"


def test_a_sidecar_is_read_and_tampering_seen(plain: Path, tmp_path: Path) -> None:
    store = sign(plain, tmp_path / "a.mp4", created(AI), embed=False)
    assert read(tmp_path / "a.mp4").state == "absent"
    (tmp_path / "a.c2pa").write_bytes(store)
    manifest = read(tmp_path / "a.mp4")
    assert (manifest.state, manifest.ai, manifest.sidecar) == ("valid", "full", "a.c2pa")
    changed = bytearray((tmp_path / "a.mp4").read_bytes())
    changed[changed.index(b"mdat") + 50] ^= 1
    (tmp_path / "a.mp4").write_bytes(changed)
    assert read(tmp_path / "a.mp4").state == "invalid"
    (tmp_path / "a.c2pa").write_bytes(b"no manifest")
    assert read(tmp_path / "a.mp4").state == "unreadable"


@pytest.mark.parametrize("name", ["a.mov", "a.avi", "a.wav", "a.mp3", "a.m4a"])
def test_other_containers(name: str, tmp_path: Path) -> None:
    make = sound if name.endswith((".wav", ".mp3", ".m4a")) else clip
    source = make(tmp_path / f"plain{Path(name).suffix}")
    sign(source, tmp_path / name, created(AI))
    assert (read(source).state, read(tmp_path / name).state, read(tmp_path / name).ai) == ("absent", "valid", "full")
    assert packets(source) == packets(tmp_path / name)


def test_a_fragmented_file(plain: Path, tmp_path: Path) -> None:
    source = tmp_path / "fragmented.mp4"
    run(tool("ffmpeg"), "-v", "error", "-i", plain, "-c", "copy", "-movflags", "frag_keyframe+empty_moov", source)
    assert b"moof" in source.read_bytes()
    assert read(source).state == "absent"
    sign(source, tmp_path / "a.mp4", created(AI))
    assert (read(tmp_path / "a.mp4").state, read(tmp_path / "a.mp4").ai) == ("valid", "full")
    changed = bytearray((tmp_path / "a.mp4").read_bytes())
    changed[changed.rindex(b"mdat") + 20] ^= 1
    (tmp_path / "a.mp4").write_bytes(changed)
    assert read(tmp_path / "a.mp4").state == "invalid"


def test_settings_let_nothing_out() -> None:
    verify = c2pa.settings("pem")["verify"]
    assert verify["remote_manifest_fetch"] is False
    assert verify["ocsp_fetch"] is False


def test_the_trial_certificate_says_what_it_is() -> None:
    from cryptography import x509

    chain, _, root = signing.trial()
    leaf = x509.load_pem_x509_certificates(chain)[0]
    assert "TEST" in leaf.subject.rfc4514_string()
    assert leaf.not_valid_before_utc < datetime.now(UTC) < leaf.not_valid_after_utc
    assert x509.load_pem_x509_certificate(root).subject == leaf.issuer


def test_many_nested_ingredients_take_no_time() -> None:
    """Each manifest names all later ones: a walk along every path would never end."""
    labels = [f"m{i}" for i in range(100)]
    manifests = {
        name: {
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": created(AI if i == 99 else CAMERA)}}],
            "ingredients": [{"active_manifest": other, "relationship": "componentOf"} for other in labels[i:]],
        }
        for i, name in enumerate(labels)
    }
    begun = time.monotonic()
    assert c2pa.summarise({"active_manifest": "m0", "manifests": manifests}).ai == "partial"
    assert time.monotonic() - begun < 1.0


@pytest.mark.parametrize("document", [{}, {"manifests": 7}, {"active_manifest": "a", "manifests": {"a": []}}])
def test_json_of_another_shape_is_unreadable(document: dict[str, Any]) -> None:
    assert c2pa.summarise(document).state == "unreadable"
