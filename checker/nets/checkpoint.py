"""Checkpoints of transformers that classify sound or pictures, with the labels that they bring.

A folder `transformers/<name>/` in the folder of weights holds the checkpoint (safetensors only) and `checker.json`:
``{"kind": "voice" | "face", "fake": ["spoof", ...], "licence": "...", "calibration": {"slope", "offset", "limit",
"sha256"}}``. Instead of the files it may name a checkpoint that transformers has in its own cache: ``"checkpoint":
"owner/name"``. `add` writes all this. Nothing is downloaded. The score is the log-odds of the fake labels against all
others.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import weights
from ..errors import WeightsError
from . import label, one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER, CARD = "transformers", "checker.json"
RATE_HZ = 16_000
WINDOW = 4 * RATE_HZ
"""Samples that are given to an audio network at once."""
BATCH = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded checkpoint."""

    name: str
    label: str
    row: dict[str, Any]
    """Its calibration, as its card has it; may be empty."""
    scores: Callable[..., NDArray[np.float32]]


def folders(kind: str, models: Path | None = None) -> list[Path]:
    """Folders of checkpoints for ``voice`` or ``face``, by name.

    Raises:
        WeightsError: A card cannot be read.
    """
    root = weights.folder(models) / FOLDER
    return [root / name for name, card in cards(models) if card["kind"] == kind]


def cards(models: Path | None = None) -> list[tuple[str, dict[str, Any]]]:
    """``(name, card)`` of every checkpoint that is here, by name.

    Raises:
        WeightsError: A card cannot be read.
    """
    root = weights.folder(models) / FOLDER
    found = sorted(root.glob(f"*/{CARD}")) if root.is_dir() else []
    return [(file.parent.name, _card(file)) for file in found]


def _card(file: Path) -> dict[str, Any]:
    where = f"{FOLDER}/{file.parent.name}/{CARD}"
    try:
        card = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"`{where}` cannot be read: {error}") from error
    if not isinstance(card, dict) or card.get("kind") not in ("voice", "face"):
        raise WeightsError(f"`{where}` needs `kind`: `voice` or `face`")
    fake = card.get("fake")
    if not isinstance(fake, list) or not fake or not all(isinstance(x, str) for x in fake):
        raise WeightsError(f"`{where}` needs `fake`: the labels that mean synthetic, such as `[spoof]`")
    if not isinstance(card.get("calibration", {}), dict):
        raise WeightsError(f"`{where}`: `calibration` is no row with `slope`, `offset`, `limit` and `sha256`")
    return card


COPIED = ("config.json", "model.safetensors", "preprocessor_config.json", "processor_config.json", "README.md")
RESTRICTED = re.compile(r"\bnc\b|non.?commercial|research|academic|unknown|other", re.I)
"""Words of licences that may not allow commercial use."""


def add(
    source: str, kind: str, fake: list[str], licence: str = "", models: Path | None = None, *, accept: bool = False
) -> Checkpoint:
    """Take up a checkpoint: a folder is copied, the name of one in transformers' cache is noted.

    Args:
        source: Folder, or ``owner/name``.
        kind: ``voice`` or ``face``.
        fake: Its labels that mean synthetic.
        licence: Where its README does not say.
        accept: Take it although its licence may not allow commercial use, or is not known.

    Raises:
        WeightsError: It cannot be loaded, lacks a label, or its licence was not accepted; nothing is kept.
    """
    origin = Path(source)
    licence = licence or _licence(origin / "README.md") or "unknown"
    if RESTRICTED.search(licence) and not accept:
        raise WeightsError(
            f"the licence of `{source}` is {licence}, which may not allow your use; repeat with `--accept-licence`, or "
            "give the right one with `--licence`"
        )
    card: dict[str, Any] = {"kind": kind, "fake": fake, "licence": licence}
    target = weights.folder(models) / FOLDER / re.sub(r"[^\w.-]+", "--", origin.name if origin.is_dir() else source)
    if target.exists():
        raise WeightsError(f"`{FOLDER}/{target.name}` exists; delete its folder to add it anew")
    target.mkdir(parents=True)
    try:
        if origin.is_dir():
            for name in COPIED:
                if (origin / name).is_file():
                    shutil.copyfile(origin / name, target / name)
        else:
            card["checkpoint"] = source
        (target / CARD).write_text(json.dumps(card, indent=1) + "\n", "utf-8")
        return load(target)
    except (OSError, WeightsError) as error:
        shutil.rmtree(target)
        raise WeightsError(str(error)) from error


def _licence(readme: Path) -> str:
    """Of the front matter of a model's README; empty when it does not say."""
    if not readme.is_file():
        return ""
    found = re.search(r"^license:\s*(\S.*)$", readme.read_text("utf-8", errors="replace")[:20_000], re.M)
    return found[1].strip() if found else ""


def load(folder: Path) -> Checkpoint:
    """The checkpoint of a folder with a card.

    Raises:
        WeightsError: It is not there in full, is no safetensors file, or lacks a label that the card names.
    """
    import transformers

    card, name = _card(folder / CARD), f"{FOLDER}/{folder.name}"
    source = str(card.get("checkpoint", folder))
    model = transformers.AutoModelForAudioClassification
    processor = transformers.AutoFeatureExtractor
    if card["kind"] == "face":
        model, processor = transformers.AutoModelForImageClassification, transformers.AutoImageProcessor
    given = {"local_files_only": True, "trust_remote_code": False}
    try:
        file = transformers.utils.cached_file(source, "model.safetensors", local_files_only=True)
        network = model.from_pretrained(source, use_safetensors=True, **given).eval()
        prepare = processor.from_pretrained(source, **given)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise WeightsError(f"checkpoint `{name}` cannot be loaded: {str(error).splitlines()[0]}") from error
    fake = _labels(name, network.config.id2label, card["fake"])
    run = _listener(network, prepare, fake) if card["kind"] == "voice" else _viewer(network, prepare, fake)
    return Checkpoint(name, label(name, Path(str(file))), card.get("calibration", {}), run)


def _labels(name: str, known: dict[int, str], fake: list[str]) -> list[int]:
    """Indices of the fake labels, upper and lower case alike."""
    names = {str(text).casefold(): int(i) for i, text in known.items()}
    if missing := [text for text in fake if text.casefold() not in names]:
        raise WeightsError(f"checkpoint `{name}` has no label `{missing[0]}`; it has {', '.join(known.values())}")
    found = sorted({names[text.casefold()] for text in fake})
    if len(found) == len(known):
        raise WeightsError(f"checkpoint `{name}`: all of its labels mean synthetic, so it tells nothing")
    return found


def _log_odds(logits: Any, fake: list[int]) -> Any:
    import torch

    real = [i for i in range(logits.shape[1]) if i not in fake]
    return torch.logsumexp(logits[:, fake], 1) - torch.logsumexp(logits[:, real], 1)


def _listener(network: Any, prepare: Any, fake: list[int]) -> Callable[..., NDArray[np.float32]]:
    def scores(samples: NDArray[np.float32], most: int) -> NDArray[np.float32]:
        import numpy as np

        parts = _windows(samples, most)
        with one_thread():
            given = prepare(list(parts), sampling_rate=RATE_HZ, return_tensors="pt", padding=True)
            return np.asarray(_log_odds(network(**given).logits, fake).numpy(), np.float32)

    return scores


def _windows(samples: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """(n, 64000), evenly spread; samples that are shorter are repeated."""
    import numpy as np

    if len(samples) < WINDOW:
        return np.resize(samples, (1, WINDOW))
    count = min(most, max(1, round(len(samples) / WINDOW)))
    starts = np.linspace(0, len(samples) - WINDOW, count).round().astype(int)
    return np.stack([samples[s : s + WINDOW] for s in starts])


def _viewer(network: Any, prepare: Any, fake: list[int]) -> Callable[..., NDArray[np.float32]]:
    def scores(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        import numpy as np

        found = []
        with one_thread():
            for start in range(0, len(crops), BATCH):
                given = prepare(images=list(crops[start : start + BATCH]), return_tensors="pt")
                found.append(_log_odds(network(**given).logits, fake).numpy())
        return np.asarray(np.concatenate(found), np.float32)

    return scores
