"""Open one media file: probe its container, decode its frames and samples once for all who look.

Input: a path. Output: `Media`. Everything is on one timeline in seconds, 0 at the first presented frame (at
the first sample where there is no picture). Decoded frames are kept as JPEG (quality 95, shortest side at most
720) in memory and, past 128 MiB, in an unnamed temporary file, so an hour of 1080p stays small.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .errors import MediaError
from .types import Segment

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

SHORT_SIDE = 720
"""Frames are scaled down, never up, to this shortest side in pixels."""
RATE_HZ = 16_000
"""Samples are mono float32 at this rate."""
THUMBNAIL = (64, 36)
"""Width and height of the grey thumbnails from which shots are found."""
THUMBNAIL_HZ = 12.5
JPEG_QUALITY = 95
MAX_DURATION_S = 4 * 3600.0
"""Nothing past this time is decoded; the runs are then incomplete."""
MEMORY_BYTES = 128 * 2**20

# Demuxers for media files; playlists and scripts (hls, concat, ...) could reach other files and hosts.
DEMUXERS = (
    "mov,matroska,avi,flv,mpegts,mpeg,mp3,wav,w64,flac,ogg,aac,aiff,caf,amr,asf,gif,apng,image2,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe,jpegxl_pipe"
)


@dataclass(frozen=True, slots=True)
class VideoStream:
    """The picture, as displayed: after rotation and pixel aspect."""

    codec: str
    width: int
    height: int
    rotation_deg: int
    """Clockwise turn that was applied: 0, 90, 180 or 270."""
    frame_rate_hz: float
    """Average; the true times come from each frame's pts."""


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
        self._decoded: _Decoded | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: str | Path) -> Media:
        """Probe `path`.

        Raises:
            MediaError: It does not exist, is not media, or has neither picture nor sound.
        """
        import av

        path = Path(path)
        if not path.is_file():
            raise MediaError(f"`{path}` is not a file" if path.exists() else f"`{path}` does not exist")
        if path.stat().st_size == 0:
            raise MediaError(f"`{path}` is empty")
        try:
            with _open_container(path) as container:
                return cls._probe(path, container)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise MediaError(f"`{path}` cannot be opened as media: {_reason(error)}") from error

    @classmethod
    def _probe(cls, path: Path, container: av.container.InputContainer) -> Media:
        name = container.format.name.split(",")[0]
        if name == "mov":
            name = "mov" if path.suffix.lower() in (".mov", ".qt") else "mp4"
        duration_s = float(container.duration) / 1_000_000 if container.duration else 0.0
        media = cls(path, name, max(0.0, duration_s))
        if (stream := _picture(container)) is not None:
            media.is_image = name.endswith("_pipe") or name == "image2"
            media.video = _video_stream(stream)
        if container.streams.audio and (codec := container.streams.audio[0].codec_context) is not None:
            media.audio = AudioStream(codec.name, codec.sample_rate or 0, codec.channels or 0)
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
        with self._lock:
            if self._decoded is None:
                self._decoded = _decode(
                    self, frames_hz if self.video else 0.0, audio and self.audio is not None, threads
                )

    def frames(self, rate_hz: float) -> Iterator[Frame]:
        """Frames at about `rate_hz`, in order; at most the rate that was decoded."""
        decoded = self._ready(frames_hz=rate_hz)
        due = [i for i, t in enumerate(decoded.times_s) if i == 0 or _crosses(decoded.times_s[i - 1], t, rate_hz)]
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
        with _open_container(self.path) as container:
            picture = _picture(container)
            picture.thread_type = "AUTO"
            watch = _Watcher(self, _Decoded(), 0.0)
            watch.start_s = zero_s
            if segment.start_s > 0:
                container.seek(int((zero_s + segment.start_s) / picture.time_base), stream=picture)
            index = 0
            try:
                for frame in container.decode(picture):
                    if frame.pts is None or (time_s := float(frame.pts * frame.time_base) - zero_s) < segment.start_s:
                        continue
                    if time_s >= segment.end_s:
                        break
                    image = watch._upright(frame)[:, :, ::-1]
                    yield Frame(index, max(0.0, time_s), max(0.0, time_s) + watch._duration_s(frame), image)
                    index += 1
            except av.error.FFmpegError as error:
                logger.debug("window not decoded to its end: %s", error)

    def samples(self) -> NDArray[np.float32]:
        """(n,) mono at 16 kHz in [-1, 1], sample 0 at time 0; empty when there is no sound."""
        return self._ready().samples

    def _ready(self, frames_hz: float = 2.0) -> _Decoded:
        if self._decoded is None:
            self.decode(frames_hz=frames_hz)
        assert self._decoded is not None
        return self._decoded

    def close(self) -> None:
        if self._decoded is not None:
            self._decoded.file.close()

    def __enter__(self) -> Media:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Decoded:
    """What one pass kept."""

    def __init__(self) -> None:
        import numpy as np

        self.times_s: list[float] = []
        self.spans: list[tuple[int, int]] = []
        self.file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 (closed by Media.close)
        self.thumbnail_times_s: NDArray[np.float64] = np.empty(0)
        self.thumbnails: NDArray[np.uint8] = np.empty((0, THUMBNAIL[1], THUMBNAIL[0]), np.uint8)
        self.samples: NDArray[np.float32] = np.empty(0, np.float32)
        self.zero_s = 0.0
        """Container time of the first frame."""
        self.lock = threading.Lock()

    def keep(self, time_s: float, bgr: NDArray[np.uint8]) -> None:
        import cv2

        data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
        self.times_s.append(time_s)
        self.spans.append((self.file.tell(), len(data)))
        self.file.write(data)

    def image(self, i: int) -> NDArray[np.uint8]:
        import cv2
        import numpy as np

        start, size = self.spans[i]
        with self.lock:
            self.file.seek(start)
            data = self.file.read(size)
        image: NDArray[np.uint8] = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)  # type: ignore[assignment]
        return image


def _open_container(path: Path) -> av.container.InputContainer:
    import av

    return av.open(f"file:{path}", options={"protocol_whitelist": "file", "format_whitelist": DEMUXERS})


def _picture(container: av.container.InputContainer) -> Any:
    """The first video stream that is not a cover picture and can be decoded."""
    import av

    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def _video_stream(stream: Any) -> VideoStream:
    width, height = stream.codec_context.width, stream.codec_context.height
    rotation = _rotation_deg(stream)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width = round(width * aspect) if aspect > 0 else width
    if rotation in (90, 270):
        width, height = height, width
    rate = stream.average_rate or stream.guessed_rate or Fraction(0)
    return VideoStream(stream.codec_context.name, width, height, rotation, float(rate))


def _rotation_deg(stream: Any) -> int:
    """Clockwise turn that the display matrix of the first decodable frame asks for."""
    import av

    try:
        for attempt, packet in enumerate(stream.container.demux(stream)):
            for frame in packet.decode():
                return int(round(-frame.rotation / 90) * 90 % 360)
            if attempt > 100:
                break
    except av.error.FFmpegError as error:
        logger.debug("no rotation: %s", error)
    return 0


def _crosses(before_s: float, now_s: float, rate_hz: float) -> bool:
    """Whether a tick of a clock of `rate_hz` lies in (before, now]."""
    return int(now_s * rate_hz + 1e-6) > int(before_s * rate_hz + 1e-6)


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "strerror", None) or error)
    return text[:1].lower() + text[1:]


def _decode(media: Media, frames_hz: float, audio: bool, threads: int) -> _Decoded:
    """The one pass over the file."""
    import av

    kept = _Decoded()
    with _open_container(media.path) as container:
        picture = _picture(container) if media.video is not None else None
        sound = container.streams.audio[0] if audio else None
        wanted = [stream for stream in (picture, sound) if stream is not None]
        if picture is not None:
            picture.thread_type = "AUTO"
            picture.codec_context.thread_count = threads
        watch, listen = _Watcher(media, kept, frames_hz), _Listener(media)
        try:
            for packet in container.demux(wanted):
                try:
                    frames = packet.decode()
                except av.error.FFmpegError as error:
                    media.decode_errors += 1
                    logger.debug("packet of stream %d not decoded: %s", packet.stream_index, error)
                    continue
                for frame in frames:
                    (watch if packet.stream is picture else listen).take(frame)
                if max(watch.now_s, listen.now_s) > MAX_DURATION_S:
                    media.limit = f"only the first {MAX_DURATION_S / 3600:g} hours were looked at"
                    break
        except av.error.FFmpegError as error:
            media.decode_errors += 1
            logger.debug("demuxing ended: %s", error)
    watch.finish()
    kept.zero_s = watch.start_s or 0.0
    kept.samples = listen.samples(watch.start_s)
    _check(media, kept, watch, listen)
    return kept


class _Watcher:
    """Keeps frames at the asked rate and thumbnails."""

    def __init__(self, media: Media, kept: _Decoded, rate_hz: float) -> None:
        self.media, self.kept, self.rate_hz = media, kept, rate_hz
        self.start_s: float | None = None
        self.now_s = 0.0
        self.end_s = 0.0
        self.frames = 0
        self._last_s = self._last_thumbnail_s = -1.0
        self._times_s: list[float] = []
        self._thumbnails: list[Any] = []

    def take(self, frame: Any) -> None:
        time_s = float(frame.pts * frame.time_base) if frame.pts is not None else self.end_s + (self.start_s or 0.0)
        if self.start_s is None:
            self.start_s = time_s
        self.now_s = max(0.0, time_s - self.start_s)
        self.end_s = max(self.end_s, self.now_s + self._duration_s(frame))
        self.frames += 1
        if _crosses(self._last_thumbnail_s, self.now_s, THUMBNAIL_HZ):
            self._last_thumbnail_s = self.now_s
            self._times_s.append(self.now_s)
            small = frame.reformat(*THUMBNAIL, format="gray8", interpolation="AREA")
            self._thumbnails.append(small.to_ndarray())
        if self.rate_hz and _crosses(self._last_s, self.now_s, self.rate_hz):
            self._last_s = self.now_s
            self.kept.keep(self.now_s, self._upright(frame))

    def _duration_s(self, frame: Any) -> float:
        if frame.duration and frame.time_base:
            return float(frame.duration * frame.time_base)
        rate = self.media.video.frame_rate_hz if self.media.video else 0.0
        return 1.0 / rate if rate else 0.0

    def _upright(self, frame: Any) -> Any:
        """(h, w, 3) BGR as displayed, shortest side at most 720."""
        import numpy as np

        assert self.media.video is not None
        width, height, turn = self.media.video.width, self.media.video.height, self.media.video.rotation_deg
        scale = min(1.0, SHORT_SIDE / max(1, min(width, height)))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if turn in (90, 270):
            size = size[1], size[0]
        image = frame.to_ndarray(format="bgr24", width=size[0], height=size[1], interpolation="AREA")
        return np.ascontiguousarray(np.rot90(image, -turn // 90)) if turn else image

    def finish(self) -> None:
        import numpy as np

        if self._thumbnails:
            self.kept.thumbnail_times_s = np.array(self._times_s)
            self.kept.thumbnails = np.stack(self._thumbnails)


class _Listener:
    """Gathers samples, mono at 16 kHz, at their place on the timeline."""

    def __init__(self, media: Media) -> None:
        import av

        self.media = media
        self.now_s = 0.0
        self.start_s: float | None = None
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
        self._chunks: list[Any] = []
        self._count = 0

    def take(self, frame: Any) -> None:
        if self.start_s is None:
            self.start_s = float(frame.pts * frame.time_base) if frame.pts is not None else 0.0
        for part in self._resampler.resample(frame):
            self._chunks.append(part.to_ndarray()[0])
            self._count += len(self._chunks[-1])
        self.now_s = self._count / RATE_HZ

    def samples(self, zero_s: float | None) -> Any:
        """(n,) float32, shifted so that sample 0 is at the picture's first frame."""
        import numpy as np

        if not self._chunks:
            return np.empty(0, np.float32)
        self._chunks += [part.to_ndarray()[0] for part in self._resampler.resample(None)]
        samples = np.concatenate(self._chunks).astype(np.float32) / 32768.0
        late = round(((self.start_s or 0.0) - (zero_s if zero_s is not None else self.start_s or 0.0)) * RATE_HZ)
        return np.pad(samples, (min(late, 60 * RATE_HZ), 0)) if late > 0 else samples[-late:]


def _check(media: Media, kept: _Decoded, watch: _Watcher, listen: _Listener) -> None:
    """Complete the duration, and refuse a file of which nothing or only a part came out."""
    end_s = max(watch.end_s, len(kept.samples) / RATE_HZ)
    if media.video is not None and not watch.frames:
        raise MediaError(f"`{media.path}`: no frame of the picture could be decoded")
    if media.audio is not None and media.video is None and not len(kept.samples):
        raise MediaError(f"`{media.path}`: no sample of the sound could be decoded")
    if media.is_image:
        return
    if not media.limit and media.duration_s - end_s > max(1.0, 0.1 * media.duration_s):
        raise MediaError(
            f"`{media.path}` is truncated: {end_s:.1f} of {media.duration_s:.1f} seconds could be decoded; "
            "get the whole file"
        )
    media.duration_s = end_s
    if media.decode_errors and not media.limit:
        media.limit = f"{media.decode_errors} packets could not be decoded"
