"""Faces in a picture: find them, cut them out, and turn them into a 128-d embedding.

Finder: dlib's frontal HOG detector (embedded), or YuNet when its weights have been pulled. Embedding: dlib's ResNet
(99.38 % on LFW by its author) after alignment on five points. A box is dlib's: square, from the brows to the chin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import weights
from . import label, packaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDER = "dlib-resnet-v1"
"""Which embedding this is: embeddings of different embedders cannot be compared."""
DIMENSIONS = 128
SHORT_SIDE = 480
"""Pictures are searched at this shortest side in pixels."""
HOG_SIDE = 80
"""Pixels: the smallest box that the HOG detector finds; `python -m tests.bench.faces smallest` has it of a frame."""
HOG_SURE = 0.2
"""HOG score of a face that is one by itself; weaker ones only continue a track that has a sure one.

Of 656 crops of real faces 95 % are found and 92 % sure (`python -m tests.bench.faces finders`).
"""
YUNET_SCORE = 0.7
CROP_SIDE = 192
CROP_SCALE, CROP_RISE = 1.536, 0.092
"""Side of a crop, and how far its centre lies above that of the box, in sides of the box; 1.3 times YuNet's box."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face found in a picture."""

    x: float
    """Left edge of the square box in pixels of the picture that was searched; may lie outside of it."""
    y: float
    side: float
    score: float
    """Raw, of the finder."""

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.side / 2, self.y + self.side / 2

    def overlap(self, other: Face) -> float:
        """Intersection over union."""
        width = min(self.x + self.side, other.x + other.side) - max(self.x, other.x)
        height = min(self.y + self.side, other.y + other.side) - max(self.y, other.y)
        both = max(0.0, width) * max(0.0, height)
        return both / (self.side**2 + other.side**2 - both)


class Finder:
    """Finds faces; not to be shared between threads."""

    def __init__(self, models: Path | None = None) -> None:
        self.weights: tuple[str, ...] = ()
        self._yunet: Any = None
        self._hog: Any = None
        if weights.present("yunet-dynamic", models):
            import cv2

            self._yunet = _quietly(
                lambda: cv2.FaceDetectorYN.create(
                    str(weights.path("yunet-dynamic", models)), "", (320, 320), YUNET_SCORE
                )
            )
            self.weights = (weights.entry("yunet-dynamic").label,)
        else:
            import dlib

            self._hog = dlib.get_frontal_face_detector()

    def sure(self, face: Face) -> bool:
        """Whether a face of this finder is one by itself, rather than in the company of a sure one."""
        return self._yunet is not None or face.score >= HOG_SURE

    @property
    def name(self) -> str:
        return "yunet" if self._yunet is not None else "dlib-hog"

    def find(self, image: NDArray[np.uint8], short_side: int = SHORT_SIDE) -> list[Face]:
        """Faces in an (h, w, 3) RGB picture, the largest first; searched at `short_side`, enlarged twice at most."""
        import cv2

        scale = min(2.0, short_side / min(image.shape[:2]))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)
        found = self._find_yunet(small) if self._yunet is not None else self._find_hog(small)
        faces = [Face(f.x / scale, f.y / scale, f.side / scale, f.score) for f in found]
        return sorted(faces, key=lambda f: (-f.side, f.x, f.y))

    def _find_hog(self, image: Any) -> list[Face]:
        import cv2

        boxes, scores, _ = self._hog.run(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 0, 0.0)
        return [Face(b.left(), b.top(), b.width(), float(s)) for b, s in zip(boxes, scores, strict=True)]

    def _find_yunet(self, image: Any) -> list[Face]:
        import numpy as np

        self._yunet.setInputSize((image.shape[1], image.shape[0]))
        rows = self._yunet.detect(np.ascontiguousarray(image[:, :, ::-1]))[1]
        return [] if rows is None else [_square(row) for row in rows]


def _square(row: NDArray[np.float32]) -> Face:
    """dlib's box of a face from a row of YuNet's answer: x, y, width, height, five landmarks, score.

    Source: medians over crops of real, named people in which both find a face; `python -m tests.bench.faces finders`
    shows how the two compare.
    """
    x, y, width, height, score = (float(row[i]) for i in (0, 1, 2, 3, 14))
    side = 1.157 * width
    return Face(x + width / 2 - side / 2, y + height / 2 + 0.081 * width - side / 2, side, score)


class Embedder:
    """Aligns and embeds faces; not to be shared between threads."""

    def __init__(self) -> None:
        import dlib

        landmarks = packaged("face_recognition_models", "models/shape_predictor_5_face_landmarks.dat")
        network = packaged("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat")
        self._landmarks = dlib.shape_predictor(str(landmarks))
        self._network = dlib.face_recognition_model_v1(str(network))
        self.weights = (label(EMBEDDER, network), label("dlib-landmarks-5", landmarks))

    def embed(self, images: Sequence[NDArray[np.uint8]], faces: Sequence[Face]) -> NDArray[np.float32]:
        """(n, 128): one embedding for each face in its (h, w, 3) RGB picture."""
        import dlib
        import numpy as np

        rows = np.empty((len(faces), DIMENSIONS), np.float32)
        for i, (image, face) in enumerate(zip(images, faces, strict=True)):
            left, top = round(face.x), round(face.y)
            box = dlib.rectangle(left, top, left + round(face.side), top + round(face.side))
            image = np.ascontiguousarray(image)
            rows[i] = self._network.compute_face_descriptor(image, self._landmarks(image, box))
        return rows


def cut(image: NDArray[np.uint8], face: Face) -> tuple[NDArray[np.uint8], Face]:
    """A copy of what surrounds a face, scaled down to a box of at most 192 pixels, and where the face is in it."""
    import cv2

    margin = 0.6 * face.side
    left, top = max(0, round(face.x - margin)), max(0, round(face.y - margin))
    part = image[top : round(face.y + face.side + margin), left : round(face.x + face.side + margin)]
    scale = min(1.0, CROP_SIDE / face.side)
    patch = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else part.copy()
    return patch, Face((face.x - left) * scale, (face.y - top) * scale, face.side * scale, face.score)


def crop(image: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
    """(192, 192, 3) RGB around a face; what lies outside the picture repeats its edge."""
    import cv2
    import numpy as np

    centre_x, centre_y = face.centre
    scale = CROP_SIDE / (CROP_SCALE * face.side)
    shift_x = CROP_SIDE / 2 - scale * centre_x
    shift_y = CROP_SIDE / 2 - scale * (centre_y - CROP_RISE * face.side)
    matrix = np.array([[scale, 0, shift_x], [0, scale, shift_y]])
    if scale < 0.5:  # warping alone would alias
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    cut = cv2.warpAffine(image, matrix, (CROP_SIDE, CROP_SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def sharpness(image: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of an (h, w, 3) RGB picture."""
    import cv2

    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def _quietly(create: Any) -> Any:
    """OpenCV 5 warns that it ignores a target that nobody asked for."""
    import cv2

    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return create()
    finally:
        cv2.utils.logging.setLogLevel(before)
