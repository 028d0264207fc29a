"""A small trained classifier of texts: AI label, promotion, minors, safety. What only it sees is an estimate.

Linear over hashed features (`features.py`), one head per answer, each calibrated on authors whom its training had not
seen. Trained by ``python -m checker.training.text train`` on texts that the project wrote; see the model card there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
DECIDE = 0.4
"""Probability from which the classifier's opinion counts at all: the least doubt of the facts' band `text_estimate`, and
the answer of `checker eval text`. The best F1 over unseen authors lies there (`checker/training/text/README.md`)."""
_CLAUSE_WORDS = 14


@dataclass(frozen=True, slots=True)
class Classifier:
    """The heads: `weights` (heads, `features.SIZE`) int8, each row times its `scale`; log-odds are linear in the score."""

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

    def clause(self, normal: Normal, where: str, head: str) -> tuple[int, int]:
        """The sentence, or stretch of a long one, that speaks most for `head`; the place counts in the original."""
        row = self.heads.index(head)
        best, span = float("-inf"), (0, len(normal.original))
        for start, end in clauses(normal):
            part = Normal(normal.original, normal.text[start:end], normal.starts[start:end], normal.ends[start:end])
            index, value = features.extract(part, where)
            score = float(self.weights[row, index] @ value)
            if score > best:
                best, span = score, part.span(0, end - start)
        return span


def clauses(normal: Normal) -> Iterator[tuple[int, int]]:
    """Places of the sentences in the folded text; long ones in overlapping stretches of `_CLAUSE_WORDS` words."""
    from .concepts import cut

    words = cut(normal)
    ends = [s + len(w) for w, s in zip(words.words, words.starts, strict=True)]
    first = 0
    for i in range(len(ends)):
        if i + 1 == len(ends) or words.sentences[i + 1] != words.sentences[i]:
            for a in range(first, max(first + 1, i - _CLAUSE_WORDS // 2 + 1), _CLAUSE_WORDS // 2):
                yield words.starts[a] - _sign(normal, words.starts[a]), ends[min(i, a + _CLAUSE_WORDS - 1)]
            first = i + 1


def _sign(normal: Normal, start: int) -> int:
    return int(start > 0 and normal.text[start - 1] in "#@")


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
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise WeightsError(f"text classifier `{path.name}` cannot be read: {error}; install the package again") from error
    if version != features.VERSION or size != (len(heads), features.SIZE):
        raise WeightsError(
            f"text classifier `{path.name}` is of version {version}, not {features.VERSION}; "
            "run `python -m checker.training.text train`"
        )
    return loaded
