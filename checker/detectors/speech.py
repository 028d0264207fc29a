"""Where somebody speaks, and what is said.

`speech`: regions by Silero VAD. `utterance`: manual subtitles of the post, else a subtitle track of the file, else
automatic subtitles, else the engine: one of another package (entry-point group `checker.speech`), else openai-whisper
when its weights are there, else pocketsphinx, which also listens for keywords.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, ClassVar

from .. import weights
from ..errors import DetectorUnavailable, UsageError
from ..types import Observation, Segment, Strength

if TYPE_CHECKING:
    from ..detector import Settings
    from ..media import Media
    from ..post import Post
    from ..speech import Engine, Spoken
    from ..speech.vad import VoiceActivity

    Load = Callable[[Settings], Engine]

logger = logging.getLogger(__name__)

GROUP = "checker.speech"
"""Entry-point group in which packages offer engines."""
SIZES = ("tiny", "base", "small", "medium", "large-v2", "large-v3", "turbo")
"""whisper weights, `whisper-<size>`, in the order in which they cost and know more."""
LARGEST = {"fast": "tiny", "default": "small", "full": "turbo"}
"""The largest of the pulled sizes that a profile takes, if it has the choice."""
AUTOMATIC = 0.8
"""Confidence in subtitles that a platform made by itself."""
NAMES_PER_ROLE = 60
"""People of the gazetteer whose names pocketsphinx listens for: the first of each role, about 300 in all after those
that are too short or whose sounds are not known."""

TITLES = ("President ", "Prime Minister ", "Senator ", "King ", "Queen ", "Prince ", "Princess ", "Pope ", "Sir ")
"""Aliases that begin so are not listened for: most of "President Xi" is in "the president is"."""


class Speech:
    """Finds speech and writes it down."""

    name: ClassVar[str] = "speech"
    version: ClassVar[str] = "2"
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

    def applies_to(self, media: Media) -> bool:
        return media.audio is not None

    def load(self, settings: Settings) -> None:
        from ..speech.vad import VoiceActivity

        self._activity = VoiceActivity()
        if settings.kinds is not None and "utterance" not in settings.kinds:
            return
        self._engine = engine(settings)

    def used_weights(self) -> tuple[str, ...]:
        return self._engine.used() if self._engine else ()

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


def engines() -> Mapping[str, Load]:
    """How to load each engine, by name, in the order in which they are tried.

    Raises:
        UsageError: Two have one name.
    """
    found: dict[str, Load] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if point.name in found or point.name in ("whisper", "pocketsphinx"):
            raise UsageError(f"two speech engines are named `{point.name}`; uninstall `{point.value}`")
        found[point.name] = lambda settings, point=point: point.load()(settings)  # type: ignore[misc]
    return found | {"whisper": _whisper, "pocketsphinx": _sphinx}


def engine(settings: Settings) -> Engine:
    """The engine that was asked for, or the first that can be loaded.

    Raises:
        DetectorUnavailable: There is no such engine, or what it needs is missing.
        WeightsError: Its weights are damaged.
    """
    found = engines()
    if settings.speech:
        if settings.speech not in found:
            raise DetectorUnavailable(f"no speech engine `{settings.speech}`; there are {', '.join(found)}")
        return found[settings.speech](settings)
    for name in list(found)[:-1]:
        try:
            return found[name](settings)
        except DetectorUnavailable as error:
            logger.info("speech engine `%s` is passed over: %s", name, error)
    return found["pocketsphinx"](settings)


def _whisper(settings: Settings) -> Engine:
    from ..speech.whisper import Whisper

    chosen = choose(settings) or f"whisper-{LARGEST.get(settings.profile, 'small')}"
    return Whisper(weights.path(chosen, settings.models), settings.threads, (weights.entry(chosen).label,))


def _sphinx(settings: Settings) -> Engine:
    from ..speech.keywords import keywords
    from ..speech.sphinx import Sphinx

    return Sphinx(keywords(_names(settings)))


def _names(settings: Settings) -> Iterator[str]:
    """Names of the gallery, and in the gazetteer those of each role that go by the most names: the best known."""
    from ..text.people import People

    if settings.gallery is not None:
        yield from (person.name for person in settings.gallery.people())
    seen: Counter[str] = Counter()
    for person in sorted(People.load(settings.people).persons, key=lambda person: -len(person.aliases)):
        seen[person.role] += 1
        if seen[person.role] <= NAMES_PER_ROLE:
            aliases = (alias for alias in person.aliases if alias[0] not in "^#")
            yield from (person.name, *(alias for alias in aliases if not alias.startswith(TITLES)))


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
    strength = Strength.ESTIMATED if spoken.source == "keywords" else Strength.MATCHED
    return Observation(f"speech/{index}", "utterance", value, spoken.confidence, strength, spoken.segment)
