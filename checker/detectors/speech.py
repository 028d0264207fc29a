"""Where somebody speaks, and what is said.

`speech`: regions by Silero VAD. `utterance`: manual subtitles of the post, else a subtitle track of the file, else
automatic subtitles, else openai-whisper when its weights are there, else pocketsphinx.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from .. import weights
from ..types import Observation, Segment

if TYPE_CHECKING:
    from ..detector import Settings
    from ..media import Media
    from ..post import Post
    from ..speech import Engine, Spoken
    from ..speech.vad import VoiceActivity

SIZES = ("tiny", "base", "small", "medium", "large-v2", "large-v3", "turbo")
"""whisper weights, `whisper-<size>`, in the order in which they cost and know more."""
LARGEST = {"fast": "tiny", "default": "small", "full": "turbo"}
"""The largest of the pulled sizes that a profile takes, if it has the choice."""
AUTOMATIC = 0.8
"""Confidence in subtitles that a platform made by itself."""


class Speech:
    """Finds speech and writes it down."""

    name: ClassVar[str] = "speech"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"speech", "utterance"})
    needs: ClassVar[frozenset[str]] = frozenset()
    weights: ClassVar[tuple[str, ...]] = tuple(
        name for size in SIZES for name in (f"whisper-{size}", f"whisper-{size}.en") if name in weights.REGISTRY
    )
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = True

    def __init__(self) -> None:
        self._activity: VoiceActivity | None = None
        self._engine: Engine | None = None
        self._used: tuple[str, ...] = ()

    def applies_to(self, media: Media) -> bool:
        return media.audio is not None

    def load(self, settings: Settings) -> None:
        from ..speech.vad import VoiceActivity

        self._activity = VoiceActivity()
        if settings.kinds is not None and "utterance" not in settings.kinds:
            return
        chosen = choose(settings)
        if chosen:
            from ..speech.whisper import Whisper

            self._engine = Whisper(weights.path(chosen, settings.models), settings.threads)
            self._used = (weights.entry(chosen).label,)
        else:
            from ..speech.sphinx import Sphinx

            self._engine = Sphinx()

    def used_weights(self) -> tuple[str, ...]:
        return self._used

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        assert self._activity is not None
        samples = media.samples()
        regions = self._activity.regions(samples)
        index = 0
        for segment, probability in regions:
            yield Observation(f"speech/{index}", "speech", {}, confidence=probability, segment=segment)
            index += 1
        if self._engine is None:  # nobody will read what is said
            return
        said = subtitles(media, post)
        for spoken in said or self._engine.transcribe(samples, [segment for segment, _ in regions]):
            yield _observation(index, spoken)
            index += 1


def choose(settings: Settings) -> str:
    """Name of the whisper weights to use; empty when none are pulled."""
    sizes = [
        (i, name)
        for i, size in enumerate(SIZES)
        for name in (f"whisper-{size}.en", f"whisper-{size}")
        if name in Speech.weights and weights.present(name, settings.models)
    ]
    limit = SIZES.index(LARGEST.get(settings.profile, "small"))
    fitting = [name for i, name in sizes if i <= limit]
    return fitting[-1] if fitting else sizes[0][1] if sizes else ""


def subtitles(media: Media, post: Post) -> list[Spoken]:
    """What subtitles say, manual before automatic; empty when there are none."""
    from ..speech import Spoken
    from ..speech.subtitles import CONFIDENCE, embedded

    of_post = [
        Spoken(
            segment=Segment(cue.segment.start_s, min(cue.segment.end_s, media.duration_s)),
            text=cue.text.strip(),
            source="subtitles",
            confidence=AUTOMATIC if post.subtitles_automatic else CONFIDENCE,
        )
        for cue in post.subtitles
        if cue.text.strip() and cue.segment.start_s < media.duration_s
    ]
    if of_post and not post.subtitles_automatic:
        return of_post
    return embedded(media.path, media.duration_s) or of_post


def _observation(index: int, spoken: Spoken) -> Observation:
    value: dict[str, object] = {"text": spoken.text, "source": spoken.source, "language": spoken.language}
    if spoken.words:
        value["words"] = [
            {"word": w.text, "start_s": round(w.segment.start_s, 3), "end_s": round(w.segment.end_s, 3)}
            for w in spoken.words
        ]
    return Observation(f"speech/{index}", "utterance", value, confidence=spoken.confidence, segment=spoken.segment)
