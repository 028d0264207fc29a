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
    """``subtitles``, ``whisper`` or ``pocketsphinx``."""
    confidence: float
    """Probability that a word of it is right."""
    language: str = ""
    """ISO 639-1 code; empty when the source does not know it."""
    words: tuple[Word, ...] = ()


class Engine(Protocol):
    """Turns regions of speech into text."""

    def transcribe(self, samples: NDArray[np.float32], regions: Sequence[Segment]) -> Iterator[Spoken]:
        """What is said in `regions` of `samples`, in order."""
        ...

    def close(self) -> None:
        """Give back processes and memory."""
        ...
