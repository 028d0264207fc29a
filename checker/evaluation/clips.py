"""What the detectors of synthetic faces or voices say of each clip of a labelled set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..detector import Settings
from ..errors import MediaError, UsageError
from ..facts import Evidence
from ..pipeline import Scanner
from ..types import Observation
from .manifest import Clip
from .measure import Answer

KINDS = {"faces": "synthetic_face", "voices": "synthetic_voice"}
"""What is asked, and the kind of observation (and name of the detector) that answers."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in one clip: one observation for each face or voice that could be judged."""

    clip: Clip
    found: tuple[Observation, ...]
    weights: Mapping[str, str] = field(default_factory=dict)
    """sha256 of each network by name."""
    reason: str = ""
    """Why there are none."""

    @property
    def answer(self) -> Answer:
        """A clip is as synthetic as the face or voice in it that most is."""
        confidence = max((o.confidence for o in self.found), default=None)
        return Answer(self.clip.fake, confidence, self.clip.group, self.reason)

    def scores(self) -> list[dict[str, float]]:
        """Of each face or voice, by network, the one that is seen or heard longest first."""
        ordered = sorted(self.found, key=lambda o: -_extent(o))
        return [{name: said["score"] for name, said in o.value["networks"].items()} for o in ordered]


def _extent(o: Observation) -> float:
    """Number of looks, or seconds of speech."""
    return sum(t[1] - t[0] for t in o.value["turns"]) if "turns" in o.value else float(len(o.value["looks"]))


def look(clips: Iterable[Clip], what: str, settings: Settings) -> Iterator[Seen]:
    """What is seen in each clip, through the same detectors as in a scan.

    Raises:
        UsageError: There is no network to ask.
    """
    scanner = Scanner((), settings, kinds=[KINDS[what]])
    for name, why in scanner.load().items():
        raise UsageError(f"`{name}` cannot look: {why}")
    for clip in clips:
        try:
            yield _seen(clip, scanner.look(clip.path), what)
        except MediaError as error:
            yield Seen(clip, (), reason=str(error))


def _seen(clip: Clip, evidence: Evidence, what: str) -> Seen:
    found = tuple(o for o in evidence.observations if o.kind == KINDS[what])
    run = next(run for run in evidence.runs if run.detector == KINDS[what])
    weights = {name: digest for name, _, digest in (label.partition("@sha256:") for label in run.weights)}
    if found:
        return Seen(clip, found, weights)
    troubles = [r.reason for r in evidence.runs if r.reason and r.detector != "media"]
    return Seen(clip, (), weights, run.reason or "; ".join(troubles) or f"no {what[:-1]} was found")


def networks(seen: Sequence[Seen]) -> dict[str, dict[str, float | None]]:
    """AUC and EER of each network by itself: of the score of the face or voice that is seen or heard longest."""
    from .measure import auc, eer

    found: dict[str, dict[str, float | None]] = {}
    names = dict.fromkeys(name for s in seen for scores in s.scores()[:1] for name in scores)
    for name in names:
        rows = [(s.scores()[0][name], s.clip.fake) for s in seen if s.found]
        scores, truth = [score for score, _ in rows], [fake for _, fake in rows]
        area, error = auc(scores, truth), eer(scores, truth)
        if area is not None and area < 0.5:  # a network whose score is higher for what is real
            area, error = 1.0 - area, eer([-score for score in scores], truth)
        found[name] = {
            "auc": None if area is None else round(area, 4),
            "eer": None if error is None else round(error, 4),
        }
    return found
