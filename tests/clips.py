"""Clips made in the test: real files through a real encoder, seconds long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Picture = Callable[[float], NDArray[np.uint8]]


def gradient(time_s: float, width: int = 360, height: int = 640) -> NDArray[np.uint8]:
    """(height, width, 3) RGB: a colour ramp that drifts with time."""
    x = np.linspace(0, 255, width)[None, :] + np.zeros((height, 1))
    return np.stack([(x + 40 * time_s) % 256, x[:, ::-1], np.full_like(x, 90)], axis=2).astype(np.uint8)


def tone(seconds: float, rate_hz: int = 48_000, hz: float = 440.0) -> NDArray[np.float32]:
    """(n,) mono sine at half scale."""
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def make_clip(
    path: Path,
    *,
    picture: Picture | None = gradient,
    sound: NDArray[np.float32] | None = None,
    seconds: float = 2.0,
    rate_hz: int = 25,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Encode a clip: H.264/AAC in mp4 and mov, VP9/Opus in webm and mkv. `sound`: (n,) mono at 48 kHz."""
    web = path.suffix in (".webm", ".mkv")
    options = {"movflags": "use_metadata_tags"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(metadata or {})
        video = audio = None
        if picture is not None:
            height, width = picture(0.0).shape[:2]
            video = container.add_stream("libvpx-vp9" if web else "libx264", rate=rate_hz)
            video.width, video.height, video.pix_fmt = width, height, "yuv420p"
            if web:
                video.options = {"deadline": "realtime", "cpu-used": "8"}
        if sound is not None:
            audio = container.add_stream("libopus" if web else "aac", rate=48_000)
        if video is not None and picture is not None:
            for i in range(round(seconds * rate_hz)):
                container.mux(video.encode(av.VideoFrame.from_ndarray(picture(i / rate_hz), format="rgb24")))
            container.mux(video.encode())
        if audio is not None and sound is not None:
            frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, 0
            container.mux(audio.encode(frame))
            container.mux(audio.encode())
    return path
