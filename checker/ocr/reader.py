"""PP-OCRv6 small (Chinese, English and other Latin script) by rapidocr, from the ONNX files in its wheel.

Finding lines is the dear part (0.19 CPU seconds for a 720x1280 frame scaled to 320), reading one costs a tenth of that;
so they are two calls.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DetectorUnavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILES = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text that was found, in pixels of the frame."""

    corners: NDArray[np.float32]
    """(4, 2) x and y, clockwise from the top left."""

    @property
    def rect(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 around the corners."""
        low, high = self.corners.min(axis=0), self.corners.max(axis=0)
        return int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1


class Reader:
    """The two networks, loaded once."""

    def __init__(self, threads: int, side: int) -> None:
        """Frames are scaled so that their shortest side has `side` pixels before lines are looked for."""
        spec = importlib.util.find_spec("rapidocr")
        if spec is None or not spec.submodule_search_locations:
            raise DetectorUnavailable("package `rapidocr` not found; run `pip install rapidocr`")
        folder = Path(spec.submodule_search_locations[0]) / "models"
        if missing := [name for name in FILES.values() if not (folder / name).is_file()]:
            # rapidocr would download them in silence
            raise DetectorUnavailable(f"`{missing[0]}` is not in this `rapidocr`; run `pip install rapidocr==3.10.0`")
        from rapidocr import RapidOCR

        params: dict[str, Any] = {f"{part}.model_path": str(folder / name) for part, name in FILES.items()}
        params |= {
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Det.limit_side_len": side,
        }
        self.side = side
        self._ocr: Any = RapidOCR(params=params)
        self._find: Any = self._ocr._load_det_model()
        self._read: Any = self._ocr._load_rec_model()
        for part, network in (("Det", self._find), ("Rec", self._read)):
            network.session.session = _session(folder / FILES[part], threads)

    def find(self, image: NDArray[np.uint8], scale: float) -> list[Line]:
        """Lines of text in an (h, w, 3) RGB picture, looked for in the picture scaled by `scale`."""
        import cv2
        import numpy as np

        small = image
        if scale < 1:
            size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        # the network takes sides that are multiples of 32; padding keeps the proportions, stretching would not
        padded = np.pad(small, ((0, -small.shape[0] % 32), (0, -small.shape[1] % 32), (0, 0)), mode="edge")
        self._find.limit_side_len = min(padded.shape[:2])
        found = self._find(np.ascontiguousarray(padded[:, :, ::-1]))
        if found.boxes is None:
            return []
        ratio = np.array([image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]], np.float32)
        limit = np.array([image.shape[1] - 1, image.shape[0] - 1], np.float32)
        return [Line(np.minimum(corners.astype(np.float32) * ratio, limit)) for corners in found.boxes]

    def read(self, image: NDArray[np.uint8], lines: Sequence[Line]) -> list[tuple[str, float]]:
        """Text and raw score of each line."""
        import numpy as np
        from rapidocr.ch_ppocr_rec import TextRecInput

        if not lines:
            return []
        bgr = np.ascontiguousarray(image[:, :, ::-1])
        crops = self._ocr.crop_text_regions(bgr, [line.corners for line in lines])
        read = self._read(TextRecInput(img=crops, return_word_box=False))
        return [(text.strip(), float(score)) for text, score in zip(read.txts, read.scores, strict=True)]


def _session(path: Path, threads: int) -> Any:
    """A session whose threads sleep while they wait: by default they spin, and slow the detectors beside this one."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
