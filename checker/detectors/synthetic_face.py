"""Synthetic faces: what the networks for faces say of each face track, over time and as a whole.

The embedded network, those that were pulled, one of the user's own, and checkpoints of transformers
(`checker.nets.panel`). Each look at a face (at most 12 of a track, equally far apart) is scored; the track's score is
their mean, each weighted by its quality. Looks that are too small, blurred or cut off by the frame do not vote; a face
without one that does is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..detector import Incomplete
from ..types import Observation, Strength

if TYPE_CHECKING:
    from ..detector import Settings
    from ..media import Media
    from ..nets.panel import Panel
    from ..post import Post

LEAST_SIZE = 0.04
"""Faces lower than this share of the frame are of the background: nothing is said of them, and nothing is missing."""
LEAST_SIDE = 40.0
"""Pixels of the box below which a look does not vote."""
LEAST_WHOLE = 0.7
"""Share of the box that has to lie in the frame."""
LEAST_SHARPNESS = 6.0
"""Variance of the Laplacian of the crop: of 400 real and synthetic crops one in a hundred is below 14."""


class SyntheticFace:
    """Estimates whether a face is made or changed by AI."""

    name: ClassVar[str] = "synthetic_face"
    version: ClassVar[str] = "2"
    emits: ClassVar[frozenset[str]] = frozenset({"synthetic_face"})
    needs: ClassVar[frozenset[str]] = frozenset({"face"})
    weights: ClassVar[tuple[str, ...]] = ("meso4-df", "mesoinception-df", "mesoinception-f2f")
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._panel: Panel | None = None

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        from ..nets import panel

        self._panel = panel.faces(settings.models, settings.threads, settings.calibration, settings.calibrated)

    def used_weights(self) -> tuple[str, ...]:
        return self._panel.used if self._panel is not None else ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        small = unclear = judged = 0
        for face in (o for o in prior if o.kind == "face" and o.data):
            looks = [look for look in face.data["looks"] if _votes(look)]
            if face.value["size"] < LEAST_SIZE:
                small += 1
            elif not looks:
                unclear += 1
            else:
                yield self._observation(judged, face, looks)
                judged += 1
        if said := _left_out(small, unclear):
            raise Incomplete(said, hole=bool(unclear))

    def _observation(self, number: int, face: Observation, looks: Sequence[Any]) -> Observation:
        import numpy as np

        from ..nets.panel import PRIOR

        assert self._panel is not None
        crops = np.stack([look.crop for look in looks])
        weights = np.array([max(look.quality, 1e-3) for look in looks])
        scores = {m.name: m.scores(crops) for m in self._panel.members}
        whole = self._panel.opinion({n: float(np.average(s, weights=weights)) for n, s in scores.items()})
        each = [self._panel.opinion({n: float(s[i]) for n, s in scores.items()}) for i in range(len(looks))]
        return Observation(
            f"synthetic_face/{number}",
            "synthetic_face",
            {
                "face": face.id,
                "score": round(whole.log_odds, 4),
                "prior": PRIOR,
                "networks": whole.by_network(),
                "looks": [
                    [round(look.time_s, 2), round(opinion.probability, 4)]
                    for look, opinion in zip(looks, each, strict=True)
                ],
            },
            confidence=whole.probability,
            strength=Strength.ESTIMATED,
            segment=face.segment,
            box=face.box,
            data={"looks": looks},
        )


def _votes(look: Any) -> bool:
    """Whether a look shows enough of the face."""
    return bool(look.side >= LEAST_SIDE and look.whole >= LEAST_WHOLE and look.sharpness >= LEAST_SHARPNESS)


def _left_out(small: int, unclear: int) -> str:
    """What was not judged, in words."""
    said = [f"{unclear} faces are too small, blurred or cut off to judge"] if unclear else []
    if small:
        said.append(f"{small} faces of the background are not judged")
    return "; ".join(said)
