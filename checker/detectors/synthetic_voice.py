"""Synthetic voices: what the networks for voices say of each speaker, turn by turn and as a whole.

The embedded network, those that were pulled, and checkpoints of transformers (`checker.nets.panel`). Each turn of a
second or more is judged by itself, and the speaker by all of these end to end; shorter turns are joined where there is
nothing longer. Nothing is said of a speaker who is heard for less than a second, or whose speech hardly exceeds the
music and noise with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from ..detector import Incomplete
from ..types import Observation, Segment, Strength

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..detector import Settings
    from ..media import Media
    from ..nets.panel import Opinion, Panel
    from ..post import Post

RATE_HZ = 16_000
LEAST_S = 1.0
"""A speaker who is heard for less is not judged."""
LEAST_SNR_DB = 6.0
"""Speech that exceeds what sounds with it by less is not judged: `python -m tests.bench.noise`."""
MOST_TURNS = 12
"""The longest are judged."""
MOST_WINDOWS = 8
"""Windows that are listened to per speaker, and once more for all turns; every turn has at least one."""


class SyntheticVoice:
    """Estimates whether a voice is made by AI."""

    name: ClassVar[str] = "synthetic_voice"
    version: ClassVar[str] = "2"
    emits: ClassVar[frozenset[str]] = frozenset({"synthetic_voice"})
    needs: ClassVar[frozenset[str]] = frozenset({"voice"})
    weights: ClassVar[tuple[str, ...]] = ("aasist", "aasist-l", "rawgat-st")
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = True

    def __init__(self) -> None:
        self._panel: Panel | None = None

    def applies_to(self, media: Media) -> bool:
        return media.audio is not None

    def load(self, settings: Settings) -> None:
        from ..nets import panel

        self._panel = panel.voices(settings.models, settings.threads, settings.calibration, settings.calibrated)

    def used_weights(self) -> tuple[str, ...]:
        return self._panel.used if self._panel is not None else ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        samples = media.samples()
        voices = [o for o in prior if o.kind == "voice" and o.data]
        short = loud = judged = 0
        for voice in voices:
            turns = _turns(voice.data["turns"])
            clear = [turn for turn in turns if _snr_db(samples, turn) >= LEAST_SNR_DB]
            if clear:
                yield self._observation(judged, voice, samples, clear)
                judged += 1
            elif turns:
                loud += 1
            else:
                short += 1
        if said := _left_out(short, loud):
            raise Incomplete(said, hole=bool(loud or not judged))

    def _observation(
        self, number: int, voice: Observation, samples: NDArray[np.float32], turns: Sequence[Sequence[Segment]]
    ) -> Observation:
        from ..nets.panel import PRIOR

        each = [self._opinion(_join(samples, turn), MOST_WINDOWS // len(turns)) for turn in turns]
        everything = [part for turn in turns for part in turn]
        whole = each[0] if len(turns) == 1 else self._opinion(_join(samples, everything), MOST_WINDOWS)
        return Observation(
            f"synthetic_voice/{number}",
            "synthetic_voice",
            {
                "voice": voice.id,
                "score": round(whole.log_odds, 4),
                "prior": PRIOR,
                "networks": whole.by_network(),
                "turns": [
                    [round(turn[0].start_s, 2), round(turn[-1].end_s, 2), round(opinion.probability, 4)]
                    for turn, opinion in zip(turns, each, strict=True)
                ],
            },
            confidence=whole.probability,
            strength=Strength.ESTIMATED,
            segment=voice.segment,
        )

    def _opinion(self, speech: NDArray[np.float32], most: int) -> Opinion:
        """What the panel says of samples of one voice, from at most this many windows (and at least one)."""
        assert self._panel is not None
        most = max(1, most)
        return self._panel.opinion({m.name: float(m.scores(speech, most).mean()) for m in self._panel.members})


def _turns(all_turns: Sequence[Segment]) -> list[list[Segment]]:
    """What is judged at once: each of the longest turns of a second or more, else all short ones together."""
    long = sorted((turn for turn in all_turns if turn.seconds >= LEAST_S), key=lambda t: -t.seconds)[:MOST_TURNS]
    if long:
        return [[turn] for turn in sorted(long)]
    return [list(all_turns)] if sum(turn.seconds for turn in all_turns) >= LEAST_S else []


def _snr_db(samples: NDArray[np.float32], turn: Sequence[Segment]) -> float:
    """Of a turn, or of the best of the pieces that make it up."""
    from ..speech.noise import snr_db

    return max(snr_db(samples, part) for part in turn)


def _left_out(short: int, loud: int) -> str:
    """What was not judged, in words."""
    said = [f"{short} voices are heard for less than {LEAST_S:g} s"] if short else []
    if loud:
        said.append(f"{loud} voices speak under music or noise that is as loud as they are")
    return "; ".join(said)


def _join(samples: NDArray[np.float32], turns: Sequence[Segment]) -> NDArray[np.float32]:
    """Samples of several pieces, end to end."""
    import numpy as np

    return np.concatenate([samples[round(t.start_s * RATE_HZ) : round(t.end_s * RATE_HZ)] for t in turns])
