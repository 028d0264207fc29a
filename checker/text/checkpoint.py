"""A transformers text-classification checkpoint of your own, for the heads of the classifier.

Folder ``text-classifier/`` in the folder of weights: ``config.json``, ``model.safetensors``, a tokenizer, and
``heads.json``: ``{"its label": "ai_label|political|commercial|minor|<safety category>"}``. Nothing is downloaded, no
code of the checkpoint runs, no pickle is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import WeightsError
from .classifier import HEADS

FOLDER = "text-classifier"
_LONGEST = 256
"""Tokens that are read of one text."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded checkpoint; `heads` names the head of each of its outputs, empty where it has none."""

    model: Any
    tokenizer: Any
    heads: tuple[str, ...]
    name: str

    def probabilities(self, text: str) -> Mapping[str, float]:
        """``{head: probability}`` of the heads that it knows, as the checkpoint gives them."""
        import torch

        with torch.inference_mode():
            inputs = self.tokenizer(text, return_tensors="pt", truncation=True, max_length=_LONGEST)
            logits = self.model(**inputs).logits[0].float()
        several = self.model.config.problem_type == "multi_label_classification"
        each = (torch.sigmoid(logits) if several else torch.softmax(logits, dim=0)).tolist()
        found: dict[str, float] = {}
        for head, p in zip(self.heads, each, strict=True):
            if head:
                found[head] = max(p, found.get(head, 0.0))
        return found


def load(folder: Path) -> Checkpoint | None:
    """The checkpoint in this folder of weights, or None where there is none.

    Raises:
        WeightsError: A file is missing or damaged, or `heads.json` names no known head.
    """
    path = folder / FOLDER
    if not path.is_dir():
        return None
    weights = path / "model.safetensors"
    try:
        heads: dict[str, str] = json.loads((path / "heads.json").read_text("utf-8"))
        unknown = sorted(set(heads.values()) - set(HEADS))
        if not heads or unknown:
            raise ValueError(f"heads {unknown} are unknown; there are {', '.join(HEADS)}")
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        safe = {"local_files_only": True, "trust_remote_code": False}
        model = AutoModelForSequenceClassification.from_pretrained(path, use_safetensors=True, **safe).eval()
        tokenizer = AutoTokenizer.from_pretrained(path, **safe)
    except ImportError as error:
        raise WeightsError(
            f"`{FOLDER}` needs transformers and torch: {error}; run `pip install transformers`"
        ) from error
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise WeightsError(
            f"checkpoint `{FOLDER}` cannot be read: {error}; see `checker/text/checkpoint.py`"
        ) from error
    labels = model.config.id2label
    outputs = tuple(heads.get(str(labels[i]), "") for i in range(len(labels)))
    if not any(outputs):
        raise WeightsError(f"checkpoint `{FOLDER}`: `heads.json` names none of its labels {list(labels.values())}")
    return Checkpoint(model, tokenizer, outputs, f"{FOLDER}@sha256:{digest}")
