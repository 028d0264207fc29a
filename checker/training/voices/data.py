"""Labelled clips, the families of their generators, and folds in which neither family nor speaker is seen twice."""

from __future__ import annotations

import csv
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
LONGEST = 67_200
"""Samples of the longest clip, 4.2 s."""
FAMILIES = ("vocoder", "vc", "classic", "zero-shot")
RECENT = frozenset(
    (
        "ARDiT-TTS|CLaM-TTS|DDDM-TTS|DiTTo-TTS|E1-TTS|E3-TTS|FastDiff|FlashSpeech|HierSpeech|HierSpeech++|JETS|Matcha-TTS|"
        "Mega-TTS|Mega-TTS2|MobileSpeech|NANSY-TTS|NaturalSpeech|NaturalSpeech2|NaturalSpeech3|P-Flow|PromptTTS++|"
        "Simple-TTS|StyleTTS|StyleTTS2|Tortoise-TTS|UniAudio|VALL-E|Voicebox|VoxCPM|YourTTS"
    ).split("|")
)
"""Text to speech published after 2021, nearly all of it zero-shot."""


@dataclass(frozen=True, slots=True)
class Clips:
    """Parallel arrays, one entry per clip of the manifest."""

    file: NDArray[Any]
    fake: NDArray[np.bool_]
    family: NDArray[Any]
    """One of `FAMILIES`, or `real`."""
    generator: NDArray[Any]
    speaker: NDArray[Any]
    source: NDArray[Any]

    def __len__(self) -> int:
        return len(self.file)


def folder(given: str | None = None) -> Path:
    """The folder that holds `voices/manifest.csv`: `given`, else `CHECKER_DATA`.

    Raises:
        SystemExit: There is none.
    """
    found = given or os.environ.get("CHECKER_DATA")
    if not found or not (Path(found) / "voices" / "manifest.csv").is_file():
        raise SystemExit("no `voices/manifest.csv`; give its parent's parent with --data or CHECKER_DATA")
    return Path(found)


def family(kind: str, generator: str) -> str:
    if kind in ("real", "vc"):
        return kind
    if kind in ("vocoder", "codec"):
        return "vocoder"
    return "zero-shot" if generator in RECENT else "classic"


def clips(data: Path) -> Clips:
    with (data / "voices" / "manifest.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return Clips(
        file=np.array([r["file"] for r in rows]),
        fake=np.array([r["label"] == "fake" for r in rows]),
        family=np.array([family(r["kind"], r["generator"]) for r in rows]),
        generator=np.array([r["generator"] for r in rows]),
        speaker=np.array([r["speaker"] for r in rows]),
        source=np.array([r["source_repo"] for r in rows]),
    )


def decode(file: Path) -> NDArray[np.float32]:
    """Samples of a mono file at 16 kHz."""
    import av

    with av.open(str(file)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        parts = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
        parts += resampler.resample(None)
        return np.concatenate([f.to_ndarray().reshape(-1) for f in parts]).astype(np.float32)


def folds(table: Clips) -> NDArray[np.int64]:
    """(n,) fold of each clip: fakes by family, reals by speaker, and by source where no fake has their voice.

    A real whose speaker was also faked goes to the fold of a family that did so, since training for that fold leaves
    the speaker out anyhow.
    """
    fold = np.array([FAMILIES.index(f) if f in FAMILIES else -1 for f in table.family])
    faked = {f: set(table.speaker[table.family == f]) for f in FAMILIES}
    real, size = ~table.fake, Counter[str]()
    for name in sorted(set(table.speaker[real])):
        able = [f for f in FAMILIES if name in faked[f]]
        if able:
            chosen = min(able, key=lambda f: size[f])
            mine = real & (table.speaker == name)
            fold[mine] = FAMILIES.index(chosen)
            size[chosen] += int(mine.sum())
    left = real & (fold < 0)
    for source, _ in sorted(Counter(table.source[left]).items(), key=lambda item: (-item[1], item[0])):
        mine, chosen = left & (table.source == source), min(FAMILIES, key=lambda f: size[f])
        fold[mine] = FAMILIES.index(chosen)
        size[chosen] += int(mine.sum())
    for name in sorted(set(table.speaker[real])):
        mine = real & (table.speaker == name)
        fold[mine] = Counter(fold[mine].tolist()).most_common(1)[0][0]
    return fold


def apart(table: Clips, test: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Clips that share neither speaker nor generator with the `test` ones."""
    speakers, generators = set(table.speaker[test]), set(table.generator[test & table.fake])
    seen = np.isin(table.speaker, list(speakers)) | (table.fake & np.isin(table.generator, list(generators)))
    return ~test & ~seen
