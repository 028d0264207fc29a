"""How far speech stands out from what sounds with it: an estimate from the sound alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..types import Segment
from .types import RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME = 512
"""Samples, 32 ms: shorter than the pauses between words."""
AROUND_S = 1.0
FLOOR = 10.0
"""Percentile of the frames' power that is taken for what sounds without the speech."""
MOST_DB = 60.0


def snr_db(samples: NDArray[np.float32], turn: Segment) -> float:
    """Decibels by which the speech of a turn exceeds the quietest tenth of the second before, the turn and the one
    after; 60 at most. Music or noise fills these pauses, and only very even speech has none of its own.
    """
    import numpy as np

    start, end = round(turn.start_s * RATE_HZ), round(turn.end_s * RATE_HZ)
    wide = samples[max(0, start - round(AROUND_S * RATE_HZ)) : end + round(AROUND_S * RATE_HZ)]
    whole = wide[: len(wide) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    if not len(whole):
        return MOST_DB
    floor = max(1e-12, float(np.percentile((whole**2).mean(axis=1), FLOOR)))
    power = float((samples[start:end].astype(np.float64) ** 2).mean()) if end > start else 0.0
    return float(min(MOST_DB, 10 * np.log10(max(1e-12, power - floor) / floor)))
