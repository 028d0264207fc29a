"""Age: whether a face may be that of somebody under 18.

No network estimates it yet, so it is always unavailable: minors are known by the gallery, the declaration file and the
words of the post.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from ..errors import DetectorUnavailable
from ..types import Observation

if TYPE_CHECKING:
    from ..detector import Settings
    from ..media import Media
    from ..post import Post


class Age:
    """Estimates the age of faces."""

    name: ClassVar[str] = "age"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"age"})
    needs: ClassVar[frozenset[str]] = frozenset({"face"})
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        raise DetectorUnavailable("age of faces is not estimated; enrol minors in a gallery, or declare them")

    def used_weights(self) -> tuple[str, ...]:
        return ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        raise DetectorUnavailable("no network for the age of faces")
        yield  # an iterator, as every detector's
