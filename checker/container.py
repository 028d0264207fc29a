"""Open a container safely and say what its picture is.

Nothing is opened but the file itself: no playlist, no script, no reference to another file or host.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

logger = logging.getLogger(__name__)

MAX_SIDE = 8192
MAX_PIXELS = MAX_SIDE * MAX_SIDE

# Demuxers for media files; playlists and scripts (hls, concat, image2, ...) could reach other files and hosts.
DEMUXERS = (
    "mov,matroska,avi,flv,mpegts,mpeg,mp3,wav,w64,flac,ogg,aac,aiff,caf,amr,asf,gif,apng,"
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


def open_container(path: Path) -> av.container.InputContainer:
    """Open a media file and nothing that it may point to."""
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS, "max_pixels": str(MAX_PIXELS)}
    with path.open("rb") as file:  # a name that ends in .jpg would be taken for a numbered sequence of pictures
        format = "jpeg_pipe" if file.read(3) == b"\xff\xd8\xff" else None
    return av.open(f"file:{path}", format=format, options=options, metadata_errors="replace")


def pictures(container: av.container.InputContainer) -> list[Any]:
    """The video streams that are no cover pictures."""
    import av

    return [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]


def picture_of(container: av.container.InputContainer, threads: int = 1) -> Any:
    """The first video stream that is not a cover picture and can be decoded; None when there is none."""
    for stream in pictures(container):
        if stream.codec_context is not None:
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            stream.codec_context.thread_count = threads
            stream.thread_type = "AUTO"
            return stream
    return None


def first_frame(stream: Any) -> Any:
    """The first frame that can be decoded within 500 packets; None when there is none."""
    import av

    for attempt, packet in enumerate(stream.container.demux(stream)):
        try:
            for frame in packet.decode():
                return frame
        except (av.error.FFmpegError, ValueError) as error:
            logger.debug("no first frame yet: %s", error)
        if attempt > 500:
            break
    return None


def video_stream(stream: Any) -> VideoStream:
    """What is displayed, from the container and the first frame."""
    import av

    context, rotation, frame = stream.codec_context, 0, None
    try:
        frame = first_frame(stream)
    except av.error.FFmpegError as error:
        logger.debug("no first frame: %s", error)
    width, height = context.width, context.height
    if frame is not None:
        rotation = int(round(-frame.rotation / 90) * 90 % 360)
        width, height = width or frame.width, height or frame.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width = round(width * aspect) if aspect > 0 else width
    if rotation in (90, 270):
        width, height = height, width
    rate = stream.average_rate or stream.guessed_rate or Fraction(0)
    return VideoStream(context.name, width, height, rotation, float(rate))
