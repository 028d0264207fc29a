"""Synthetic voices: the opinion of AASIST on what each speaker says, if its weights are here.

AASIST was trained on the spoofing systems of 2019. On modern ones it is close to chance, and the calibration says so:
its confidences stay near the share of synthetic voices that is assumed beforehand, so that it flags nobody by itself.
Its weights are not in the package; `checker models pull aasist` adds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .. import calibration, weights
from ..detector import Incomplete
from ..types import Observation, Segment, Strength

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..detector import Settings
    from ..media import Media
    from ..post import Post

NETWORK = "aasist"
PRIOR = 0.1
"""Share of synthetic voices assumed among all that are scanned; in the data of the fit it is over one half."""
RATE_HZ = 16_000
LEAST_S = 1.0
"""A speaker who is heard for less is not judged."""
MOST_WINDOWS = 5
"""Windows of 4 s that are listened to per speaker, spread over all that is said."""


class SyntheticVoice:
    """Estimates whether a voice is made by AI."""

    name: ClassVar[str] = "synthetic_voice"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"synthetic_voice"})
    needs: ClassVar[frozenset[str]] = frozenset({"voice"})
    weights: ClassVar[tuple[str, ...]] = (NETWORK,)
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = True

    def __init__(self) -> None:
        self._network: Any = None

    def applies_to(self, media: Media) -> bool:
        return media.audio is not None

    def load(self, settings: Settings) -> None:
        weights.path(NETWORK, settings.models)  # before torch is imported for nothing
        from ..nets import aasist

        self._network = aasist.load(NETWORK, settings.models)

    def used_weights(self) -> tuple[str, ...]:
        return (weights.entry(NETWORK).label,)

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        from ..nets import aasist

        fit = calibration.load(NETWORK)
        short = 0
        voices = [o for o in prior if o.kind == "voice" and o.data]
        for i, voice in enumerate(voices):
            speech = _join(media.samples(), voice.data["turns"])
            if len(speech) < LEAST_S * RATE_HZ:
                short += 1
                continue
            score = float(aasist.scores(self._network, aasist.windows(speech, MOST_WINDOWS)).mean())
            yield Observation(
                f"synthetic_voice/{i}",
                "synthetic_voice",
                {"voice": voice.id, "score": round(score, 4), "prior": PRIOR},
                confidence=fit.probability(score, PRIOR),
                strength=Strength.ESTIMATED,
                segment=voice.segment,
            )
        if short:
            raise Incomplete(f"{short} of {len(voices)} voices are heard for less than {LEAST_S:g} s")


def _join(samples: NDArray[np.float32], turns: Sequence[Segment]) -> NDArray[np.float32]:
    """All that one speaker says, end to end."""
    import numpy as np

    return np.concatenate([samples[round(t.start_s * RATE_HZ) : round(t.end_s * RATE_HZ)] for t in turns])
