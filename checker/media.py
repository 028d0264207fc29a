"""Open one media file: probe its container, decode its frames and samples once for all who look.

Input: a path. Output: `Media`. Everything is on one timeline in seconds, 0 at the first presented frame (at
the first sample where there is no picture, or where the sound leads by more than half a second).
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from .container import DEMUXERS, MAX_SIDE, VideoStream, open_container, picture_of, pictures, video_stream
from .decode import RATE_HZ, SHORT_SIDE, Decoded, Scaler, crosses, decode, duration_s, upright
from .errors import MediaError
from .types import Segment

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DEMUXERS", "RATE_HZ", "SHORT_SIDE", "AudioStream", "Frame", "Media", "VideoStream"]

logger = logging.getLogger(__name__)

FROM_ZERO = ("matroska", "flv")
"""Containers that count their duration from 0, not from the first frame."""
ESTIMATED = ("mp3", "aac", "amr", "mpeg")
"""Containers without an index, whose duration is an estimate: less than it is no proof of truncation."""


@dataclass(frozen=True, slots=True)
class AudioStream:
    """The sound, as stored."""

    codec: str
    rate_hz: int
    channels: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One sampled frame."""

    index: int
    """Position among the sampled frames."""
    time_s: float
    end_s: float
    """Time of the next sampled frame, or the end of the file."""
    image: NDArray[np.uint8]
    """(height, width, 3) RGB, displayed orientation, shortest side at most 720."""


class Media:
    """One opened file. Use as a context manager; `open` raises before anything is decoded."""

    def __init__(self, path: Path, container: str, duration_s: float) -> None:
        self.path = path
        self.container = container
        self.duration_s = duration_s
        self.video: VideoStream | None = None
        self.audio: AudioStream | None = None
        self.is_image = False
        self.size_bytes = path.stat().st_size
        self.decode_errors = 0
        self.limit = ""
        """What could not be decoded, in words; empty when everything was."""
        self._decoded: Decoded | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: str | Path) -> Media:
        """Probe `path`.

        Raises:
            MediaError: It does not exist, is not media, or has neither picture nor sound.
        """
        import av

        path = Path(path)
        try:
            if not path.is_file():
                raise MediaError(f"`{path}` is not a file" if path.exists() else f"`{path}` does not exist")
            if path.stat().st_size == 0:
                raise MediaError(f"`{path}` is empty")
            with open_container(path) as container:
                return cls._probe(path, container)
        except (av.error.FFmpegError, OSError, ValueError, OverflowError) as error:
            raise MediaError(f"`{path}` cannot be opened as media: {_reason(error)}") from error

    @classmethod
    def _probe(cls, path: Path, container: av.container.InputContainer) -> Media:
        name = container.format.name.split(",")[0]
        if name == "mov":
            name = "mov" if path.suffix.lower() in (".mov", ".qt") else "mp4"
        duration_s = float(container.duration) / 1_000_000 if container.duration else 0.0
        media = cls(path, name, max(0.0, duration_s))
        if (stream := picture_of(container)) is not None:
            media.is_image = name.endswith("_pipe")
            media.video = video = video_stream(stream)
            if max(video.width, video.height, stream.codec_context.width, stream.codec_context.height) > MAX_SIDE:
                raise MediaError(f"`{path}`: {video.width}x{video.height} is larger than {MAX_SIDE}x{MAX_SIDE}")
            if min(video.width, video.height) <= 0:
                raise MediaError(
                    f"`{path}`: no frame of the picture could be decoded; is it damaged, or larger than "
                    f"{MAX_SIDE}x{MAX_SIDE}?"
                )
        if container.streams.audio and (codec := container.streams.audio[0].codec_context) is not None:
            media.audio = AudioStream(codec.name, codec.sample_rate or 0, codec.channels or 0)
        for what, there, found in (
            ("picture", pictures(container), media.video),
            ("sound", container.streams.audio, media.audio),
        ):
            if there and found is None:  # it would pass for a file without
                raise MediaError(f"`{path}`: there is no decoder for its {what}; convert the file")
        if media.video is None and media.audio is None:
            raise MediaError(f"`{path}` has neither a picture nor a sound stream that can be decoded")
        if media.is_image:
            media.duration_s = 0.0
        return media

    @property
    def kind(self) -> str:
        """``video``, ``image`` or ``audio``."""
        return "audio" if self.video is None else "image" if self.is_image else "video"

    @cached_property
    def sha256(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def decode(self, *, frames_hz: float = 2.0, audio: bool = True, threads: int = 0) -> None:
        """Decode once, keeping frames at `frames_hz` (0: none), thumbnails and samples. Later calls do nothing.

        Raises:
            MediaError: Nothing could be decoded, or the file breaks off.
        """
        import av

        with self._lock:
            if self._decoded is not None:
                return
            hz, sound = frames_hz if self.video else 0.0, audio and self.audio is not None
            try:
                kept = decode(self.path, self.video, hz, sound, threads)
            except (av.error.FFmpegError, OSError) as error:
                raise MediaError(f"`{self.path}` cannot be read any more: {_reason(error)}") from error
            _check(self, kept)
            self._decoded = kept

    def frames(self, rate_hz: float) -> Iterator[Frame]:
        """Frames at about `rate_hz`, in order; at most the rate that was decoded."""
        decoded = self._ready(frames_hz=rate_hz)
        due = [i for i, t in enumerate(decoded.times_s) if i == 0 or crosses(decoded.times_s[i - 1], t, rate_hz)]
        for position, i in enumerate(due):
            end_s = decoded.times_s[due[position + 1]] if position + 1 < len(due) else self.duration_s
            yield Frame(position, decoded.times_s[i], max(end_s, decoded.times_s[i]), decoded.image(i))

    def frame_at(self, time_s: float) -> Frame:
        """The last sampled frame at or before `time_s`."""
        decoded = self._ready()
        i = max((i for i, t in enumerate(decoded.times_s) if t <= time_s + 1e-6), default=0)
        end_s = decoded.times_s[i + 1] if i + 1 < len(decoded.times_s) else self.duration_s
        return Frame(i, decoded.times_s[i], max(end_s, decoded.times_s[i]), decoded.image(i))

    def thumbnails(self) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Times (n,) in seconds and grey thumbnails (n, 36, 64), at most 12.5 a second."""
        decoded = self._ready()
        return decoded.thumbnail_times_s, decoded.thumbnails

    def window(self, segment: Segment) -> Iterator[Frame]:
        """Every frame that begins in `segment`, decoded anew: for short windows where sampled frames are too coarse."""
        import av

        zero_s = self._ready().zero_s
        if self.video is None:
            return
        with open_container(self.path) as container:
            picture, scaler = picture_of(container, threads=0), Scaler(self.video)
            frame_s = 1.0 / self.video.frame_rate_hz if self.video.frame_rate_hz > 0 else 0.0
            if segment.start_s > 0:
                container.seek(int((zero_s + segment.start_s) / picture.time_base), stream=picture)
            index = 0
            try:
                for frame in container.decode(picture):
                    if frame.pts is None or (time_s := float(frame.pts * frame.time_base) - zero_s) < segment.start_s:
                        continue
                    if time_s >= segment.end_s:
                        break
                    image = upright(scaler.i420(frame), self.video.rotation_deg)
                    yield Frame(index, max(0.0, time_s), max(0.0, time_s) + duration_s(frame, frame_s), image)
                    index += 1
            except av.error.FFmpegError as error:
                logger.debug("window not decoded to its end: %s", error)

    def samples(self) -> NDArray[np.float32]:
        """(n,) mono at 16 kHz in [-1, 1], sample 0 at time 0; empty when there is no sound."""
        return self._ready().samples

    def _ready(self, frames_hz: float = 2.0) -> Decoded:
        if self._decoded is None:
            self.decode(frames_hz=frames_hz)
        assert self._decoded is not None
        return self._decoded

    def close(self) -> None:
        if self._decoded is not None:
            self._decoded.close()

    def __enter__(self) -> Media:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "strerror", None) or error)
    return text[:1].lower() + text[1:]


def _check(media: Media, kept: Decoded) -> None:
    """Complete the duration, and refuse a file of which nothing or only a part came out."""
    if media.video is not None and not kept.frames:
        raise MediaError(
            f"`{media.path}`: no frame of the picture could be decoded; is it damaged, or larger than 8192x8192?"
        )
    if media.audio is not None and kept.heard and not len(kept.samples):
        raise MediaError(f"`{media.path}`: no sample of the sound could be decoded")
    if media.is_image:
        return
    start_s = max(0.0, kept.zero_s) if media.container in FROM_ZERO else 0.0
    missing_s = media.duration_s - start_s - kept.end_s
    if not kept.limit and not kept.short and missing_s > max(1.0, 0.1 * media.duration_s):
        kept.short = f"{kept.end_s:.1f} of {media.duration_s:.1f} seconds could be decoded"
    if kept.short and media.container in ESTIMATED:
        kept.limit = kept.short
    elif kept.short:
        raise MediaError(f"`{media.path}` is truncated: {kept.short}; get the whole file")
    media.duration_s = kept.end_s
    media.decode_errors = kept.errors
    media.limit = kept.limit or (f"{kept.errors} packets could not be decoded" if kept.errors else "")
