"""A network for faces of the user's own: `synthetic-face/synthetic-face.onnx` in the folder of weights.

Input (n, 3, 192, 192) RGB in [0, 1], output (n,) or (n, 1) score, higher = synthetic. `synthetic-face.json` beside it
holds its sha256 and the coefficients of its calibration.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import weights
from ..errors import WeightsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "own-face"
FILE = "synthetic-face/synthetic-face.onnx"


@dataclass(frozen=True, slots=True)
class Network:
    """The network, and its calibration as it stands beside it."""

    label: str
    row: dict[str, Any]
    session: Any

    def scores(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n,) for (n, 192, 192, 3) RGB."""
        import numpy as np

        batch = crops.astype(np.float32).transpose(0, 3, 1, 2) / 255.0
        found = self.session.run(None, {self.session.get_inputs()[0].name: batch})[0]
        return np.asarray(found, np.float32).reshape(len(crops))


def load(models: Path | None = None, threads: int = 0) -> Network | None:
    """The network, or None when there is none.

    Raises:
        WeightsError: There is no calibration beside it.
    """
    file = weights.folder(models) / FILE
    if not file.is_file():
        return None
    content = file.read_bytes()
    try:
        row = json.loads(file.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"`{FILE}` has no calibration that can be read beside it: {error}") from error
    if not isinstance(row, dict) or not row:
        raise WeightsError(f"`{FILE}` has no calibration beside it: no `slope`, `offset`, `limit`")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # what is no network raises one of onnxruntime's many errors; the pipeline then says "could not be loaded"
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return Network(f"{NAME}@sha256:{hashlib.sha256(content).hexdigest()}", row, session)
