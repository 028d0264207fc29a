"""Draw a label into the picture, and re-encode a video the way a platform does.

The text is white on an opaque dark ground (contrast 17:1), so that it is legible over any picture. Placed inside the
part that centre crops to 9:16 and to 1:1 keep, where it fits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import MediaError, UsageError
from .media import DEMUXERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont

POSITIONS = ("top", "bottom", "top-left", "top-right", "bottom-left", "bottom-right")
HEIGHT_RATIO = 0.06
"""Of the letters over the shortest side of the frame. GB 45438-2025 5.4 asks for at least 0.05."""
SECONDS = 3.0
"""GB 45438-2025 5.4 asks for at least 2 from the first frame."""
MAX_CHARS = 200
_UNKNOWN = "\uffff"
_FOLDERS = {
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts",),
}
_SHAPED = tuple(chain(range(0x0590, 0x0E00), range(0x0E00, 0x1100), range(0x1780, 0x1800)))

Draw = Callable[["NDArray[np.uint8]", float], "NDArray[np.uint8]"]
"""Takes a frame (height, width, 3) RGB and its time in seconds, gives the frame to encode."""


@dataclass(frozen=True, slots=True)
class Text:
    """A label to be drawn."""

    text: str = "AI-generated"
    position: str = "top"
    seconds: float = SECONDS
    """From the first frame on; infinite for the whole video."""
    height_ratio: float = HEIGHT_RATIO
    font: Path | None = None

    def __post_init__(self) -> None:
        if not self.text.strip() or len(self.text) > MAX_CHARS or not self.text.isprintable():
            raise UsageError(f"`--text` has to be one line of 1 to {MAX_CHARS} printable characters")
        if self.position not in POSITIONS:
            raise UsageError(f"position `{self.position}` does not exist; use {', '.join(POSITIONS)}")


def burn(source: Path, target: Path, text: Text) -> None:
    """Re-encode `source` with the label drawn in; sound packets are copied as they are.

    Raises:
        MediaError: The video cannot be decoded.
        UsageError: No font has the glyphs, or the text does not fit.
    """
    plate: list[Any] = []

    def draw(frame: NDArray[np.uint8], time_s: float) -> NDArray[np.uint8]:
        if time_s >= text.seconds:
            return frame
        if not plate:
            plate.append(_plate(text, frame.shape[1], frame.shape[0]))
        (x, y), image = plate[0]
        frame = frame.copy()
        frame[y : y + image.shape[0], x : x + image.shape[1]] = image
        return frame

    _encode(source, target, draw, copy_sound=True)


def upload(source: Path, target: Path) -> None:
    """Re-encode as an upload pipeline does: no metadata, H.264 with at most 720 lines on the short side, AAC."""
    _encode(source, target, None, short_side=720, copy_sound=False, crf=26)


# --- the drawn label


def find_font(text: str, font: Path | None = None) -> Callable[[float], FreeTypeFont]:
    """A font with every glyph of `text`: the given one, Pillow's own, or the first that is installed.

    Raises:
        UsageError: There is none.
    """
    from PIL import ImageFont, features

    if any(ord(c) in _SHAPED for c in text) and not features.check("raqm"):
        raise UsageError("this script needs text shaping, which this Pillow lacks (raqm); label in another language")
    if font is not None:
        try:
            ImageFont.truetype(str(font), 20)
        except OSError as error:
            raise UsageError(f"font `{font}` cannot be read: {error}") from error
        if missing := _missing(ImageFont.truetype(str(font), 20), text):
            raise UsageError(f"font `{font}` has no glyph for `{missing}`; give another with `--font`")
        return lambda size: ImageFont.truetype(str(font), size)
    if not _missing(ImageFont.load_default(20), text):
        return lambda size: ImageFont.load_default(size)  # type: ignore[return-value]
    for file in _installed():
        try:
            if not _missing(ImageFont.truetype(str(file), 20), text):
                return lambda size: ImageFont.truetype(str(file), size)
        except OSError:
            continue  # a broken font file of the system; the next may do
    raise UsageError(f"no installed font has all glyphs of `{text}`; install one (such as Noto) or give `--font FILE`")


def _installed() -> Iterator[Path]:
    """Font files of the system, upright sans-serif first."""
    folders = [Path(f).expanduser() for f in _FOLDERS.get(sys.platform, _FOLDERS["linux"])]
    files = [
        f for folder in folders if folder.is_dir() for f in folder.rglob("*") if f.suffix in (".ttf", ".ttc", ".otf")
    ]
    slanted = ("italic", "oblique", "mono", "serif", "light", "thin", "condensed", "math")
    yield from sorted(files, key=lambda f: (sum(s in f.stem.casefold() for s in slanted), len(f.stem), str(f)))


def _missing(font: Any, text: str) -> str:
    """The first character without a glyph, that is drawn as the box that stands for any unknown one."""
    box = bytes(font.getmask(_UNKNOWN))
    for c in text:
        if not c.isspace() and bytes(font.getmask(c)) == box:
            return c
    return ""


def _plate(text: Text, width: int, height: int) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    """Place of the top left corner, and the picture of the label (h, w, 3)."""
    import numpy as np
    from PIL import Image, ImageDraw

    make = find_font(text.text, text.font)
    wanted = max(8.0, text.height_ratio * min(width, height))
    size = wanted * 100.0 / _letter_height(make(100.0), text.text)
    font = make(size)
    pad, margin = round(wanted * 0.4), round(min(width, height) * 0.03)
    left, top, right, bottom = _safe(width, height)
    lines = _wrapped(font, text.text, right - left - 2 * (pad + margin))
    if lines is None:  # wider than what every crop keeps: use the whole frame
        left, top, right, bottom = 0, 0, width, height
        lines = _wrapped(font, text.text, width - 2 * (pad + margin))
    if lines is None:
        raise UsageError(f"`{text.text}` does not fit into {width}x{height} at the height that the rules ask for")
    step = round(wanted * 1.7)
    boxes = [font.getbbox(line) for line in lines]
    plate_w = round(max(b[2] - b[0] for b in boxes)) + 2 * pad
    plate_h = round(boxes[-1][3] - boxes[0][1]) + step * (len(lines) - 1) + 2 * pad
    if plate_h > height or plate_w > width:
        raise UsageError(f"`{text.text}` does not fit into {width}x{height} at the height that the rules ask for")
    image = Image.new("RGB", (plate_w, plate_h), (16, 16, 16))
    pen = ImageDraw.Draw(image)
    for i, (line, b) in enumerate(zip(lines, boxes, strict=True)):
        pen.text(((plate_w - (b[2] - b[0])) / 2 - b[0], pad - boxes[0][1] + i * step), line, (255, 255, 255), font)
    x = {"left": left + margin, "right": right - margin - plate_w}.get(text.position.partition("-")[2])
    x = (left + right - plate_w) // 2 if x is None else x
    y = top + margin if text.position.startswith("top") else bottom - margin - plate_h
    place = min(max(0, x), width - plate_w), min(max(0, y), height - plate_h)
    return place, np.asarray(image)


def _letter_height(font: Any, text: str) -> float:
    """Height of the ink of the smallest full letter: capitals, ideographs; where there is none, of the tallest."""
    full = [c for c in text if c.isupper() or (c.isalpha() and not c.islower())]
    heights = [b[3] - b[1] for c in full or text if (b := font.getmask(c).getbbox())]
    return float((min if full else max)(heights, default=70))


def _safe(width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what the centre crops to 9:16 and to 1:1 both keep."""
    keep_w, keep_h = min(width, height, round(height * 9 / 16)), min(height, width)
    return (width - keep_w) // 2, (height - keep_h) // 2, (width + keep_w) // 2, (height + keep_h) // 2


def _wrapped(font: Any, text: str, room: int) -> list[str] | None:
    """The text in at most three lines of this width; None when it does not fit."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if font.getlength(longer) <= room:
            line = longer
            continue
        if not line:
            return None
        lines.append(line)
        line = word
        if font.getlength(line) > room:
            return None
    lines.append(line)
    return lines if len(lines) <= 3 else None


# --- encoding


def _encode(
    source: Path, target: Path, draw: Draw | None, *, copy_sound: bool, short_side: int = 0, crf: int = 18
) -> None:
    import av

    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    try:
        with (
            av.open(f"file:{source}", options=options, metadata_errors="replace") as old,
            av.open(str(target), "w") as new,
        ):
            _transcode(old, new, draw, copy_sound, short_side, crf)
    except av.error.FFmpegError as error:
        raise MediaError(f"`{source}` cannot be re-encoded: {error.strerror}") from error


def _transcode(old: Any, new: Any, draw: Draw | None, copy_sound: bool, short_side: int, crf: int) -> None:
    """One pass: frames through `draw` into a new picture stream, sound copied or as AAC."""
    picture = next((s for s in old.streams.video if s.codec_context is not None), None)
    if picture is None:
        raise MediaError("there is no picture to write a label into")
    picture.thread_type = "AUTO"
    sound = old.streams.audio[0] if old.streams.audio else None
    out: Any = None
    out_sound: Any = None
    start_s = 0.0
    early: list[Any] = []  # sound before the first picture: a container takes no stream after its first packet
    for packet in old.demux([s for s in (picture, sound) if s is not None]):
        if packet.stream is not picture:
            early.append(packet)
        else:
            for frame in packet.decode():
                if out is None:
                    start_s = float((frame.pts or 0) * frame.time_base)
                    out = _picture_stream(new, picture, frame, short_side, crf)
                    out_sound = _sound_stream(new, sound, copy_sound) if sound is not None else None
                new.mux(out.encode(_drawn(frame, draw, out, start_s)))
        while out is not None and early:
            new.mux(_sound(early.pop(0), out_sound, copy_sound))
    if out is None:
        raise MediaError("no frame could be decoded")
    new.mux(out.encode())
    if out_sound is not None and not copy_sound:
        new.mux(out_sound.encode())


def _sound_stream(new: Any, sound: Any, copy: bool) -> Any:
    if copy:
        return new.add_stream_from_template(sound)
    out = new.add_stream("aac", rate=44_100)
    out.bit_rate = 128_000
    return out


def _sound(packet: Any, out: Any, copy: bool) -> list[Any]:
    """What one packet of sound becomes."""
    if not copy:
        return [coded for frame in packet.decode() for coded in out.encode(frame)]
    if packet.dts is None:
        return []
    packet.stream = out
    return [packet]


def _picture_stream(new: Any, picture: Any, frame: Any, short_side: int, crf: int) -> Any:
    """A stream for frames as displayed: turned upright, even sides."""
    width, height = frame.width, frame.height
    if round(frame.rotation / 90) % 2:
        width, height = height, width
    scale = min(1.0, short_side / min(width, height)) if short_side else 1.0
    web = new.format.name in ("webm", "matroska") and picture.codec_context.name in ("vp8", "vp9", "av1")
    out = new.add_stream("libvpx-vp9" if web else "libx264", rate=picture.average_rate or Fraction(25))
    out.width, out.height = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    out.pix_fmt = "yuv420p"
    out.time_base = out.codec_context.time_base = picture.time_base
    out.options = {
        "crf": str(crf),
        **({"b": "0", "deadline": "good", "cpu-used": "5"} if web else {"preset": "medium"}),
    }
    ratio = picture.sample_aspect_ratio
    if ratio and ratio != 1 and not round(frame.rotation / 90) % 2:
        out.codec_context.sample_aspect_ratio = ratio
    return out


def _drawn(frame: Any, draw: Draw | None, out: Any, start_s: float) -> Any:
    """The frame as it is to be encoded, at its own time."""
    import av
    import numpy as np

    turn = round(frame.rotation / 90) % 4
    if draw is None and not turn:
        new = frame.reformat(out.width, out.height, "yuv420p")
    else:
        image = np.rot90(frame.to_ndarray(format="rgb24"), turn)
        if draw is not None:
            image = draw(np.ascontiguousarray(image), float((frame.pts or 0) * frame.time_base) - start_s)
        new = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        new = new.reformat(out.width, out.height, "yuv420p")
    new.pts, new.time_base = frame.pts, frame.time_base
    new.pict_type = av.video.frame.PictureType.NONE
    return new
