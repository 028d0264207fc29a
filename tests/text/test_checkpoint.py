"""A transformers checkpoint of the user's own feeds the same heads; tested on a tiny one that is made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from checker.detector import Settings
from checker.detectors.language import Language
from checker.errors import WeightsError
from checker.media import Media
from checker.post import Post
from checker.text import checkpoint

pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights with a checkpoint that answers `AI` to whatever it reads."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / checkpoint.FOLDER
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "[PAD]": 1, "lake": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)
    config = BertConfig(
        vocab_size=3,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label={0: "AI", 1: "other"},
        label2id={"AI": 0, "other": 1},
    )
    network = BertForSequenceClassification(config)
    with torch.no_grad():
        network.classifier.weight.zero_()
        network.classifier.bias.copy_(torch.tensor([6.0, -6.0]))
    network.save_pretrained(folder)
    (folder / "heads.json").write_text(json.dumps({"AI": "ai_label"}))
    return folder.parent


def test_its_opinion_is_half_of_the_estimate(models: Path) -> None:
    def read(settings: Settings) -> tuple[list[Any], tuple[str, ...]]:
        detector = Language()
        detector.load(settings)
        found = detector.detect(cast(Media, None), Post(caption="what a day at the lake"), [])
        return [o for o in found if o.kind == "ai_label"], detector.used_weights()

    (label,), used = read(Settings(models=models))
    assert label.value["by"] == "classifier" and 0.49 < label.confidence < 0.6
    assert used[0].startswith("text-classifier@sha256:")
    assert read(Settings(models=models.parent / "none")) == ([], ())


def test_a_damaged_checkpoint_is_refused(models: Path) -> None:
    names = models / checkpoint.FOLDER / "heads.json"
    before = names.read_text()
    names.write_text(json.dumps({"AI": "weather"}))
    try:
        with pytest.raises(WeightsError, match="weather"):
            checkpoint.load(models)
    finally:
        names.write_text(before)
