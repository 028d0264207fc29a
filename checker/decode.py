"""One pass over an open container: frames at a rate, thumbnails and samples, on one timeline.

The timeline begins at the first presented frame, or at the sound where that leads by more than half a second or
there is no picture. Frames are kept scaled to a shortest side of 720 at most: the first 192 MiB as YUV 4:2:0, the
rest as JPEG in memory and, past 64 MiB, in an unnamed temporary file, so that an hour of 1080p stays small.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .container import VideoStream, open_container, picture_of

if TYPE_CHECKING:
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
MAX_DURATION_S = 2 * 3600.0
"""Nothing past this time is decoded; the runs are then incomplete."""
RAW_BYTES = 192 * 2**20
JPEG_BYTES = 64 * 2**20
SAMPLES_HELD = 10 * 60 * RATE_HZ
"""Longer sound goes to an unnamed temporary file and is mapped from there."""
LEAD_S = 0.5
"""Sound that begins this much before the picture moves the beginning of the timeline."""
GAP_S = 0.1
"""Larger holes between stretches of sound are filled with silence."""
BACK_S = 1.0
"""Time stamps that jump back by more begin anew: files joined end to end."""


class Decoded:
    """What one pass kept. Reading is safe from several threads."""

    def __init__(self, rotation_deg: int = 0) -> None:
        import numpy as np

        self.times_s: list[float] = []
        self.thumbnail_times_s: NDArray[np.float64] = np.empty(0)
        self.thumbnails: NDArray[np.uint8] = np.empty((0, THUMBNAIL[1], THUMBNAIL[0]), np.uint8)
        self.samples: NDArray[np.float32] = np.empty(0, np.float32)
        self.zero_s = 0.0
        """Container time of the beginning of the timeline."""
        self.end_s = 0.0
        self.frames = 0
        """Frames that came out of the decoder."""
        self.heard = False
        """Whether the sound was asked for."""
        self.errors = 0
        self.limit = ""
        self.short = ""
        """Which stream broke off, in words."""
        self._rotation_deg = rotation_deg
        self._raw: list[NDArray[np.uint8]] = []
        self._raw_bytes = 0
        self._spans: list[tuple[int, int]] = []
        self._file = tempfile.SpooledTemporaryFile(max_size=JPEG_BYTES)  # noqa: SIM115 (closed by `close`)
        self._lock = threading.Lock()

    def keep(self, time_s: float, i420: NDArray[np.uint8]) -> None:
        """Keep a frame, (h * 3 / 2, w) YUV 4:2:0 before rotation."""
        import cv2

        self.times_s.append(time_s)
        if self._raw_bytes + i420.nbytes <= RAW_BYTES and not self._spans:
            self._raw.append(i420)
            self._raw_bytes += i420.nbytes
            return
        bgr = cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420)
        data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
        self._spans.append((self._file.tell(), len(data)))
        self._file.write(data)

    def image(self, i: int) -> NDArray[np.uint8]:
        """(h, w, 3) RGB as displayed, the caller's own."""
        import cv2
        import numpy as np

        if i < len(self._raw):
            return upright(self._raw[i], self._rotation_deg)
        start, size = self._spans[i - len(self._raw)]
        with self._lock:
            self._file.seek(start)
            data = self._file.read(size)
        return _turned(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), self._rotation_deg)

    def close(self) -> None:
        self._raw.clear()
        self._file.close()


def upright(i420: NDArray[np.uint8], rotation_deg: int) -> NDArray[np.uint8]:
    """(h, w, 3) RGB as displayed, from (h * 3 / 2, w) YUV 4:2:0."""
    import cv2

    return _turned(cv2.cvtColor(i420, cv2.COLOR_YUV2RGB_I420), rotation_deg)


def _turned(rgb: Any, rotation_deg: int) -> NDArray[np.uint8]:
    import cv2

    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    image: NDArray[np.uint8] = cv2.rotate(rgb, turns[rotation_deg]) if rotation_deg else rgb
    return image


class Scaler:
    """Scales and converts the frames of one stream; keeps its conversion between frames."""

    def __init__(self, video: VideoStream) -> None:
        from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

        scale = min(1.0, SHORT_SIDE / max(1, min(video.width, video.height)))
        size = [max(2, round(side * scale / 2) * 2) for side in (video.width, video.height)]
        self._size = size[::-1] if video.rotation_deg in (90, 270) else size
        self._frames, self._thumbnails = VideoReformatter(), VideoReformatter()
        self._colours: dict[str, Any] = {"dst_colorspace": Colorspace.ITU601, "dst_color_range": ColorRange.MPEG}

    def i420(self, frame: Any) -> NDArray[np.uint8]:
        """(h * 3 / 2, w) YUV 4:2:0, limited range, BT.601, not yet rotated."""
        width, height = self._size
        made: Any = self._frames.reformat(
            frame, width, height, "yuv420p", interpolation="AREA", **self._colours
        ).to_ndarray()
        image: NDArray[np.uint8] = made
        return image

    def thumbnail(self, frame: Any) -> NDArray[np.uint8]:
        """(36, 64) grey."""
        made: Any = self._thumbnails.reformat(frame, *THUMBNAIL, "gray8", interpolation="AREA").to_ndarray()
        grey: NDArray[np.uint8] = made
        return grey


def crosses(before_s: float, now_s: float, rate_hz: float) -> bool:
    """Whether a tick of a clock of `rate_hz` lies in (before, now]."""
    return int(now_s * rate_hz + 1e-6) > int(before_s * rate_hz + 1e-6)


def decode(path: Path, video: VideoStream | None, frames_hz: float, audio: bool, threads: int) -> Decoded:
    """The one pass over the file.

    Raises:
        FFmpegError, OSError: It cannot be opened any more.
    """
    import av

    kept = Decoded(video.rotation_deg if video else 0)
    kept.heard = audio
    with open_container(path) as container:
        picture = picture_of(container, threads) if video is not None else None
        sound = container.streams.audio[0] if audio else None
        watch = _Watcher(video, kept, frames_hz) if video is not None else None
        listen = _Listener()
        try:
            for packet in container.demux([stream for stream in (picture, sound) if stream is not None]):
                taker = watch if watch is not None and packet.stream is picture else listen
                for frame in _frames(packet, kept):
                    try:
                        taker.take(frame)
                    except (av.error.FFmpegError, ValueError) as error:
                        kept.errors += 1
                        logger.debug("frame of stream %d not converted: %s", packet.stream_index, error)
                if max(watch.now_s if watch else 0.0, listen.now_s) > MAX_DURATION_S:
                    kept.limit = f"only the first {MAX_DURATION_S / 3600:g} hours were looked at"
                    break
        except av.error.FFmpegError as error:
            kept.errors += 1
            logger.debug("demuxing ended: %s", error)
        _finish(kept, watch, listen)
        if not kept.limit:
            all_s = container.duration / 1_000_000 if container.duration else float("inf")
            kept.short = _short(all_s, picture, sound, watch, listen)
    return kept


def _frames(packet: Any, kept: Decoded) -> list[Any]:
    """The frames of one packet; what cannot be decoded is counted."""
    import av

    try:
        frames: list[Any] = packet.decode()
    except (av.error.FFmpegError, ValueError) as error:
        kept.errors += 1
        logger.debug("packet of stream %d not decoded: %s", packet.stream_index, error)
        return []
    kept.errors += sum(bool(frame.is_corrupt) for frame in frames)
    return frames


def _finish(kept: Decoded, watch: _Watcher | None, listen: _Listener) -> None:
    """Lay picture and sound on one timeline."""
    import numpy as np

    heard_s = listen.start_s
    zero_s = watch.start_s if watch is not None else None
    if zero_s is None:
        zero_s = heard_s or 0.0
    lead_s = zero_s - heard_s if heard_s is not None and zero_s - heard_s > LEAD_S else 0.0
    kept.zero_s = zero_s - lead_s
    kept.times_s = [time_s + lead_s for time_s in kept.times_s]
    if watch is not None:
        kept.frames = watch.frames
        kept.end_s = watch.end_s + lead_s if watch.frames else 0.0
        kept.thumbnail_times_s, kept.thumbnails = watch.thumbnails()
        kept.thumbnail_times_s = kept.thumbnail_times_s + lead_s
    kept.samples = listen.samples(kept.zero_s)
    kept.end_s = max(kept.end_s, len(kept.samples) / RATE_HZ)
    assert np.all(np.diff(kept.times_s) >= 0)


def _short(all_s: float, picture: Any, sound: Any, watch: _Watcher | None, listen: _Listener) -> str:
    """Which stream ended long before it should by its own and the container's word."""
    for name, stream, end_s in (
        ("picture", picture, watch.end_s if watch else 0.0),
        ("sound", sound, listen.now_s),
    ):
        if stream is None or not stream.duration or stream.duration < 0 or not stream.time_base:
            continue
        said_s = min(all_s, float(stream.duration * stream.time_base))
        if said_s - end_s > max(1.0, 0.1 * said_s):
            return f"{end_s:.1f} of {said_s:.1f} seconds of the {name} could be decoded"
    return ""


class _Watcher:
    """Keeps frames at the asked rate and thumbnails; times run from the first frame."""

    def __init__(self, video: VideoStream, kept: Decoded, rate_hz: float) -> None:
        self.start_s: float | None = None
        self.now_s = 0.0
        self.end_s = 0.0
        self.frames = 0
        self._kept, self._rate_hz = kept, rate_hz
        self._scaler = Scaler(video)
        self._frame_s = 1.0 / video.frame_rate_hz if video.frame_rate_hz > 0 else 0.0
        self._last_s = self._last_thumbnail_s = -1.0
        self._jump_s = 0.0
        self._times_s: list[float] = []
        self._thumbnails: list[NDArray[np.uint8]] = []

    def take(self, frame: Any) -> None:
        start_s = self.start_s if self.start_s is not None else 0.0
        stamp_s = float(frame.pts * frame.time_base) if frame.pts is not None else None
        if stamp_s is None:
            stamp_s = start_s + self.end_s - self._jump_s
        if self.start_s is None:
            self.start_s = start_s = stamp_s
        time_s = stamp_s - start_s + self._jump_s
        if time_s < self.now_s - BACK_S:
            self._jump_s += self.end_s - time_s
            time_s = self.end_s
        self.now_s = max(0.0, self.now_s, time_s)
        self.end_s = max(self.end_s, self.now_s + duration_s(frame, self._frame_s))
        self.frames += 1
        if crosses(self._last_thumbnail_s, self.now_s, THUMBNAIL_HZ):
            self._last_thumbnail_s = self.now_s
            self._thumbnails.append(self._scaler.thumbnail(frame))
            self._times_s.append(self.now_s)
        if self._rate_hz and crosses(self._last_s, self.now_s, self._rate_hz):
            self._last_s = self.now_s
            self._kept.keep(self.now_s, self._scaler.i420(frame))

    def thumbnails(self) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Times (n,) and grey thumbnails (n, 36, 64)."""
        import numpy as np

        if not self._thumbnails:
            return np.empty(0), np.empty((0, THUMBNAIL[1], THUMBNAIL[0]), np.uint8)
        return np.array(self._times_s), np.stack(self._thumbnails)


def duration_s(frame: Any, otherwise: float) -> float:
    """How long a frame is shown, by its own word."""
    if frame.duration and frame.duration > 0 and frame.time_base:
        return min(MAX_DURATION_S, float(frame.duration * frame.time_base))
    return otherwise


class _Listener:
    """Gathers samples, mono at 16 kHz, at their place on the container's timeline."""

    def __init__(self) -> None:
        self.start_s: float | None = None
        self._resampler: Any = None
        self._chunks: list[NDArray[np.int16]] = []
        self._held = self._count = 0
        self._file: IO[bytes] | None = None
        self._taken_s = 0.0
        self._jump_s = 0.0

    @property
    def now_s(self) -> float:
        return self._count / RATE_HZ

    def take(self, frame: Any) -> None:
        stamp_s = float(frame.pts * frame.time_base) if frame.pts is not None else None
        if self.start_s is None:
            self.start_s = stamp_s or 0.0
        if stamp_s is not None:
            self._place(stamp_s - self.start_s + self._jump_s)
        self._taken_s += frame.samples / frame.sample_rate if frame.sample_rate else 0.0
        try:
            self._add(frame)
        except ValueError:  # rate or channels changed: finish with the old, begin anew
            self._flush()
            self._add(frame)

    def _place(self, time_s: float) -> None:
        """Fill a hole before a frame that begins at `time_s`; take up time stamps that begin anew."""
        hole_s = time_s - self._taken_s
        if hole_s < -BACK_S:
            self._jump_s -= hole_s
        elif hole_s > GAP_S:
            import numpy as np

            self._flush()
            count = round(min(hole_s, MAX_DURATION_S) * RATE_HZ)
            self._keep(np.zeros(count, np.int16))
            self._taken_s += hole_s

    def _add(self, frame: Any) -> None:
        if self._resampler is None:
            import av

            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
        for part in self._resampler.resample(frame):
            self._keep(part.to_ndarray()[0])

    def _keep(self, chunk: NDArray[np.int16]) -> None:
        self._chunks.append(chunk)
        self._held += len(chunk)
        self._count += len(chunk)
        if self._held > SAMPLES_HELD:
            self._spill()

    def _spill(self) -> None:
        """Write what is held to the file, as float32."""
        import numpy as np

        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the array that is mapped from it)
        for chunk in self._chunks:
            self._file.write((chunk / np.float32(32768)).tobytes())
        self._chunks.clear()
        self._held = 0

    def _flush(self) -> None:
        if self._resampler is not None:
            self._add(None)
            self._resampler = None

    def samples(self, zero_s: float) -> NDArray[np.float32]:
        """(n,) float32, shifted so that sample 0 is at container time `zero_s`; gives the gathered samples away."""
        import numpy as np

        self._flush()
        if not self._count:
            return np.empty(0, np.float32)
        late = round(((self.start_s or 0.0) - zero_s) * RATE_HZ)
        late = min(late, round(MAX_DURATION_S * RATE_HZ))
        if self._file is not None:
            self._spill()
            return _mapped(self._file, late)
        out = np.zeros(max(0, self._count + late), np.float32)
        at = late
        for chunk in self._chunks:
            piece = chunk[max(0, -at) :]
            out[max(0, at) : max(0, at) + len(piece)] = piece
            at += len(chunk)
        self._chunks.clear()
        out /= 32768.0
        return out


def _mapped(file: IO[bytes], late: int) -> NDArray[np.float32]:
    """(n,) the float32 of a file after `late` zeros, or less the first -`late`; writing to it changes no file."""
    import numpy as np

    if late > 0:
        whole = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the array)
        whole.seek(late * 4)  # a hole reads as zeros
        file.seek(0)
        shutil.copyfileobj(file, whole)
        file = whole
    file.flush()
    count = os.fstat(file.fileno()).st_size // 4 + min(late, 0)
    return (
        np.asarray(np.memmap(file, np.float32, "c", max(-late, 0) * 4, (count,)))
        if count > 0
        else np.empty(0, np.float32)
    )
