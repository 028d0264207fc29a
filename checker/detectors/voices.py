"""Voices: who speaks when, as far as the sound of the voices tells, compared with the gallery.

Input: `speech` stretches. Each is embedded in windows of 1.6 s; windows that sound alike are one speaker.
Output: one `voice` per speaker with the turns, and a `voice_match` where it resembles somebody enrolled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from ..types import Observation, Segment

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ..detector import Settings
    from ..gallery import Gallery
    from ..media import Media
    from ..nets.voice import Encoder
    from ..post import Post

RATE_HZ = 16_000
WINDOW_S, STEP_S = 1.6, 0.8
SAME_SPEAKER = 0.72
"""Cosine above which a window belongs to a speaker, and two speakers are one.

Measured by `python -m tests.bench.likeness turns` on 150 dialogues of four clips: 85 % have two speakers, purity 0.983.
"""
WHOLE_S = 1.2
"""A stretch that is shorter fills too little of a window to tell a new speaker by."""
LEAST_S = 1.0
"""Speech that is shorter in all cannot be told apart: it gets no match."""
LEAST_PROBABILITY = 0.02


class Voices:
    """Tells speakers apart and says whom they sound like."""

    name: ClassVar[str] = "voices"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"voice", "voice_match"})
    needs: ClassVar[frozenset[str]] = frozenset({"speech"})
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = True

    def __init__(self) -> None:
        self._encoder: Encoder | None = None
        self._gallery: Gallery | None = None
        self._fits: Path | None = None

    def applies_to(self, media: Media) -> bool:
        return media.audio is not None

    def load(self, settings: Settings) -> None:
        from ..nets.voice import Encoder

        self._encoder, self._gallery, self._fits = Encoder(), settings.gallery, settings.calibration

    def used_weights(self) -> tuple[str, ...]:
        return self._encoder.weights if self._encoder is not None else ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        stretches = [o.segment for o in prior if o.kind == "speech" and o.segment]
        number = 0
        for speaker, (embedding, turns) in enumerate(self._speakers(media.samples(), stretches)):
            seconds = sum(turn.seconds for turn in turns)
            identity = f"voices/{number}"
            number += 1
            yield Observation(
                identity,
                "voice",
                {"speaker": speaker, "seconds": round(seconds, 2)},
                segment=turns[0],
                data={"embedding": embedding, "turns": turns},
            )
            match = (
                self._gallery.identify_voice(embedding, self._fits) if self._gallery and seconds >= LEAST_S else None
            )
            if match is not None and match.probability >= LEAST_PROBABILITY:
                yield Observation(
                    f"voices/{number}",
                    "voice_match",
                    {
                        "voice": identity,
                        "person": match.person.name,
                        "kind": match.person.kind,
                        "similarity": round(1.0 - match.distance, 4),
                    },
                    confidence=match.probability,
                    segment=turns[0],
                )
                number += 1

    def _speakers(
        self, samples: NDArray[np.float32], stretches: Sequence[Segment]
    ) -> list[tuple[NDArray[np.float32], list[Segment]]]:
        """Embedding and turns of each speaker, the first to speak first."""
        import numpy as np

        from ..nets.voice import level, mean

        assert self._encoder is not None
        rows: list[Any] = []
        pieces: list[Segment] = []
        whole: list[bool] = []
        for stretch in stretches:
            part = samples[round(stretch.start_s * RATE_HZ) : round(stretch.end_s * RATE_HZ)]
            if not len(part) or not part.any():
                continue
            windows = self._encoder.windows(level(part))
            rows.append(windows)
            pieces += _pieces(stretch, len(windows))
            whole += [stretch.seconds >= WHOLE_S] * len(windows)
        if not pieces:
            return []
        matrix = np.concatenate(rows)
        owner = cluster(matrix, whole=whole)
        found = []
        for speaker in dict.fromkeys(owner):
            mine = [i for i, other in enumerate(owner) if other == speaker]
            found.append((mean(matrix[mine]), _turns([pieces[i] for i in mine])))
        return found


def cluster(rows: NDArray[np.float32], same: float = SAME_SPEAKER, whole: Sequence[bool] | None = None) -> list[int]:
    """A speaker for each of (n, d) embeddings of length 1, in the order of time.

    Leaders first, then speakers that sound alike are joined and every window goes to the nearest. Windows that are
    not `whole` make no speaker of their own while there are others.
    """
    import numpy as np

    sums: list[NDArray[np.float32]] = []
    leading = rows[list(whole)] if whole is not None and any(whole) else rows
    for row in leading:
        nearest = max(range(len(sums)), key=lambda k: _cosine(sums[k], row), default=-1)
        if nearest >= 0 and _cosine(sums[nearest], row) >= same:
            sums[nearest] = sums[nearest] + row
        else:
            sums.append(row.copy())
    while len(sums) > 1:
        pairs = [(_cosine(sums[i], sums[j]), i, j) for i in range(len(sums)) for j in range(i)]
        alike, i, j = max(pairs)
        if alike < same:
            break
        sums[j] = sums[j] + sums.pop(i)
    centres = np.stack([s / np.linalg.norm(s) for s in sums])
    return [int(k) for k in (rows @ centres.T).argmax(axis=1)]


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    import numpy as np

    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _pieces(stretch: Segment, count: int) -> list[Segment]:
    """The stretch in `count` parts, cut in the middle of where windows overlap."""
    cuts = [stretch.start_s + STEP_S * i + (WINDOW_S - STEP_S) / 2 for i in range(1, count)]
    edges = [stretch.start_s, *(min(cut, stretch.end_s) for cut in cuts), stretch.end_s]
    return [Segment(a, b) for a, b in pairwise(edges)]


def _turns(pieces: Sequence[Segment]) -> list[Segment]:
    """Pieces that touch are one turn."""
    turns = [pieces[0]]
    for piece in pieces[1:]:
        if piece.start_s - turns[-1].end_s < 1e-6:
            turns[-1] = Segment(turns[-1].start_s, piece.end_s)
        else:
            turns.append(piece)
    return turns
