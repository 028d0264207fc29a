"""Age: whether a face may be that of somebody under 18, where a network for it is there.

There is no age network in the package; `checker models pull faceapi-age` adds one. Without it nothing is said of age.
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
    weights: ClassVar[tuple[str, ...]] = ("faceapi-age",)
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        raise DetectorUnavailable(
            "age of faces: not estimated by this version; enrol minors in a gallery, or declare them"
        )

    def used_weights(self) -> tuple[str, ...]:
        return ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        raise DetectorUnavailable("no network for the age of faces")
        yield  # an iterator, as every detector's
