"""The values that pass between the stages. Frozen, standard library only, no behaviour that needs a model.

Times are seconds on the media timeline (0 at the first presented frame). Boxes are fractions of the
displayed frame, that is after rotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """Half-open time interval ``[start_s, end_s)``."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.start_s <= self.end_s:
            raise ValueError(f"not an interval: [{self.start_s}, {self.end_s})")

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    def overlap_s(self, other: Segment) -> float:
        """Seconds that both cover."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))


@dataclass(frozen=True, slots=True)
class Box:
    """Rectangle in the displayed frame: corners as fractions of width and height, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.x0 <= self.x1 <= 1.0 and 0.0 <= self.y0 <= self.y1 <= 1.0):
            raise ValueError(f"not a box in the frame: {self.x0, self.y0, self.x1, self.y1}")


class Strength(StrEnum):
    """How an observation is known, strongest first."""

    PROVEN = "proven"
    """A signed or machine-readable statement of the file."""
    DECLARED = "declared"
    """Said by whoever publishes: toggle, caption, label, declaration file."""
    MATCHED = "matched"
    """Compared with a list: enrolled likeness, gazetteer, phrase, known visible mark."""
    ESTIMATED = "estimated"
    """A network's opinion. Alone it never rejects."""

    @property
    def firm(self) -> bool:
        return self is not Strength.ESTIMATED

    @property
    def rank(self) -> int:
        """0 is the strongest."""
        return _STRENGTH_RANK[self]


_STRENGTH_RANK = {strength: i for i, strength in enumerate(Strength)}


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that one detector saw, heard or read, and where. Never a judgement."""

    id: str
    """Unique in a report: ``<detector>/<index>``, such as ``faces/12``."""
    kind: str
    """What was observed; `checker.facts.KINDS` lists the kinds and the shape of their values."""
    value: Mapping[str, Any]
    """JSON-serialisable; its shape is fixed by `kind`. Holds no embedding and no picture."""
    confidence: float = 1.0
    """Calibrated probability in [0, 1] that the observation is true."""
    strength: Strength = Strength.MATCHED
    segment: Segment | None = None
    box: Box | None = None
    data: Any = field(default=None, compare=False, repr=False)
    """Arrays for later detectors (crops, embeddings). Stays in the process, never in a report."""
    pictures: tuple[str, ...] = ()
    """Paths of pictures that show it, relative to the folder that `scan --evidence` named; empty without it."""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the container says of a file."""

    path: str
    sha256: str
    size_bytes: int
    kind: str
    """``video``, ``image`` or ``audio``."""
    container: str
    duration_s: float
    width: int = 0
    height: int = 0
    frame_rate_hz: float = 0.0
    video_codec: str = ""
    audio_codec: str = ""
    """Empty when there is no sound."""
    decode_errors: int = 0
    limit: str = ""
    """What could not be decoded, in words."""


class RunStatus(StrEnum):
    """How a detector's run over one file ended."""

    OK = "ok"
    NOT_APPLICABLE = "not_applicable"
    """There is nothing to look at (no audio stream): its facts are known to be empty."""
    UNAVAILABLE = "unavailable"
    """It could not start (weights, extra): if the pack requires it, its facts are unknown."""
    FAILED = "failed"
    """It raised: if the pack requires it, its facts are unknown."""


@dataclass(frozen=True, slots=True)
class DetectorRun:
    """Record of one detector over one file."""

    detector: str
    version: str
    status: RunStatus
    reason: str = ""
    """Why it did not look, or what limits what it saw; empty when there is nothing to say."""
    weights: tuple[str, ...] = ()
    """``name@sha256:...`` of each weights file that was used."""
    seconds: float = 0.0
    emits: tuple[str, ...] = ()
    """Kinds of observation that it can make."""
    needs: tuple[str, ...] = ()
    """Kinds that it worked from."""
    complete: bool = True
    """False when a run that ended `ok` could see only a part (decode errors, caps): absence is then unknown."""

    @property
    def looked(self) -> bool:
        """Whether "saw nothing" means that there is nothing to see."""
        return self.complete and self.status in (RunStatus.OK, RunStatus.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Fact:
    """A named, typed statement that a rule may use: a value, or the reason why there is none."""

    name: str
    """``group.field`` or the name of a list."""
    value: Any = None
    unknown: str = ""
    """Why there is no value; empty exactly when there is one."""
    strength: Strength | None = None
    evidence: tuple[str, ...] = ()
    """Ids of the observations that decided the value."""


class Verdict(StrEnum):
    """Mildest first; `error` is not a judgement: the file could not be examined."""

    PASS = "pass"
    FLAG = "flag"
    REJECT = "reject"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return _VERDICT_RANK[self]


_VERDICT_RANK = {verdict: i for i, verdict in enumerate(Verdict)}


class Outcome(StrEnum):
    """What one rule concluded."""

    VIOLATED = "violated"
    UNCLEAR = "unclear"
    SATISFIED = "satisfied"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Clause:
    """What a rule rests on."""

    text: str
    url: str
    as_of: str
    """ISO date on which the text was read."""
    confidence: str = "medium"
    """``high``: verbatim text seen; ``medium``: quoted by careful secondary sources; ``low``: summary only."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule applied to one post."""

    rule: str
    outcome: Outcome
    verdict: Verdict
    """What this finding contributes: the rule's verdict, `flag` where only estimates carry it, ..."""
    title: str
    message: str = ""
    """One sentence for a person: what was found, or what could not be checked."""
    clause: Clause | None = None
    fix: str = ""
    because: Mapping[str, Any] = field(default_factory=dict)
    """Minimal facts that suffice for the outcome: name -> value, such as ``{"label.present": False}``."""
    missing: tuple[str, ...] = ()
    """Facts that would have to be known to decide."""
    evidence: tuple[str, ...] = ()
    """Ids of the observations behind `because`."""
    estimate_only: bool = False
    """True when the rule is violated only if estimates are believed."""
    severity: str = ""
    shadow: bool = False
    """A finding in shadow mode is reported and never counts."""
    suppressed: str = ""
    """Why, by whom and until when this finding does not count; empty when it counts."""
    counterfactual: Mapping[str, Any] = field(default_factory=dict)
    """Smallest change of facts that would satisfy the rule; empty when not computed."""

    @property
    def counts(self) -> bool:
        return not (self.shadow or self.suppressed)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one policy pack says of one post: the worst of its findings that count."""

    policy: str
    version: str
    sha256: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the rules may see of one post, in two readings.

    `full` holds all known facts, `firm` the same without what only an estimate says. A fact that is not
    known is absent from both. Whatever is in `firm` has the same value in `full`.
    Documents: ``{group: {field: value}, list: [{field: value}, ...]}``.
    """

    full: Mapping[str, Any]
    firm: Mapping[str, Any]
    table: Mapping[str, Fact] = field(default_factory=dict)
    """Every fact of the vocabulary by name, with strength, evidence, or why it is unknown."""

    @classmethod
    def known(cls, document: Mapping[str, Any]) -> Facts:
        """Facts from elsewhere, all of them firm."""
        return cls(full=document, firm=document)
