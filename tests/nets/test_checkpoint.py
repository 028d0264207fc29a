"""Checkpoints of transformers, tiny and made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from checker.cli.models import app
from checker.errors import WeightsError
from checker.nets import checkpoint, panel

from ..sounds import vowel

LABELS = {0: "bonafide", 1: "Spoof", 2: "noise"}


def save(folder: Path, kind: str, **card: Any) -> Path:
    import transformers as tf

    folder.mkdir(parents=True)
    torch.manual_seed(0)
    names = {"id2label": LABELS, "label2id": {v: k for k, v in LABELS.items()}}
    if kind == "voice":
        config = tf.Wav2Vec2Config(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            conv_dim=(8, 8),
            conv_stride=(10, 8),
            conv_kernel=(10, 8),
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=2,
            classifier_proj_size=8,
            **names,
        )
        tf.Wav2Vec2ForSequenceClassification(config).save_pretrained(folder)
        tf.Wav2Vec2FeatureExtractor(sampling_rate=16_000).save_pretrained(folder)
    else:
        config = tf.ViTConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            image_size=32,
            patch_size=16,
            **names,
        )
        tf.ViTForImageClassification(config).save_pretrained(folder)
        tf.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    (folder / checkpoint.CARD).write_text(json.dumps({"kind": kind, "fake": ["spoof"], **card}))
    return folder


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("models") / "transformers" / "tiny", "voice")


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("models") / "transformers" / "tiny", "face")


def test_the_score_of_a_voice_is_the_log_odds_of_the_fake_labels(voice: Path) -> None:
    import transformers as tf

    samples = vowel(120, 9.0)
    found = checkpoint.load(voice).scores(samples, 5)
    assert found.shape == (2,)
    network = tf.AutoModelForAudioClassification.from_pretrained(voice).eval()
    part = samples[: checkpoint.WINDOW]
    part = (part - part.mean()) / np.sqrt(part.var() + 1e-7)
    with torch.inference_mode():
        p = torch.softmax(network(torch.from_numpy(part[None])).logits, 1)[0]
    assert found[0] == pytest.approx(float(torch.log(p[1] / (p[0] + p[2]))), abs=1e-4)


def test_a_short_voice_has_one_window(voice: Path) -> None:
    assert checkpoint.load(voice).scores(vowel(120, 1.0), 5).shape == (1,)


def test_the_score_of_a_face(face: Path) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (10, 192, 192, 3), dtype=np.uint8)
    found = checkpoint.load(face).scores(crops)
    assert found.shape == (10,) and np.isfinite(found).all()
    assert checkpoint.load(face).scores(crops[3:4])[0] == pytest.approx(found[3], abs=1e-4)


def test_it_joins_the_panel_and_counts_when_calibrated(voice: Path, face: Path) -> None:
    models = voice.parents[1]
    found = {m.name: m for m in panel.voices(models, calibrated=False).members}["transformers/tiny"]
    assert found.fit is None and found.label.startswith("transformers/tiny@sha256:")
    card = json.loads((voice / checkpoint.CARD).read_text())
    row = {"slope": 1.0, "offset": 0.0, "limit": 2.0, "sha256": found.label.rpartition(":")[2]}
    (voice / checkpoint.CARD).write_text(json.dumps(card | {"calibration": row}))
    try:
        assert {m.name: m for m in panel.voices(models).members}["transformers/tiny"].fit is not None
        (voice / checkpoint.CARD).write_text(json.dumps(card | {"calibration": row | {"sha256": "0" * 64}}))
        with pytest.raises(WeightsError, match="for another file"):
            panel.voices(models)
    finally:
        (voice / checkpoint.CARD).write_text(json.dumps(card))
    assert "transformers/tiny" in {m.name for m in panel.faces(face.parents[1], calibrated=False).members}


@pytest.mark.parametrize(
    ("card", "says"),
    [
        pytest.param({"fake": ["robot"]}, "has no label `robot`; it has bonafide, Spoof, noise", id="unknown label"),
        pytest.param({"fake": list(LABELS.values())}, "tells nothing", id="all labels"),
        pytest.param({"fake": []}, "needs `fake`", id="no label"),
        pytest.param({"kind": "smell"}, "needs `kind`", id="kind"),
        pytest.param({"calibration": 3}, "no row", id="calibration"),
        pytest.param({"checkpoint": "nobody/has-this"}, "cannot be loaded", id="not in the cache"),
    ],
)
def test_a_wrong_card_is_refused(face: Path, tmp_path: Path, card: dict[str, Any], says: str) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for file in face.iterdir():
        (folder / file.name).symlink_to(file)
    (folder / checkpoint.CARD).unlink()
    (folder / checkpoint.CARD).write_text(json.dumps({"kind": "face", "fake": ["spoof"], **card}))
    with pytest.raises(WeightsError, match=says):
        checkpoint.load(folder)


def test_pickled_weights_are_not_loaded(face: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    for file in face.iterdir():
        if file.name != "model.safetensors":
            (folder / file.name).write_bytes(file.read_bytes())
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        checkpoint.load(folder)


def test_a_folder_is_added_listed_and_found(face: Path, tmp_path: Path) -> None:
    models = ["--models", str(tmp_path)]
    command = ["add", str(face), "--kind", "face", "--fake", "Spoof", *models]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2 and "licence of" in refused.stderr and "--accept-licence" in refused.stderr
    done = CliRunner().invoke(app, [*command, "--licence", "MIT"])
    assert done.exit_code == 0 and "transformers/tiny@sha256:" in done.stdout, done.output
    assert "synthetic face, MIT" in CliRunner().invoke(app, ["list", *models]).stdout
    assert [f.name for f in checkpoint.folders("face", tmp_path)] == ["tiny"]
    assert CliRunner().invoke(app, [*command, "--licence", "MIT"]).exit_code == 2  # it is there


@pytest.mark.parametrize(
    ("licence", "free"),
    [("MIT", True), ("apache-2.0", True), ("cc-by-nc-4.0", False), ("CC BY-NC 4.0", False), ("research only", False)],
)
def test_licences_that_restrict_are_refused(face: Path, tmp_path: Path, licence: str, free: bool) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for file in face.iterdir():
        (source / file.name).write_bytes(file.read_bytes())
    (source / "README.md").write_text(f"---\nlicense: {licence}\n---\n# A model\n")
    if free:
        assert checkpoint.add(str(source), "face", ["spoof"], models=tmp_path / "models").name == "transformers/source"
    else:
        with pytest.raises(WeightsError, match="may not allow your use"):
            checkpoint.add(str(source), "face", ["spoof"], models=tmp_path / "models")
        assert not (tmp_path / "models").exists()
        assert checkpoint.add(str(source), "face", ["spoof"], models=tmp_path / "models", accept=True)


def test_what_cannot_be_used_is_not_kept(face: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="has no label `robot`"):
        checkpoint.add(str(face), "face", ["robot"], "MIT", tmp_path)
    with pytest.raises(WeightsError, match="cannot be loaded"):
        checkpoint.add("nobody/has-this", "face", ["spoof"], "MIT", tmp_path)
    assert checkpoint.cards(tmp_path) == []
