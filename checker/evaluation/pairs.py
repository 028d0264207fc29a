"""Likeness on a labelled set of pairs: how far apart two faces or two voices are, and how probable it is one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import calibration
from ..detector import Settings
from ..errors import MediaError, UsageError
from ..gallery import CALIBRATION
from ..media import Media
from ..pipeline import Scanner
from ..types import Observation
from .manifest import Pair
from .measure import Answer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Compared:
    """One pair of files."""

    pair: Pair
    modality: str
    """``face`` or ``voice``; empty when there was nothing to compare."""
    distance: float | None
    reason: str = ""

    def answer(self, fits: Path | None) -> Answer:
        """The probability of one person, at even odds."""
        if self.distance is None:
            return Answer(self.pair.same, None, self.pair.group, self.reason)
        fit = calibration.load(CALIBRATION[self.modality], fits)
        return Answer(self.pair.same, fit.probability(self.distance), self.pair.group)


class Embeddings:
    """The face or the voice of a file: voices of sound files, faces of pictures and videos. Each file once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._scanners: dict[str, Scanner] = {}
        self._known: dict[Path, tuple[str, NDArray[np.float32]] | str] = {}

    def of(self, path: Path) -> tuple[str, NDArray[np.float32]] | str:
        """Modality and embedding, or why there is none."""
        if path not in self._known:
            try:
                self._known[path] = self._embed(path)
            except MediaError as error:
                self._known[path] = str(error)
        return self._known[path]

    def _embed(self, path: Path) -> tuple[str, Any] | str:
        with Media.open(path) as media:
            modality = "voice" if media.video is None else "face"
        found = [o for o in self._scanner(modality).look(path).observations if o.kind == modality]
        if not found:
            return f"`{path}`: no {modality} was found"
        return modality, max(found, key=_extent).data["embedding"]

    def _scanner(self, modality: str) -> Scanner:
        if modality not in self._scanners:
            scanner = Scanner((), self._settings, kinds=[f"{modality}_match"])
            for name, why in scanner.load().items():
                raise UsageError(f"`{name}` cannot look: {why}")
            self._scanners[modality] = scanner
        return self._scanners[modality]


def _extent(o: Observation) -> float:
    return float(o.value["seconds"]) if o.kind == "voice" else float(o.value["frames"] * o.value["size"])


def compare(pairs: Iterable[Pair], settings: Settings) -> Iterator[Compared]:
    """Each pair of a labelled set."""
    embeddings = Embeddings(settings)
    for pair in pairs:
        first, second = embeddings.of(pair.first), embeddings.of(pair.second)
        if isinstance(first, str) or isinstance(second, str):
            yield Compared(pair, "", None, first if isinstance(first, str) else str(second))
        elif first[0] != second[0]:
            yield Compared(pair, "", None, f"`{pair.first}` is a {first[0]}, `{pair.second}` a {second[0]}")
        else:
            yield Compared(pair, first[0], _distance(first[0], first[1], second[1]))


def _distance(modality: str, a: Any, b: Any) -> float:
    """As the gallery has it: Euclidean for faces, 1 - cosine for voices."""
    import numpy as np

    return float(np.linalg.norm(a - b)) if modality == "face" else float(1.0 - a @ b)
