"""The one interface that a detector has to meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from .types import Observation

if TYPE_CHECKING:
    from .gallery import Gallery
    from .media import Media
    from .post import Post


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user chose, as far as a detector has to know it."""

    gallery: Gallery | None = None
    models: Path | None = None
    """Folder of pulled weights; None = the default of `checker.weights`."""
    people: tuple[Path, ...] = ()
    """Lists of people to be recognised in text, besides the shipped ones: CSV, Wikidata JSON, or compiled."""
    profile: str = "default"
    """``fast``, ``default`` or ``full``: how densely to look."""
    speech: str = ""
    """Name of the engine that writes down speech; empty = the first that can be loaded."""
    threads: int = 0
    """Threads that one detector may use; 0 = as many as there are cores."""
    trust_list: Path | None = None
    """PEM file of C2PA trust anchors of one's own, besides the official list where it was pulled."""
    calibration: Path | None = None
    """File of `checker calibrate`, whose rows go before the shipped calibration."""
    evidence: Path | None = None
    """Folder that receives pictures of faces and voices; None = none are kept."""
    calibrated: bool = True
    """False: networks tell their raw scores alone, because they are about to be calibrated."""
    kinds: frozenset[str] | None = None
    """Kinds of observation that somebody will read, where not all: what is costly and makes no other can be left."""


class Detector(Protocol):
    """Looks at one file and its post and reports what it sees; decides nothing.

    The class attributes are read before anything heavy is imported: import models in `load`.
    One instance serves many files, one after the other.
    """

    name: ClassVar[str]
    """Kebab-case or snake_case, the same as the module; prefix of its observations' ids."""
    version: ClassVar[str]
    emits: ClassVar[frozenset[str]]
    """Kinds of observation, each from `checker.facts.KINDS`."""
    needs: ClassVar[frozenset[str]]
    """Kinds of other detectors' observations that have to be there first."""
    weights: ClassVar[tuple[str, ...]]
    """Names in `checker.weights.REGISTRY` that it can use."""
    frames_hz: ClassVar[float]
    """Rate at which it asks for frames; 0 when it looks at none."""
    audio: ClassVar[bool]
    """Whether it listens to the samples."""

    def applies_to(self, media: Media) -> bool:
        """Whether the file has what this detector looks at."""
        ...

    def load(self, settings: Settings) -> None:
        """Load weights. Called once, before the first `detect`.

        Raises:
            DetectorUnavailable: Weights, extra or device are missing; says how to get them.
        """
        ...

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        """Yield every observation, low confidence included: thresholds belong to policies.

        `prior` holds the observations of the kinds in `needs`. A failure is raised, never swallowed: an
        exception makes the run `failed`; `Incomplete` (below) makes it ok but incomplete.
        """
        ...

    def used_weights(self) -> tuple[str, ...]:
        """``name@sha256:...`` of the weights that `load` took; may be empty."""
        ...


class Incomplete(Exception):
    """Raised at the end of `detect`: what was yielded stands, but a part could not be looked at.

    `hole` is False where that part is too little to matter: it is told, and leaves no fact unknown.
    """

    def __init__(self, reason: str, *, hole: bool = True) -> None:
        super().__init__(reason)
        self.hole = hole
