"""What happens to a picture between camera and viewer, done to real and fake alike so that it cannot tell them apart.

Every function takes and gives (h, w, 3) RGB uint8; random ones take their generator, so that a real face and the fake
made from it can go through the very same treatment.
"""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np

Picture = Any
Rng = np.random.Generator
METHODS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def jpeg(image: Picture, quality: int, kind: str = ".jpg") -> Picture:
    """Through JPEG or, with `.webp`, WebP."""
    flag = cv2.IMWRITE_WEBP_QUALITY if kind == ".webp" else cv2.IMWRITE_JPEG_QUALITY
    return cv2.imdecode(cv2.imencode(kind, image, [flag, quality])[1], cv2.IMREAD_COLOR)


def h264(image: Picture, crf: int, frames: int = 1, preset: str = "veryfast") -> Picture:
    """Through x264; with several frames the last of them, so that it is predicted and not coded by itself."""
    import av

    height, width = (side // 2 * 2 for side in image.shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": str(crf), "preset": preset, "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(frames):
            moved = np.roll(image, (i - frames + 1, 2 * (i - frames + 1)), (0, 1)) if i < frames - 1 else image
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(moved[:height, :width]), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as back:
        back.streams.video[0].thread_type = "NONE"
        last = None
        for frame in back.decode(video=0):
            last = frame
    assert last is not None
    decoded = last.to_ndarray(format="rgb24")
    if decoded.shape != image.shape:
        decoded = cv2.resize(decoded, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return decoded


def resized(image: Picture, factor: float, down: int = cv2.INTER_AREA, up: int = cv2.INTER_LINEAR) -> Picture:
    """Down to `factor` of its size, and up again."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (max(16, round(width * factor)), max(16, round(height * factor))), interpolation=down)
    return cv2.resize(small, (width, height), interpolation=up)


def beauty(image: Picture, strength: float = 1.0) -> Picture:
    """Skin smoothed and lightened as by the filter of an app: a real face still."""
    smooth = cv2.bilateralFilter(image, 7, 20 + 40 * strength, 5)
    smooth = cv2.addWeighted(smooth, 0.5 + 0.4 * strength, image, 0.5 - 0.4 * strength, 4 * strength)
    return smooth


def overlay(image: Picture, rng: Rng) -> Picture:
    """Text, a bar, a sticker or a frame over a part of the picture."""
    image = image.copy()
    height, width = image.shape[:2]
    colour = tuple(int(v) for v in rng.integers(0, 256, 3))
    x, y = int(rng.integers(-20, width)), int(rng.integers(0, height))
    kind = rng.integers(0, 4)
    if kind == 0:
        text = "".join(rng.choice(list("abcdefghik lmnoprstuvwy ABCDEFG 0123456789 #@!"), int(rng.integers(4, 18))))
        cv2.putText(
            image, text, (x - 20, y), int(rng.integers(0, 5)), rng.uniform(0.4, 1.1), colour, int(rng.integers(1, 3))
        )
    elif kind == 1:
        cv2.rectangle(image, (x, y), (x + int(rng.integers(20, 140)), y + int(rng.integers(8, 40))), colour, -1)
    elif kind == 2:
        cv2.circle(image, (x, y), int(rng.integers(6, 30)), colour, int(rng.choice([-1, 2, 3])))
    else:
        points = rng.integers(0, 60, (6, 2)) + np.array([x, y])
        cv2.fillConvexPoly(image, cv2.convexHull(points.astype(np.int32)), colour)
    return image


def tone(image: Picture, rng: Rng) -> Picture:
    """Gamma, contrast, saturation, white balance; now and then grey."""
    x = (image.astype(np.float32) / 255) ** float(np.exp(rng.normal(0, 0.25)))
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    saturation = 0.0 if rng.random() < 0.07 else float(np.exp(rng.normal(0, 0.25)))
    x = grey[..., None] + (x - grey[..., None]) * saturation
    x = x * np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
    middle = x.mean()
    x = (x - middle) * float(np.exp(rng.normal(0, 0.15))) + middle
    return np.clip(x * 255 + 0.5, 0, 255).astype(np.uint8)


def blurred(image: Picture, rng: Rng) -> Picture:
    """Out of focus, or moved."""
    if rng.random() < 0.75:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.4))
    size = int(rng.integers(3, 8))
    kernel = np.zeros((size, size), np.float32)
    if rng.random() < 0.5:
        kernel[size // 2] = 1 / size
    else:
        kernel[np.arange(size), np.arange(size)] = 1 / size
    return cv2.filter2D(image, -1, kernel)


def noisy(image: Picture, rng: Rng) -> Picture:
    """Noise of a sensor, partly in clumps."""
    noise = rng.normal(0, rng.uniform(1, 9), image.shape).astype(np.float32)
    if rng.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 1.8
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def coded(image: Picture, rng: Rng) -> Picture:
    """Through one codec, as part of a larger or smaller picture than this one."""
    side = int(rng.choice([192, 192, 160, 128, 240])) if rng.random() < 0.6 else 192
    x = image if side == image.shape[0] else cv2.resize(image, (side, side), interpolation=int(rng.choice(METHODS[:3])))
    kind = rng.random()
    if kind < 0.62:
        x = h264(x, int(rng.integers(18, 38)), int(rng.choice([1, 3])))
    elif kind < 0.9:
        x = jpeg(x, int(rng.integers(30, 96)))
    else:
        x = jpeg(x, int(rng.integers(35, 95)), ".webp")
    return (
        x if x.shape == image.shape else cv2.resize(x, image.shape[1::-1], interpolation=int(rng.choice(METHODS[:3])))
    )


def degraded(image: Picture, rng: Rng) -> Picture:
    """The whole way, every step of it by chance."""
    if rng.random() < 0.12:
        image = beauty(image, rng.uniform(0.2, 1.0))
    if rng.random() < 0.5:
        image = tone(image, rng)
    if rng.random() < 0.35:
        image = resized(image, rng.uniform(0.4, 0.95), int(rng.choice(METHODS)), int(rng.choice(METHODS[1:])))
    if rng.random() < 0.25:
        image = blurred(image, rng)
    if rng.random() < 0.15:
        image = noisy(image, rng)
    if rng.random() < 0.12:
        image = overlay(image, rng)
    if rng.random() < 0.65:
        image = coded(image, rng)
    if rng.random() < 0.5:
        image = jpeg(image, int(rng.integers(80, 97)))
    return image
