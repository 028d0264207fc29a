"""Observations, runs and evidence for tests, in few words."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from checker.facts import Evidence
from checker.post import Post
from checker.registry import detectors
from checker.types import DetectorRun, MediaInfo, Observation, RunStatus, Segment, Strength

VIDEO = MediaInfo("clip.mp4", "0" * 64, 1000, "video", "mp4", 10.0, 360, 640, 25.0, "h264", "aac")
NO_POST = Post()
PLAIN_POST = Post(
    platform="tiktok",
    caption="a walk in the park",
    ai_declared=False,
    brand_declared=False,
    own_brand_declared=False,
    sources=("clip.post.yaml",),
)
ABSENT_C2PA = {"state": "absent", "ai": "none", "source_types": [], "actions": [], "codes": []}
_number = count()


def seen(
    of_kind: str,
    confidence: float = 1.0,
    strength: str = "matched",
    /,
    *,
    at: tuple[float, float] | None = None,
    **value: Any,
) -> Observation:
    """An observation with a fresh id under the detector that emits its kind."""
    owner = next(name for name, cls in detectors().items() if of_kind in cls.emits)
    segment = Segment(*at) if at else None
    return Observation(f"{owner}/{next(_number)}", of_kind, value, confidence, Strength(strength), segment)


def c2pa(ai: str, state: str = "valid", strength: str = "proven", **value: Any) -> Observation:
    return seen("c2pa", 1.0, strength, state=state, ai=ai, **value)


def runs(**status: str) -> tuple[DetectorRun, ...]:
    """All built-in detectors looked, but for those given as ``name=status``; `none` leaves a detector out."""
    optional = ("age", "watermark")
    default = dict.fromkeys(optional, "unavailable")
    made = []
    for name, cls in detectors(plugins=False).items():
        state = status.get(name, default.get(name, "ok"))
        if state == "none":
            continue
        run = DetectorRun(name, cls.version, RunStatus.OK, emits=tuple(cls.emits), needs=tuple(cls.needs))
        if state == "incomplete":
            run = replace(run, complete=False, reason="3 packets could not be decoded")
        elif state != "ok":
            run = replace(run, status=RunStatus(state), reason="for the test")
        made.append(run)
    return tuple(made)


def evidence(*observations: Observation, post: Post = PLAIN_POST, media: MediaInfo = VIDEO, **status: str) -> Evidence:
    """A scan that saw these; without a `c2pa` observation the file carries no manifest."""
    if not any(o.kind == "c2pa" for o in observations):
        observations = (seen("c2pa", 1.0, "proven", **ABSENT_C2PA), *observations)
    return Evidence(media, post, observations, runs(**status))
