"""What derivation works from: observations, runs and post of one file, seen through the bands of one pack."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ..post import Post
from ..types import DetectorRun, MediaInfo, Observation, RunStatus
from .claims import Claim, unknown

BANDS: Mapping[str, tuple[float, float]] = {
    "synthetic_face": (0.50, 0.70),
    "synthetic_voice": (0.25, 0.60),
    "likeness": (0.55, 0.75),
    "age": (0.30, 0.80),
    "watermark": (0.50, 0.50),
    "safety": (0.40, 0.80),
    "ai_label": (0.50, 0.50),
    "generator_mark": (0.40, 0.70),
    "endorsement": (0.40, 0.60),
    "mention": (0.50, 0.70),
    "minor_mention": (0.40, 0.60),
    "topic": (0.40, 0.60),
    "text_estimate": (0.50, 0.90),
}
"""``(low, high)`` where a pack names none: at or above high is true, below low false, between unknown.

`text_estimate` is for labels, promotion and minors that only the text classifier sees, not the rules; it begins at
`checker.text.classifier.DECIDE`, which is not imported: judging needs no numpy.
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is kept of one scanned file; enough to judge it again by another pack."""

    media: MediaInfo
    post: Post
    observations: tuple[Observation, ...] = ()
    runs: tuple[DetectorRun, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Evidence as one pack reads it: its bands, the looks that it requires, the day of judgement."""

    evidence: Evidence
    bands: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    requires: Collection[str] = ()
    strict: bool = False
    """Every detector is required."""
    day: date = field(default_factory=date.today)

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Observation]]:
        found: dict[str, list[Observation]] = {}
        for observation in self.evidence.observations:
            # What the classifier believes less than its band says nothing, and so cannot weaken "nothing was found".
            if not (self._key(observation) == "text_estimate" and self.holds(observation) is False):
                found.setdefault(observation.kind, []).append(observation)
        return found

    def of(self, kind: str) -> list[Observation]:
        return self._by_kind.get(kind, [])

    def band(self, kind: str) -> tuple[float, float]:
        """The pack's band, the default one, or the middle."""
        return self.bands.get(kind) or BANDS.get(kind, (0.5, 0.5))

    def holds(self, observation: Observation, kind: str = "") -> bool | None:
        """Whether the observation is believed: true, false, or None inside the band."""
        low, high = self.band(kind or self._key(observation))
        return True if observation.confidence >= high else False if observation.confidence < low else None

    def claim(self, observation: Observation, kind: str = "") -> Claim:
        """The observation as a claim of its band."""
        held = self.holds(observation, kind)
        if held is None:
            return self.doubt(observation, kind)
        return Claim(held, observation.strength, (observation.id,))

    def doubt(self, observation: Observation, kind: str = "") -> Claim:
        """The observation as something that cannot be told, and why."""
        low, high = self.band(kind or self._key(observation))
        why = f"{observation.kind} {observation.confidence:.2f} is within the band {low:.2f} to {high:.2f}"
        if observation.value.get("source") == "keywords":
            at = f" at {observation.segment.start_s:.1f} s" if observation.segment is not None else ""
            why = f"“{observation.value.get('quote', '')}” may be said{at}, heard by keyword search; listen to it"
        return unknown(why, evidence=(observation.id,))

    @staticmethod
    def _key(observation: Observation) -> str:
        """The band that the observation is read by."""
        estimate = observation.value.get("by") == "classifier" and observation.kind != "safety"
        return "text_estimate" if estimate else observation.kind

    def required(self, run: DetectorRun) -> bool:
        return self.strict or run.detector in self.requires

    def blind(self, kind: str, *, upstream: bool = True) -> str:
        """Why "nothing of this kind was seen" says nothing; empty when it does, or when the look is not required."""
        for run in self.evidence.runs:
            if kind not in run.emits:
                continue
            if not run.looked and self.required(run):
                return _why(run)
            if upstream and run.status is RunStatus.OK:
                for need in run.needs:
                    if reason := self.blind(need):
                        return reason
        return "" if self.emitted(kind) else self._nobody(kind)

    def _nobody(self, kind: str) -> str:
        return f"nothing looks for `{kind}`" if self.strict else ""

    def emitted(self, kind: str) -> bool:
        return any(kind in run.emits for run in self.evidence.runs)

    def unseen(self, kind: str, *, upstream: bool = True) -> str:
        """Why nobody looked for this kind at all, required or not; empty when somebody did."""
        runs = [run for run in self.evidence.runs if kind in run.emits]
        if any(run.looked for run in runs):
            return self.blind(kind, upstream=upstream)
        return _why(runs[0]) if runs else f"no detector looked for `{kind}`"


def _why(run: DetectorRun) -> str:
    if run.status is RunStatus.OK:
        return f"`{run.detector}` saw only a part: {run.reason}"
    return f"`{run.detector}` {run.status}: {run.reason}" if run.reason else f"`{run.detector}` {run.status}"
