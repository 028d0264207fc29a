"""Checkpoints of openai-whisper's real architecture with weights written by hand: small, and they say what they must.

The decoder reads what to say from its positions; the language comes through the cross-attention from the sound: low
noise is English, high noise French. So the whole of the real code runs (mel spectrogram, language detection, timestamp
rules, fallback, alignment) and its outcome is known.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STATE = 64
PLACE = STATE - 1
"""Channel of the decoder that says how far in the sentence it is."""
SURE = 32.0
"""Factor on the last normalisation: the right token then has nearly all of the probability."""


def write(path: Path, text: str, seconds: float = 1.0) -> Path:
    """A checkpoint that says `text` from 0 to `seconds` of whatever it hears."""
    import torch
    from whisper.model import ModelDimensions, Whisper
    from whisper.tokenizer import get_tokenizer

    torch.manual_seed(0)
    dims = ModelDimensions(80, 1500, STATE, 2, 1, 51865, 448, STATE, 2, 1)
    weights = {name: torch.zeros_like(w) for name, w in Whisper(dims).state_dict().items()}
    for name in weights:
        if name.endswith(("ln.weight", "ln_post.weight")):
            weights[name] += 1
    tokenizer = get_tokenizer(True, num_languages=99, language="en", task="transcribe")
    tokens = torch.randn(dims.n_vocab, STATE)
    tokens[:, PLACE] = 0
    tokens = torch.nn.functional.normalize(tokens, dim=1)
    weights["decoder.token_embedding.weight"] = tokens
    weights["decoder.ln.weight"] += SURE / STATE**0.5
    first = tokenizer.timestamp_begin
    said = [first, *tokenizer.encode(text), first + round(seconds / 0.02), tokenizer.eot]
    for i, token in enumerate(said):  # after start, language and task
        weights["decoder.positional_embedding"][2 + i] = 1000 * tokens[token]
    start = tokens[tokenizer.sot]  # where the language is read: attends to all frames alike
    weights["decoder.positional_embedding"][0, PLACE] = start.sum() / (STATE - 1)
    for i in range(3, 3 + len(said)):
        weights["decoder.positional_embedding"][i, PLACE] = 500 * (i - 4.5)
    _hear(weights, tokens[tokenizer.to_language_token("en")], tokens[tokenizer.to_language_token("fr")])
    torch.save({"dims": asdict(dims), "model_state_dict": weights}, path)
    return path


def noise(seconds: float, *, high: bool, seed: int = 0) -> NDArray[np.float32]:
    """(n,) at 16 kHz: noise below 1 kHz, or above 4 kHz."""
    count = round(seconds * 16_000)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    hz = np.fft.rfftfreq(count, 1 / 16_000)
    spectrum[(hz < 4000) if high else (hz > 1000)] = 0
    sound = np.fft.irfft(spectrum, count)
    return ((0.3 if high else 0.1) * sound / sound.std()).astype(np.float32)


def _hear(weights: dict[str, Any], low: Any, high: Any) -> None:
    """Two channels of the encoder for low and high frequencies, and through the cross-attention to `low` and `high`."""
    import torch

    weights["encoder.conv1.weight"][0, :20, 1] = 0.2
    weights["encoder.conv1.weight"][1, 50:, 1] = 0.6
    for channel in (0, 1):
        weights["encoder.conv2.weight"][channel, channel, 1] = 1
    weights["encoder.positional_embedding"][:, 2] = torch.linspace(-0.1, 0.1, 1500)
    weights["encoder.conv2.bias"][3] = 5  # so that the normalisation after it divides by about the same everywhere
    cross = "decoder.blocks.0.cross_attn"
    weights["decoder.blocks.0.cross_attn_ln.weight"] += 1
    for head in (0, STATE // 2):  # later words attend to later frames, for the alignment
        weights[f"{cross}.query.weight"][head, PLACE] = 1
        weights[f"{cross}.key.weight"][head, 2] = 100
    weights[f"{cross}.value.weight"][0, 0] = weights[f"{cross}.value.weight"][1, 1] = 1
    weights[f"{cross}.value.bias"][:2] = 1 / 8  # what silence gives after the normalisation, less
    weights[f"{cross}.out.weight"][:, 0] = 30 * low
    weights[f"{cross}.out.weight"][:, 1] = 30 * high
