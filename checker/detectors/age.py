"""Age: whether a face may be that of somebody under 18, as an estimate that never rejects.

Uses the age network of face-api.js after `checker models pull faceapi-age`; without it age is not estimated, and minors
are known by the gallery, the declaration file and the words of the post.

The confidence is the share of a normal distribution around the estimate that lies below 18. Its width comes from the
mean absolute error of 5.8 years that was measured on 890 pictures of UTKFace (mirror's note; AUC 0.971 for under 18,
0.905 for 6 to 17 against 18 to 25), which is 7.3 years as a standard deviation, and one half more because the network
may have been trained on these pictures. No pictures with known ages were at hand to measure it anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .. import weights
from ..errors import DetectorUnavailable
from ..types import Observation, Strength

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..detector import Settings
    from ..media import Media
    from ..nets.age import AgeNet
    from ..post import Post

NETWORK = "faceapi-age"
ADULT = 18
MEAN_ERROR = 5.8
"""Years, absolute."""
SPREAD = 1.5 * MEAN_ERROR * math.sqrt(math.pi / 2)
"""Years, of a normal distribution with half as much more error."""
LOOKS = 5
"""Of a track, the best."""
LEAST_SIDE = 40.0
"""Pixels of the box below which a look tells no age."""
SHOWN = 1.15
"""Side of what the network sees, in sides of the box; estimates change by a year or less between 1.0 and 1.3."""


class Age:
    """Estimates the age of faces."""

    name: ClassVar[str] = "age"
    version: ClassVar[str] = "2"
    emits: ClassVar[frozenset[str]] = frozenset({"age"})
    needs: ClassVar[frozenset[str]] = frozenset({"face"})
    weights: ClassVar[tuple[str, ...]] = (NETWORK,)
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._network: AgeNet | None = None

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        if not weights.present(NETWORK, settings.models):
            raise DetectorUnavailable(
                f"age of faces is not estimated; run `checker models pull {NETWORK}`, enrol minors in a gallery, or "
                "declare them"
            )
        from ..nets import age

        self._network = age.load(settings.models)

    def used_weights(self) -> tuple[str, ...]:
        return (weights.entry(NETWORK).label,)

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        """One `age` for each face that is large enough in one frame; the others stay without."""
        import numpy as np

        assert self._network is not None
        number = 0
        for face in (o for o in prior if o.kind == "face" and o.data):
            looks = [look for look in face.data["looks"] if look.side >= LEAST_SIDE]
            if not looks:
                continue
            best = sorted(looks, key=lambda look: -look.quality)[:LOOKS]
            years = float(np.median(self._network.years(np.stack([_close(look) for look in best]))))
            yield Observation(
                f"age/{number}",
                "age",
                {"face": face.id, "years": round(years, 1), "mean_error_years": MEAN_ERROR},
                confidence=minor(years),
                strength=Strength.ESTIMATED,
                segment=face.segment,
                box=face.box,
            )
            number += 1


def minor(years: float) -> float:
    """Probability of an age under 18 where `years` are estimated."""
    return 0.5 * (1.0 + math.erf((ADULT - years) / (SPREAD * math.sqrt(2))))


def _close(look: Any) -> NDArray[np.uint8]:
    """The middle of a look's crop, which shows more around the face than this network knows."""
    import numpy as np

    from ..nets.face import CROP_RISE, CROP_SCALE, CROP_SIDE

    half = CROP_SIDE * SHOWN / CROP_SCALE / 2
    middle = CROP_SIDE / 2 + CROP_SIDE * CROP_RISE / CROP_SCALE  # the box is below the middle of the crop
    top, left = round(min(middle, CROP_SIDE - half) - half), round(CROP_SIDE / 2 - half)
    side = round(2 * half)
    return np.ascontiguousarray(look.crop[top : top + side, left : left + side])
