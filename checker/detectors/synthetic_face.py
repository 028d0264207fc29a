"""Synthetic faces: the opinion of a network on the crops of each face track.

Takes `synthetic-face/synthetic-face.onnx` from the folder of weights: input (n, 3, 192, 192) RGB in [0, 1], output (n,)
or (n, 1) score, higher = synthetic; and `synthetic-face/synthetic-face.json` beside it, with its sha256 and the
coefficients of its calibration. The score of a track is the mean over its crops.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .. import weights
from ..detector import Incomplete
from ..errors import DetectorUnavailable, WeightsError
from ..types import Observation, Strength

if TYPE_CHECKING:
    from ..calibration import Logistic
    from ..detector import Settings
    from ..media import Media
    from ..post import Post

FILE = "synthetic-face/synthetic-face.onnx"
PRIOR = 0.1
"""Share of synthetic faces assumed among all that are scanned."""
LEAST_SIZE = 0.04
"""Faces lower than this share of the frame are too small to judge: nothing is said of them."""


class SyntheticFace:
    """Estimates whether a face is made or changed by AI."""

    name: ClassVar[str] = "synthetic_face"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"synthetic_face"})
    needs: ClassVar[frozenset[str]] = frozenset({"face"})
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._session: Any = None
        self._calibration: Logistic | None = None
        self._used: tuple[str, ...] = ()

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        """Load network and calibration.

        Raises:
            DetectorUnavailable: There is no network.
            WeightsError: The network is not the one that the calibration was fitted for.
        """
        from .. import calibration

        file = weights.folder(settings.models) / FILE
        if not file.is_file():
            raise DetectorUnavailable(
                f"no weights for synthetic faces; put a network at `{FILE}` in the folder of weights, or declare AI use"
            )
        import onnxruntime

        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        try:
            row = json.loads(file.with_suffix(".json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise WeightsError(f"`{FILE}` has no calibration that can be read beside it: {error}") from error
        if not isinstance(row, dict) or row.get("sha256") != digest:
            raise WeightsError(
                f"the calibration beside `{FILE}` is for another file; fit it for sha256 {digest[:12]}..."
            )
        self._calibration = calibration.parse(row)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings.threads
        # what is no network raises one of onnxruntime's many errors; the pipeline then says "could not be loaded"
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._used = (f"synthetic-face@sha256:{digest}",)

    def used_weights(self) -> tuple[str, ...]:
        return self._used

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        import numpy as np

        assert self._session is not None and self._calibration is not None
        seen = [o for o in prior if o.kind == "face" and o.data]
        faces = [o for o in seen if o.value["size"] >= LEAST_SIZE]
        for i, face in enumerate(faces):
            crops = np.stack(face.data["crops"]).astype(np.float32).transpose(0, 3, 1, 2) / 255.0
            scores = np.asarray(self._session.run(None, {self._session.get_inputs()[0].name: crops})[0])
            score = float(scores.reshape(len(crops)).mean())
            yield Observation(
                f"synthetic_face/{i}",
                "synthetic_face",
                {"face": face.id, "score": round(score, 4)},
                confidence=self._calibration.probability(score, PRIOR),
                strength=Strength.ESTIMATED,
                segment=face.segment,
                box=face.box,
            )
        if len(faces) < len(seen):
            raise Incomplete(f"{len(seen) - len(faces)} faces are too small to judge")
