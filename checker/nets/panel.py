"""The networks that judge voices, and those that judge faces: which are here, and what they say together.

The embedded network is always there; pulled and own ones join it. Each has its calibrator; one that has none shows its
score and counts for nothing. `checker.calibration.fuse` says how several become one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import calibration, weights
from ..errors import DetectorUnavailable, WeightsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRIOR = 0.1
"""Share of synthetic faces and voices assumed among all that are scanned."""


@dataclass(frozen=True, slots=True)
class Member:
    """One network and what its score is worth."""

    name: str
    """Of its row in the calibration."""
    label: str
    """``name@sha256:...``"""
    scores: Callable[..., NDArray[np.float32]]
    """Voices: `(samples (n,) at 16 kHz, most)` to one score for each of at most `most` windows. Faces: crops (n, 192,
    192, 3) uint8 RGB to (n,)."""
    fit: calibration.Logistic | None
    """None: nobody calibrated it."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a panel says of one voice or face."""

    scores: Mapping[str, float]
    """Of each member, raw."""
    probabilities: Mapping[str, float]
    """Of each calibrated member, at the prior."""
    probability: float
    log_odds: float
    """Of all together, at even odds."""

    def by_network(self) -> dict[str, dict[str, float | None]]:
        """As a report tells it: ``{name: {score, confidence}}``, confidence None without a calibration."""
        return {
            name: {"score": round(score, 4), "confidence": _rounded(self.probabilities.get(name))}
            for name, score in self.scores.items()
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


class Panel:
    """Networks that judge the same thing.

    Raises:
        DetectorUnavailable: There is none, or none whose calibration is better than chance where they are to be
            `calibrated`.
    """

    def __init__(self, members: Sequence[Member], what: str, calibrated: bool = True) -> None:
        if not any((m.fit is not None and m.fit.weight > 0) or not calibrated for m in members):
            raise DetectorUnavailable(
                f"no network for {what} with a calibration; "
                + ("fit one with `checker calibrate`" if members else "`checker models list` names some")
            )
        self.members = tuple(members)
        self.used = tuple(m.label for m in members)

    def opinion(self, scores: Mapping[str, float]) -> Opinion:
        """What these scores, by name of the member, say together."""
        said = {m.name: (m.fit, scores[m.name]) for m in self.members if m.fit is not None}
        odds = calibration.fuse(said.values())
        odds = odds if odds is not None else 0.0  # raw scores alone were asked
        return Opinion(
            dict(scores),
            {name: fit.probability(score, PRIOR) for name, (fit, score) in said.items()},
            calibration.probability(odds, PRIOR),
            odds,
        )


@dataclass(frozen=True, slots=True)
class Fits:
    """Where calibrators come from."""

    file: Path | None = None
    """Of `checker calibrate`."""
    wanted: bool = True

    def __call__(self, name: str, label: str, beside: Mapping[str, Any] | None = None) -> calibration.Logistic | None:
        """The one for these weights: of the user's file, else what lies beside the weights, else the shipped one.

        Raises:
            WeightsError: It was fitted for other weights.
        """
        if not self.wanted:
            return None
        sha256 = label.rpartition(":")[2]
        known = calibration.rows(self.file)
        if beside and known.get(name) is calibration.table().get(name):
            if beside.get("sha256") != sha256:
                raise WeightsError(
                    f"the calibration beside `{name}` is for another file; fit it for sha256 {sha256[:12]}... with "
                    "`checker calibrate`"
                )
            return calibration.parse(dict(beside))
        return calibration.load(name, self.file, sha256) if name in known else None


PULLED_VOICES = ("aasist", "aasist-l", "rawgat-st")
PULLED_FACES = ("meso4-df", "mesoinception-df", "mesoinception-f2f")


def voices(models: Path | None = None, threads: int = 0, fits: Path | None = None, calibrated: bool = True) -> Panel:
    """The networks for voices that are here; `calibrated` False: their raw scores alone."""
    fit = Fits(fits, calibrated)
    members = _embedded("synthetic-voice", "synthetic_voice", threads, fit)
    for name in PULLED_VOICES:
        if weights.present(name, models):
            members.append(_pulled_voice(name, models, fit))
    members += _checkpoints("voice", models, fit)
    return Panel(members, "synthetic voices", calibrated)


def faces(models: Path | None = None, threads: int = 0, fits: Path | None = None, calibrated: bool = True) -> Panel:
    """The networks for faces that are here; `calibrated` False: their raw scores alone."""
    from . import own

    fit = Fits(fits, calibrated)
    members = _embedded("synthetic-face", "synthetic_face", threads, fit)
    for name in PULLED_FACES:
        if weights.present(name, models):
            members.append(_pulled_face(name, models, fit))
    if (found := own.load(models, threads)) is not None:
        members.append(Member(own.NAME, found.label, found.scores, fit(own.NAME, found.label, found.row)))
    members += _checkpoints("face", models, fit)
    return Panel(members, "synthetic faces", calibrated)


def _embedded(name: str, module: str, threads: int, fit: Fits) -> list[Member]:
    if find_spec(f"{__package__}.{module}") is None:
        return []
    code: Any = import_module(f".{module}", __package__)
    network = code.load(threads)
    scores = network.scores
    if hasattr(code, "windows"):
        scores = lambda samples, most: network.scores(code.windows(samples, most))
    return [Member(name, code.label(), scores, fit(name, code.label()))]


def _pulled_voice(name: str, models: Path | None, fit: Fits) -> Member:
    label = weights.entry(name).label
    code: Any = import_module(".rawgat" if name == "rawgat-st" else ".aasist", __package__)
    network = code.load(name, models)
    return Member(
        name, label, lambda samples, most: code.scores(network, code.windows(samples, most)), fit(name, label)
    )


def _pulled_face(name: str, models: Path | None, fit: Fits) -> Member:
    from . import mesonet

    label, network = weights.entry(name).label, mesonet.load(name, models)
    return Member(name, label, lambda crops: mesonet.scores(network, crops), fit(name, label))


def _checkpoints(kind: str, models: Path | None, fit: Fits) -> list[Member]:
    from . import checkpoint

    members = []
    for folder in checkpoint.folders(kind, models):
        found = checkpoint.load(folder)
        members.append(Member(found.name, found.label, found.scores, fit(found.name, found.label, found.row)))
    return members
