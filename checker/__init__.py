"""checker: content moderation and AI-label compliance of short videos.

>>> from checker import scan, load_policy, evaluate
>>> report = scan("clip.mp4")                                    # doctest: +SKIP
>>> evaluate(load_policy("tiktok"), {"ai": {"used": False}})     # doctest: +SKIP

Importing this package imports nothing heavy: names are resolved when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .batch import scan_all
    from .detector import Detector, Incomplete, Settings
    from .errors import CheckerError, DetectorUnavailable, MediaError, PolicyError, UsageError
    from .facts import FACTS, Evidence, derive
    from .gallery import Gallery
    from .pipeline import Scanner, judge, scan
    from .policy import Policy, evaluate, list_policies, load_policy
    from .post import Post
    from .report import Report
    from .types import Facts, Finding, Judgement, Observation, Outcome, Strength, Verdict

__version__ = "0.1.0"

_HOME = {
    "batch": ("scan_all",),
    "detector": ("Detector", "Incomplete", "Settings"),
    "errors": ("CheckerError", "DetectorUnavailable", "MediaError", "PolicyError", "UsageError"),
    "facts": ("FACTS", "Evidence", "derive"),
    "gallery": ("Gallery",),
    "pipeline": ("Scanner", "judge", "scan"),
    "policy": ("Policy", "evaluate", "list_policies", "load_policy"),
    "post": ("Post",),
    "report": ("Report",),
    "types": ("Facts", "Finding", "Judgement", "Observation", "Outcome", "Strength", "Verdict"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "FACTS",
    "CheckerError",
    "Detector",
    "DetectorUnavailable",
    "Evidence",
    "Facts",
    "Finding",
    "Gallery",
    "Incomplete",
    "Judgement",
    "MediaError",
    "Observation",
    "Outcome",
    "Policy",
    "PolicyError",
    "Post",
    "Report",
    "Scanner",
    "Settings",
    "Strength",
    "UsageError",
    "Verdict",
    "derive",
    "evaluate",
    "judge",
    "list_policies",
    "load_policy",
    "scan",
    "scan_all",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module `checker` has no `{name}`")
    value = globals()[name] = getattr(import_module(f".{_MODULE[name]}", __name__), name)
    return value
