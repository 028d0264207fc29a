"""A face for tests: the astronaut of the samples (NASA, public domain)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from checker.media import Media

CLIP = Path(__file__).parents[1] / "samples" / "figure-endorses" / "clip.mp4"


@cache
def portrait() -> NDArray[np.uint8]:
    """(640, 360, 3) RGB with one face of about 110 pixels."""
    with Media.open(CLIP) as media:
        return media.frame_at(0.0).image


def scene(width: int = 720, height: int = 1280, *places: tuple[int, int, int]) -> NDArray[np.uint8]:
    """(height, width, 3) RGB: a soft background with the portrait's head pasted at (x, y) with this width."""
    rows = np.linspace(60, 180, height)[:, None] + np.linspace(0, 40, width)[None]
    image = np.repeat(rows[:, :, None], 3, axis=2).astype(np.uint8)
    for x, y, side in places:
        image[y : y + side, x : x + side] = cv2.resize(head(), (side, side), interpolation=cv2.INTER_AREA)
    return image


@cache
def head() -> NDArray[np.uint8]:
    """(n, n, 3) RGB: the portrait's head."""
    from checker.nets.face import Finder

    face = Finder(Path("no-such-folder")).find(portrait())[0]
    x, y, margin = round(face.x), round(face.y), round(0.35 * face.side)
    side = round(face.side) + 2 * margin
    return portrait()[max(0, y - margin) :, max(0, x - margin) :][:side, :side]
