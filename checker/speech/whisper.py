"""openai-whisper, from a checkpoint that the user pulled. Sees only regions of speech; invented text is dropped."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DetectorUnavailable, WeightsError
from ..types import Segment
from .types import RATE_HZ, Spoken, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_COMPRESSION = 2.4
"""gzip ratio above which text repeats itself. Source: openai-whisper, `transcribe`."""
MIN_LOGPROB, MAX_NO_SPEECH = -1.0, 0.6
"""Together they mean silence. Source: openai-whisper, `transcribe`."""
MAX_CHARACTERS_HZ = 40.0
"""Nobody speaks faster; text that would is invented."""
UNSURE_NO_SPEECH, UNSURE_LOGPROB = 0.3, -0.5
PHANTOMS = frozenset(
    (
        "thank you|thank you for watching|thanks for watching|thank you so much for watching|please subscribe|"
        "subtitles by the amara org community|transcription by castingwords|merci|merci d avoir regardé cette vidéo|"
        "sous titres réalisés par la communauté d amara org|sous titrage société radio canada|"
        "untertitel der amara org community|untertitel im auftrag des zdf 2020|vielen dank|"
        "subtítulos realizados por la comunidad de amara org|gracias por ver el video|"
        "sottotitoli creati dalla comunità amara org|legendas pela comunidade amara org|"
        "продолжение следует|субтитры сделал dimatorzok|ご視聴ありがとうございました|시청해 주셔서 감사합니다"
    ).split("|")
)
"""What the network says of music and silence, from the subtitles it was trained on. Where it is sure, it was said."""


class Whisper:
    """One checkpoint, loaded without running any code in it."""

    name = "whisper"

    def __init__(self, path: Path, threads: int = 0, used: tuple[str, ...] = ()) -> None:
        try:
            import torch
            from whisper.model import ModelDimensions
            from whisper.model import Whisper as Network
        except ImportError as error:
            raise DetectorUnavailable("package `openai-whisper` not found; run `pip install openai-whisper`") from error
        if threads:
            torch.set_num_threads(threads)
        try:
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
            self._network: Any = Network(ModelDimensions(**checkpoint["dims"]))
            self._network.load_state_dict(checkpoint["model_state_dict"])
        except (KeyError, TypeError, RuntimeError, pickle.UnpicklingError) as error:
            raise WeightsError(f"`{path.name}` is not a whisper checkpoint ({type(error).__name__})") from error
        self._network.eval()
        self._used = used

    def used(self) -> tuple[str, ...]:
        return self._used

    def transcribe(self, samples: NDArray[np.float32], regions: Sequence[Segment]) -> Iterator[Spoken]:
        """Utterances with word times and, of weights that know more than English, the language of each region."""
        before = ""
        for region in regions:
            result = self._heard(samples[round(region.start_s * RATE_HZ) : round(region.end_s * RATE_HZ)])
            for said in result["segments"]:
                text = plain(str(said["text"]))
                if believable(said, text, before):
                    yield _spoken(said, region, str(result.get("language", "")))
                before = text

    def _heard(self, part: NDArray[np.float32]) -> Mapping[str, Any]:
        """What openai-whisper says of one region: the same each time, though it draws words where it is unsure."""
        import torch
        import whisper

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            found: Mapping[str, Any] = whisper.transcribe(
                self._network,
                part,
                fp16=False,
                word_timestamps=True,
                temperature=(0.0, 0.4, 0.8),
                condition_on_previous_text=False,  # a loop in one window must not spread to the next
                verbose=None,
            )
        return found

    def close(self) -> None:
        self._network = None


def believable(said: Mapping[str, Any], text: str, before: str) -> bool:
    """Whether a segment is neither silence, nor a loop, nor faster than speech, nor what the network says of nothing.

    Args:
        said: Segment of openai-whisper.
        text: What it says, `plain`.
        before: What the segment before it says, also of the region before.
    """
    unsure = said["no_speech_prob"] > UNSURE_NO_SPEECH or said["avg_logprob"] < UNSURE_LOGPROB
    silent = said["no_speech_prob"] > MAX_NO_SPEECH and said["avg_logprob"] < MIN_LOGPROB
    loop = said["compression_ratio"] > MAX_COMPRESSION or looping(text) or (text == before and len(text) > 8)
    seconds = max(0.02, float(said["end"]) - float(said["start"]))
    fast = len(str(said["text"]).strip()) / seconds > MAX_CHARACTERS_HZ
    return bool(text) and not (silent or loop or fast or (unsure and text in PHANTOMS))


def plain(text: str) -> str:
    """Words in small letters, one space between."""
    return re.sub(r"\W+", " ", text.lower()).strip()


def looping(text: str) -> bool:
    """Whether the same words come at least four times in a row."""
    return re.search(r"\b(\w+(?: \w+){0,5})(?: \1\b){3,}", text) is not None


def _spoken(said: Mapping[str, Any], region: Segment, language: str) -> Spoken:
    def at(start_s: float, end_s: float) -> Segment:
        start_s = min(region.start_s + max(0.0, start_s), region.end_s)
        return Segment(start_s, min(max(start_s, region.start_s + end_s), region.end_s))

    words = tuple(
        Word(str(word["word"]).strip(), at(float(word["start"]), float(word["end"]))) for word in said.get("words", ())
    )
    return Spoken(
        segment=at(float(said["start"]), float(said["end"])),
        text=str(said["text"]).strip(),
        source="whisper",
        confidence=min(1.0, math.exp(float(said["avg_logprob"]))),
        language=language,
        words=words,
    )
