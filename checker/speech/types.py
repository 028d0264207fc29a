"""What every speech engine takes and gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..types import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Word:
    """One word and when it was said."""

    text: str
    segment: Segment


@dataclass(frozen=True, slots=True)
class Spoken:
    """One stretch of what was said."""

    segment: Segment
    text: str
    source: str
    """Name of the engine, ``subtitles``, or ``keywords`` for a phrase that was listened for."""
    confidence: float
    """Probability that a word of it is right; of a keyword, that it was said."""
    language: str = ""
    """ISO 639-1 code; empty when the source does not know it."""
    words: tuple[Word, ...] = ()


class Engine(Protocol):
    """Turns regions of speech into text. One instance serves many files, one after the other.

    A package offers one through the entry-point group `checker.speech`: a callable that takes
    `checker.detector.Settings` and returns an engine, or raises `DetectorUnavailable` where something is missing.
    """

    @property
    def name(self) -> str:
        """Source of its utterances in a report."""
        ...

    def transcribe(self, samples: NDArray[np.float32], regions: Sequence[Segment]) -> Iterator[Spoken]:
        """What is said in `regions` of `samples` (mono, 16 kHz, [-1, 1]; may be mapped from a file), in order.

        Nothing outside the regions is speech. Times are those of `samples`, and lie within the region.
        """
        ...

    def used(self) -> tuple[str, ...]:
        """``name@sha256:...`` of its weights; may be empty."""
        ...

    def close(self) -> None:
        """Give back processes and memory."""
        ...
