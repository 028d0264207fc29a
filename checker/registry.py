"""Find detectors, built in and third party, without importing what they depend on; order them by their needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from importlib.metadata import entry_points

from .detector import Detector
from .errors import UsageError
from .facts import KINDS

BUILT_IN = (
    "provenance:Provenance",
    "shots:Shots",
    "screen_text:ScreenText",
    "speech:Speech",
    "faces:Faces",
    "voices:Voices",
    "language:Language",
    "enrolment:Enrolment",
    "synthetic_face:SyntheticFace",
    "synthetic_voice:SyntheticVoice",
    "age:Age",
    "watermark:Watermark",
)
GROUP = "checker.detectors"
"""Entry-point group in which packages offer detectors."""

DetectorClass = type[Detector]


@cache
def detectors(*, plugins: bool = True) -> dict[str, DetectorClass]:
    """All detector classes by name, each after those whose observations it needs.

    Raises:
        UsageError: Two detectors have one name, a kind is unknown, or needs form a cycle.
    """
    found: dict[str, DetectorClass] = {}
    for cls in _classes(plugins):
        if cls.name in found:
            raise UsageError(f"two detectors are named `{cls.name}`: {found[cls.name]!r} and {cls!r}; uninstall one")
        if unknown := (cls.emits | cls.needs) - KINDS.keys():
            raise UsageError(f"detector `{cls.name}` names unknown kinds `{'`, `'.join(sorted(unknown))}`")
        found[cls.name] = cls
    graph = {name: _upstream(cls, found) for name, cls in found.items()}
    try:
        return {name: found[name] for name in TopologicalSorter(graph).static_order()}
    except CycleError as error:
        raise UsageError(f"detectors need one another in a circle: {' -> '.join(error.args[1])}") from error


def select(kinds: Collection[str], required: Iterable[str], *, plugins: bool = True) -> dict[str, DetectorClass]:
    """The required detectors, those that make the asked kinds, and all that these need, in order.

    Raises:
        UsageError: A required detector does not exist.
    """
    found = detectors(plugins=plugins)
    if missing := [name for name in required if name not in found]:
        raise UsageError(
            f"a pack requires detector `{missing[0]}`, which is not installed; there are {', '.join(found)}"
        )
    wanted = {name for name, cls in found.items() if cls.emits & set(kinds)} | set(required)
    for name in reversed(found):
        if name in wanted:
            wanted |= _upstream(found[name], found)
    return {name: cls for name, cls in found.items() if name in wanted}


def _upstream(cls: DetectorClass, found: dict[str, DetectorClass]) -> set[str]:
    return {name for name, other in found.items() if other is not cls and other.emits & cls.needs}


def _classes(plugins: bool) -> Iterable[DetectorClass]:
    for target in BUILT_IN:
        module, _, name = target.partition(":")
        yield getattr(import_module(f"checker.detectors.{module}"), name)
    if plugins:
        for point in entry_points(group=GROUP):
            yield point.load()
