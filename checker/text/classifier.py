"""A small trained classifier of texts: AI label, promotion, minors, safety. What only it sees is an estimate.

Linear over hashed features (`features.py`), one head per answer, each calibrated on authors whom its training had not
seen. Trained by ``python -m checker.training.text train`` on texts that the project wrote; see the model card there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import WeightsError
from . import features
from .normalise import Normal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FILE = Path(__file__).parent / "data" / "classifier.npz"
SAFETY = (
    "hate",
    "harassment",
    "sexual",
    "minor_safety",
    "self_harm",
    "violence",
    "dangerous_acts",
    "regulated_goods",
    "scam",
    "misinformation",
)
HEADS = ("ai_label", "political", "commercial", "minor", *SAFETY)
DECIDE = 0.5
"""Probability from which the classifier's opinion counts, the low end of the facts' band `text_estimate`, and at which
`checker eval text` takes a finding for an answer. F1 over unseen authors is flat from 0.4 to 0.5, and 0.5 has the fewer
false alarms (`checker/training/text/README.md`)."""
_STRETCH = 14


@dataclass(frozen=True, slots=True)
class Classifier:
    """The heads: `weights` (heads, `features.SIZE`) int8, each row times its `scale`; log-odds linear in it."""

    heads: tuple[str, ...]
    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    slope: npt.NDArray[np.float32]
    offset: npt.NDArray[np.float32]

    def probabilities(
        self, normal: Normal, where: str, rules: Iterable[str] = (), people: Iterable[tuple[str, int]] = ()
    ) -> Mapping[str, float]:
        """``{head: calibrated probability}`` for one text; `rules` and `people` as for `features.extract`."""
        import numpy as np

        index, value = features.extract(normal, where, rules, people)
        score = (self.weights[:, index] @ value) * self.scale + self.bias
        odds = np.clip(self.slope * score + self.offset, -20, 20)
        return dict(zip(self.heads, (1 / (1 + np.exp(-odds))).tolist(), strict=True))

    def clause(self, normal: Normal, head: str) -> tuple[int, int]:
        """The sentence, or stretch of a long one, that adds most to `head`; the place counts in the original."""
        import numpy as np

        cut, index, value, at = features.by_word(normal)
        if not cut.words:
            return 0, len(normal.original)
        weights = self.weights[self.heads.index(head), index] * value
        total = np.concatenate(([0.0], np.cumsum(np.bincount(at, weights, len(cut.words)))))
        first, last = max(_stretches(cut.sentences), key=lambda s: total[s[1]] - total[s[0]])
        start = cut.starts[first]
        start -= start > 0 and normal.text[start - 1] in "#@"
        return normal.span(start, cut.starts[last - 1] + len(cut.words[last - 1]))


def _stretches(sentences: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First word, and the one after the last, of each sentence; a long one in overlapping stretches."""
    first = 0
    for i in range(1, len(sentences) + 1):
        if i == len(sentences) or sentences[i] != sentences[first]:
            for a in range(first, max(first + 1, i - _STRETCH // 2), _STRETCH // 2):
                yield a, min(i, a + _STRETCH)
            first = i


@cache
def load(path: Path = FILE) -> Classifier:
    """The shipped classifier, or the one of another file.

    Raises:
        WeightsError: The file is missing, damaged, or of another version of the features.
    """
    import zipfile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        heads = tuple(str(name) for name in found["heads"])
        loaded = Classifier(heads, *(found[name] for name in ("weights", "scale", "bias", "slope", "offset")))
        version, size = int(found["version"]), loaded.weights.shape
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise WeightsError(
            f"text classifier `{path.name}` cannot be read: {error}; install the package again"
        ) from error
    if version != features.VERSION or size != (len(heads), features.SIZE):
        raise WeightsError(
            f"text classifier `{path.name}` is of version {version}, not {features.VERSION}; "
            "run `python -m checker.training.text train`"
        )
    return loaded
