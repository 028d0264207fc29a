"""All that the rules find in one text, in one value: for the detector, and as features for the classifier."""

from __future__ import annotations

from dataclasses import dataclass

from . import cues as topics_and_safety
from . import endorsement, labels, minors
from .normalise import Normal


@dataclass(frozen=True, slots=True)
class Findings:
    """Labels, promotion, minors, topics and safety cues of one text."""

    labels: list[labels.Label]
    refused: frozenset[str]
    """Why words of AI were not taken for a label."""
    cues: list[endorsement.Cue]
    minors: list[minors.Minor]
    topics: list[topics_and_safety.Found]
    safety: list[topics_and_safety.Found]

    @property
    def promotes(self) -> bool:
        """Whether a promotion was found that is more than a hint."""
        return any(c.confidence >= 0.5 for c in self.cues)

    def words(self) -> set[str]:
        """The findings as the classifier sees them."""
        found = {f"label {_label(x)}" for x in self.labels} | {f"refused {why}" for why in self.refused}
        found |= {f"{c.kind} {'tag' if c.hashtag else int(c.confidence * 10)}" for c in self.cues}
        found |= {f"minor {m.confidence > 0.9:d}" for m in self.minors}
        found |= {f"topic {t.name} {t.confidence > 0.5:d}" for t in self.topics}
        return found | {f"safety {s.name} {s.confidence > 0.5:d}" for s in self.safety}


def find(normal: Normal, *, screen: bool = False) -> Findings:
    """Apply every rule to one text."""
    refused: set[str] = set()
    found = labels.find(normal, screen=screen, refused=refused)
    return Findings(
        found,
        frozenset(refused),
        endorsement.find(normal),
        minors.find(normal),
        topics_and_safety.topics(normal),
        topics_and_safety.safety(normal),
    )


def _label(label: labels.Label) -> str:
    kind = "denied" if label.denied else "tag" if label.hashtag else "said"
    return f"{kind} {label.confidence > 0.9:d}"
