"""Fakes made from real faces: blended with themselves, swapped, reenacted, decoded.

A crop is (192, 192, 3) RGB uint8 with five landmarks (5, 2) in pixels, in dlib's order: outer and inner corner of the
eye on the right of the picture, outer and inner corner of the one on the left, and below the nose. A maker gives the
fake and the share of it, (192, 192) float32 in [0, 1], that is not the original.
Source: self-blended images are those of Shiohara and Yamasaki, arXiv:2204.08376; made with five landmarks, not 81.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 192
Picture = Any
Mask = Any
Rng = np.random.Generator


class Landmarks:
    """dlib's five landmarks of a crop; not to be shared between threads."""

    def __init__(self) -> None:
        import dlib

        from ...nets import packaged

        file = packaged("face_recognition_models", "models/shape_predictor_5_face_landmarks.dat")
        self._predict = dlib.shape_predictor(str(file))

    def __call__(self, crop: Picture) -> NDArray[np.float32]:
        """(5, 2), with the box where `checker.nets.face.crop` puts it."""
        import dlib

        from ...nets.face import CROP_RISE, CROP_SCALE

        side = SIDE / CROP_SCALE
        left, top = round(SIDE / 2 - side / 2), round(SIDE / 2 + CROP_RISE * side - side / 2)
        shape = self._predict(
            np.ascontiguousarray(crop), dlib.rectangle(left, top, left + round(side), top + round(side))
        )
        return np.array([(p.x, p.y) for p in shape.parts()], np.float32)


def _axes(points: NDArray[np.float32]) -> tuple[Any, Any, Any]:
    """Middle between the eyes, the way from the left one to the right one, and as far from there down the face."""
    right, left = points[0:2].mean(0), points[2:4].mean(0)
    across = right - left
    length = max(20.0, float(np.hypot(*across)))
    across = across / max(1e-3, float(np.hypot(*across))) * length
    down = np.array([-across[1], across[0]])
    return (right + left) / 2, across, down


# what a mask may cover: rings of (across, down) in distances between the eyes, from the middle between them
_REGIONS = {
    "face": [
        (-.95, -.25), (-.55, -.62), (0, -.72), (.55, -.62), (.95, -.25), (.92, .55), (.68, 1.25), (.3, 1.62),
        (0, 1.7), (-.3, 1.62), (-.68, 1.25), (-.92, .55),
    ],
    "inner": [
        (-.85, -.25), (-.5, -.4), (0, -.35), (.5, -.4), (.85, -.25), (.8, .5), (.55, 1.1), (.25, 1.4), (0, 1.45),
        (-.25, 1.4), (-.55, 1.1), (-.8, .5),
    ],
    "lower": [
        (-.85, .35), (0, .25), (.85, .35), (.75, 1.0), (.45, 1.5), (0, 1.68), (-.45, 1.5), (-.75, 1.0),
    ],
    "mouth": [
        (-.5, .8), (0, .68), (.5, .8), (.6, 1.08), (.4, 1.35), (0, 1.45), (-.4, 1.35), (-.6, 1.08),
    ],
    "eyes": [
        (-.95, -.2), (-.5, -.42), (0, -.3), (.5, -.42), (.95, -.2), (.85, .3), (0, .2), (-.85, .3),
    ],
}  # fmt: skip
_CHOICE, _SHARE = ("face", "inner", "lower", "mouth", "eyes"), (0.42, 0.28, 0.12, 0.12, 0.06)


def region(points: NDArray[np.float32], rng: Rng, name: str | None = None) -> Mask:
    """(192, 192) in [0, 1]: a part of the face with an uneven, more or less soft edge."""
    name = name or str(rng.choice(_CHOICE, p=_SHARE))
    middle, across, down = _axes(points)
    ring = np.array(_REGIONS[name]) * rng.uniform(0.86, 1.12, (1, 2)) + rng.normal(0, 0.045, (len(_REGIONS[name]), 2))
    pixels = middle + ring[:, :1] * across + ring[:, 1:] * down
    mask = np.zeros((SIDE, SIDE), np.float32)
    hull = cv2.convexHull(pixels.astype(np.int32)) if rng.random() < 0.7 else pixels.astype(np.int32)
    cv2.fillPoly(mask, [hull], 1.0)
    mask = bend(mask, rng, rng.uniform(1, 6))
    if rng.random() < 0.3:
        size = int(rng.integers(2, 8))
        mask = cv2.erode(mask, np.ones((size, size), np.uint8))
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.6, 7.0))
    if rng.random() < 0.4:  # blurred inwards only, so that nothing outside of the hull changes
        mask = np.clip(2 * mask - 1, 0, 1)
    peak = float(mask.max())
    return mask / peak if peak > 0 else mask


def bend(image: Any, rng: Rng, strength: float, smooth: float = 22.0) -> Any:
    """Elastic deformation by about `strength` pixels."""
    shift = cv2.resize(rng.normal(0, 1, (8, 8, 2)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    shift = cv2.GaussianBlur(shift, (0, 0), smooth)
    shift *= strength / max(1e-6, float(np.abs(shift).max()))
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    return cv2.remap(image, xs + shift[..., 0], ys + shift[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def recolour(image: Picture, rng: Rng, strength: float = 1.0) -> Picture:
    """Shift of colour, saturation, lightness and contrast."""
    x = image.astype(np.float32)
    x += rng.uniform(-18, 18, 3).astype(np.float32) * strength
    grey = x.mean(2, keepdims=True)
    x = grey + (x - grey) * (1 + rng.uniform(-0.3, 0.3) * strength)
    x = (x - 110) * (1 + rng.uniform(-0.15, 0.15) * strength) + 110 + rng.uniform(-14, 14) * strength
    return np.clip(x, 0, 255).astype(np.uint8)


def soften(image: Picture, rng: Rng) -> Picture:
    """Detail lost or overdone, as by a network of low resolution and what is meant to hide it."""
    kind = rng.random()
    if kind < 0.45:
        small = int(rng.integers(48, 130))
        how = int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
        up = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.45, 0.45, 0.1]))
        return cv2.resize(cv2.resize(image, (small, small), interpolation=how), (SIDE, SIDE), interpolation=up)
    if kind < 0.65:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2.0))
    if kind < 0.8:
        blurred = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.0))
        return cv2.addWeighted(image, 1 + (amount := rng.uniform(0.4, 1.4)), blurred, -amount, 0)
    if kind < 0.9:
        return cv2.bilateralFilter(image, 5, rng.uniform(15, 45), rng.uniform(3, 8))
    quality = int(rng.integers(20, 70))
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def move(image: Any, rng: Rng, shift: float = 5.0, scale: float = 0.05) -> Any:
    """Moved and scaled a little."""
    size = 1 + rng.uniform(-scale, scale)
    dx, dy = rng.uniform(-shift, shift, 2)
    matrix = np.array([[size, 0, dx + (1 - size) * SIDE / 2], [0, size, dy + (1 - size) * SIDE / 2]])
    return cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def blend(inner: Picture, outer: Picture, mask: Mask) -> Picture:
    """`inner` where the mask is 1."""
    m = mask[..., None]
    return np.clip(inner * m + outer * (1 - m) + 0.5, 0, 255).astype(np.uint8)


def self_blended(real: Picture, points: NDArray[np.float32], rng: Rng) -> tuple[Picture, Mask]:
    """A face blended with a changed copy of itself: only the change and the seam tell."""
    mask = region(points, rng) * rng.choice([0.6, 0.8, 1, 1, 1, 1])
    changed, kept = real, real
    inner_changes = rng.random() < 0.75
    other = recolour(changed if inner_changes else kept, rng)
    if rng.random() < 0.7:
        other = soften(other, rng)
    changed, kept = (other, kept) if inner_changes else (changed, other)
    if rng.random() < 0.8:
        changed = bend(move(changed, rng), rng, rng.uniform(0.5, 3))
    return blend(changed, kept, mask), mask


def swapped(
    real: Picture, points: NDArray[np.float32], donor: Picture, donor_points: NDArray[np.float32], rng: Rng
) -> tuple[Picture, Mask]:
    """The inner face of somebody else, warped and coloured to fit, at the resolution that swapping networks have."""
    matrix, _ = cv2.estimateAffine2D(donor_points, points)
    if matrix is None or not 0.4 < abs(float(np.linalg.det(matrix[:, :2]))) < 2.5 or rng.random() < 0.3:
        matrix, _ = cv2.estimateAffinePartial2D(donor_points, points)
    if matrix is None:
        return self_blended(real, points, rng)
    face = cv2.warpAffine(donor, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    mask = region(points, rng, str(rng.choice(["face", "inner"])))
    if rng.random() < 0.85:
        face = _match(face, real, mask, rng.uniform(0.6, 1.0))
    if rng.random() < 0.75:
        face = soften(face, rng)
    if rng.random() < 0.3:
        whole = np.where(mask > 0.5, 255, 0).astype(np.uint8)
        x, y, w, h = cv2.boundingRect(whole)
        if w > 20 and h > 20 and x > 1 and y > 1 and x + w < SIDE - 1 and y + h < SIDE - 1:
            centre = (x + w // 2, y + h // 2)
            return cv2.seamlessClone(face, real, whole, centre, cv2.NORMAL_CLONE), mask
    return blend(face, real, mask), mask


def _match(face: Picture, real: Picture, mask: Mask, strength: float) -> Picture:
    """Mean and spread of colour inside the mask made those of `real`."""
    a, b = cv2.cvtColor(face, cv2.COLOR_RGB2LAB), cv2.cvtColor(real, cv2.COLOR_RGB2LAB)
    inside = mask > 0.5
    if not inside.any():
        return face
    x = a.astype(np.float32)
    for i in range(3):
        mean, spread = a[inside, i].mean(), a[inside, i].std() + 1e-3
        gain = np.clip((b[inside, i].std() + 1e-3) / spread, 0.6, 1.6)
        x[..., i] += strength * ((a[..., i] - mean) * gain + b[inside, i].mean() - x[..., i])
    return cv2.cvtColor(np.clip(x, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)


def reenacted(real: Picture, points: NDArray[np.float32], rng: Rng) -> tuple[Picture, Mask]:
    """Mouth, eyes or the whole face moved by a smooth warp and drawn anew, a little too softly."""
    name = str(rng.choice(["mouth", "lower", "inner", "eyes"], p=[0.35, 0.25, 0.3, 0.1]))
    mask = region(points, rng, name)
    middle, _, down = _axes(points)
    ys, xs = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    length = float(np.hypot(*down))
    dx, dy = np.zeros_like(xs), np.zeros_like(ys)
    for _ in range(int(rng.integers(1, 4))):
        spot = middle + down * rng.uniform(0.7, 1.3) + rng.normal(0, 0.25 * length, 2)
        if name == "eyes":
            spot = middle + rng.normal(0, 0.35 * length, 2)
        bell = np.exp(-((xs - spot[0]) ** 2 + (ys - spot[1]) ** 2) / (2 * (length * rng.uniform(0.15, 0.45)) ** 2))
        push = rng.normal(0, 0.13 * length, 2)
        dx, dy = dx + bell * push[0], dy + bell * push[1]
    moved = cv2.remap(
        real,
        (xs + dx).astype(np.float32),
        (ys + dy).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    if rng.random() < 0.75:
        moved = soften(moved, rng)
    if rng.random() < 0.3:
        moved = recolour(moved, rng, 0.5)
    return blend(moved, real, mask), mask


def nearest(shapes: NDArray[np.float32], i: int, rng: Rng, among: int = 12) -> int:
    """Another face, of those with landmarks (n, 5, 2), that is held much as face `i` is."""
    middles = shapes - shapes.mean(axis=1, keepdims=True)
    far = np.abs(middles - middles[i]).sum(axis=(1, 2))
    far[i] = np.inf
    return int(rng.choice(np.argsort(far)[: min(among, len(shapes) - 1)]))
