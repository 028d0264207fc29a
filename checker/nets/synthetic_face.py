"""The embedded network for synthetic faces: one raw score for each crop of a face.

Made by `python -m checker.training.faces`; what it is worth is in MODEL_CARD.md there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import label as labelled
from .face import CROP_SIDE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "synthetic-face"
FILE = Path(__file__).with_suffix(".onnx")
BATCH = 1
"""Crops at once: one fits the processor's cache, sixteen take twice as long each."""


class Network:
    """Scores crops; not to be shared between threads."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def scores(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n,) logit, higher = synthetic, of (n, 192, 192, 3) RGB crops as `checker.nets.face.crop` makes them.

        Raises:
            ValueError: The crops have another shape or type.
        """
        import numpy as np

        crops = np.asarray(crops)
        if crops.shape[1:] != (CROP_SIDE, CROP_SIDE, 3) or crops.dtype != np.uint8:
            raise ValueError(f"crops are (n, {CROP_SIDE}, {CROP_SIDE}, 3) uint8, not {crops.shape} {crops.dtype}")
        parts = [
            self._session.run(None, {"crops": np.ascontiguousarray(crops[i : i + BATCH])})[0]
            for i in range(0, len(crops), BATCH)
        ]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)


def load(threads: int = 1, file: Path = FILE) -> Network:
    """The network, or another file with input `crops`, on `threads` threads (0: as many as there are cores)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return Network(onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]))


def label() -> str:
    """``synthetic-face@sha256:...`` of the file."""
    return labelled(NAME, FILE)
