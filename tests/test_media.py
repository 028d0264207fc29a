"""Media: containers, timelines, broken and hostile files."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from checker.decode import Decoded
from checker.errors import MediaError
from checker.media import RATE_HZ, Media
from checker.types import Segment

from .clips import gradient, make_clip, tone

QUADRANTS = {"red": (200, 30, 30), "green": (30, 160, 30), "blue": (30, 30, 200), "white": (220, 220, 220)}


def quadrants(time_s: float, width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """Red, green / blue, white: says which way up it is."""
    image = np.zeros((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    for (y, x), colour in zip(((0, 0), (0, w), (h, 0), (h, w)), QUADRANTS.values(), strict=True):
        image[y : y + h + 1, x : x + w + 1] = colour
    return image


def corners(image: NDArray[np.uint8]) -> list[str]:
    """Colour names at top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]
    found = []
    for y, x in ((1, 1), (1, 3), (3, 1), (3, 3)):
        colour = image[height * y // 4, width * x // 4].astype(int)
        found.append(min(QUADRANTS, key=lambda name: int(np.abs(colour - QUADRANTS[name]).sum())))
    return found


def grey(time_s: float, level: int = 120) -> NDArray[np.uint8]:
    return np.full((96, 160, 3), level, np.uint8)


def steps(time_s: float) -> NDArray[np.uint8]:
    """Grey whose level tells the second: 30, 70, 110, ..."""
    return grey(time_s, 30 + 40 * int(time_s))


def noise(time_s: float) -> NDArray[np.uint8]:
    """What compresses badly, so that the file has bytes to lose."""
    return np.random.default_rng(int(time_s * 1000)).integers(0, 255, (96, 160, 3), dtype=np.uint8)


def write_frames(
    path: Path,
    codec: str,
    pix_fmt: str,
    pts: list[int],
    *,
    size: tuple[int, int] = (160, 96),
    sar: tuple[int, int] | None = None,
    time_base: int = 1000,
) -> Path:
    """Quadrant pictures at these pts, in 1 / `time_base` seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = Fraction(1, time_base)
        if sar:
            stream.codec_context.sample_aspect_ratio = Fraction(*sar)
        for stamp in pts:
            frame = av.VideoFrame.from_ndarray(quadrants(0, *size), format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = stamp, Fraction(1, time_base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path, codec: str, format: str, rate_hz: int, seconds: float = 2.0) -> Path:
    """A tone alone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout="mono")
        wave = tone(seconds, rate_hz)
        whole = (wave * 32767).astype(np.int16) if format == "s16" else wave
        frame = av.AudioFrame.from_ndarray(whole[None], format=format, layout="mono")
        frame.sample_rate, frame.pts = rate_hz, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def faststart(path: Path) -> Path:
    """The same with the index first."""
    moved = path.with_suffix(".fast.mp4")
    with av.open(str(path)) as source, av.open(str(moved), "w", options={"movflags": "faststart"}) as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    return moved


# --- containers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_video_containers(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", picture=quadrants, sound=tone(2.0), seconds=2.0)
    with Media.open(clip) as media:
        assert media.kind == "video" and media.video is not None and media.audio is not None
        assert (media.video.width, media.video.height) == (160, 96)
        frames = list(media.frames(2.0))
        assert [f.time_s for f in frames] == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.045)
        assert corners(frames[0].image) == list(QUADRANTS)
        assert len(media.samples()) / RATE_HZ == pytest.approx(2.0, abs=0.1)
        assert media.duration_s == pytest.approx(2.0, abs=0.1)
        assert media.decode_errors == 0 and media.limit == ""


@pytest.mark.parametrize(("suffix", "codec"), [(".avi", "mpeg4"), (".flv", "flv"), (".ts", "mpeg2video")])
def test_other_video_containers(tmp_path: Path, suffix: str, codec: str) -> None:
    clip = write_frames(tmp_path / f"a{suffix}", codec, "yuv420p", list(range(50)), time_base=25)
    with Media.open(clip) as media:
        frames = list(media.frames(2.0))
        assert len(frames) == 4 and frames[0].time_s == 0.0
        assert corners(frames[-1].image) == list(QUADRANTS)


@pytest.mark.parametrize(
    ("suffix", "codec", "format"),
    [
        (".m4a", "aac", "fltp"),
        (".mp3", "libmp3lame", "fltp"),
        (".wav", "pcm_s16le", "s16"),
        (".flac", "flac", "s16"),
        (".ogg", "libopus", "flt"),
    ],
)
def test_sound_alone(tmp_path: Path, suffix: str, codec: str, format: str) -> None:
    with Media.open(write_sound(tmp_path / f"a{suffix}", codec, format, 48_000)) as media:
        assert media.kind == "audio" and media.video is None
        samples = media.samples()
        assert samples.dtype == np.float32 and len(samples) / RATE_HZ == pytest.approx(2.0, abs=0.1)
        assert np.sqrt(np.mean(samples[8000:16000] ** 2)) == pytest.approx(0.5 / 2**0.5, rel=0.05)
        assert list(media.frames(2.0)) == [] and media.thumbnails()[0].shape == (0,)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "BMP"])
def test_still_images(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"a.{format.lower()}"
    Image.fromarray(quadrants(0)).save(path)
    with Media.open(path) as media:
        assert media.kind == "image" and media.duration_s == 0.0
        (frame,) = media.frames(2.0)
        assert corners(frame.image) == list(QUADRANTS) and len(media.samples()) == 0


def test_animated_gif_is_a_video(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    first, *rest = [Image.fromarray(grey(0, level)) for level in (40, 120, 200)]
    first.save(path, save_all=True, append_images=rest, duration=500)
    with Media.open(path) as media:
        assert media.kind == "video"
        assert [int(f.image.mean()) for f in media.frames(2.0)] == pytest.approx([40, 120, 200], abs=6)


def test_cover_picture_is_not_a_video(tmp_path: Path) -> None:
    """An ID3 tag with a picture before an MP3."""
    sound = write_sound(tmp_path / "plain.mp3", "libmp3lame", "fltp", 44_100)
    cover = io.BytesIO()
    Image.fromarray(quadrants(0)).save(cover, "JPEG")
    body = b"\0image/jpeg\0\x03\0" + cover.getvalue()
    tag = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    syncsafe = bytes((len(tag) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path = tmp_path / "cover.mp3"
    path.write_bytes(b"ID3\x03\0\0" + syncsafe + tag + sound.read_bytes())
    with Media.open(path) as media:
        assert media.kind == "audio" and len(media.samples()) > 1.9 * RATE_HZ


# --- the picture as displayed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matrix", "turn", "expected"),
    [
        ((1, 0, 0, 1), 0, ["red", "green", "blue", "white"]),
        ((0, 1, -1, 0), 90, ["blue", "red", "white", "green"]),
        ((-1, 0, 0, -1), 180, ["white", "blue", "green", "red"]),
        ((0, -1, 1, 0), 270, ["green", "white", "red", "blue"]),
    ],
    ids=["upright", "90", "180", "270"],
)
def test_rotation_of_the_display_matrix(
    tmp_path: Path, matrix: tuple[int, int, int, int], turn: int, expected: list[str]
) -> None:
    clip = make_clip(tmp_path / "a.mp4", picture=quadrants, seconds=1.0)
    data = bytearray(clip.read_bytes())
    at = data.index(b"tkhd") + 44  # the matrix, in version 0 of the box
    a, b, c, d = (v * 0x10000 for v in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    clip.write_bytes(data)
    with Media.open(clip) as media:
        assert media.video is not None and media.video.rotation_deg == turn
        size = (96, 160) if turn in (90, 270) else (160, 96)
        assert (media.video.width, media.video.height) == size
        image = media.frame_at(0.0).image
        assert image.shape == (size[1], size[0], 3) and corners(image) == expected
        assert corners(next(media.window(Segment(0.2, 0.4))).image) == expected


@pytest.mark.parametrize(("sar", "width"), [((2, 1), 320), ((1, 2), 80), (None, 160)], ids=str)
def test_pixel_aspect(tmp_path: Path, sar: tuple[int, int] | None, width: int) -> None:
    clip = write_frames(tmp_path / "a.mp4", "libx264", "yuv420p", list(range(0, 1000, 40)), sar=sar)
    with Media.open(clip) as media:
        assert media.video is not None and (media.video.width, media.video.height) == (width, 96)
        image = media.frame_at(0).image
        assert image.shape == (96, width, 3) and corners(image) == list(QUADRANTS)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [
        ("libx264", "yuv420p10le", ".mp4"),
        ("libx264", "yuv444p", ".mp4"),
        ("libvpx-vp9", "yuva420p", ".webm"),
        ("png", "rgba", ".mov"),
        ("ffv1", "gray", ".mkv"),
    ],
)
def test_pixel_formats(tmp_path: Path, codec: str, pix_fmt: str, suffix: str) -> None:
    clip = write_frames(tmp_path / f"a{suffix}", codec, pix_fmt, list(range(0, 1000, 40)))
    with Media.open(clip) as media:
        frames = list(media.frames(2.0))
        assert len(frames) == 2 and media.decode_errors == 0
        expected = quadrants(0)
        if pix_fmt == "gray":
            expected = np.asarray(Image.fromarray(expected).convert("L").convert("RGB"))
        assert np.abs(frames[0].image.astype(int) - expected).mean() < 8


def test_odd_sizes_are_evened_out(tmp_path: Path) -> None:
    clip = write_frames(tmp_path / "a.mkv", "ffv1", "yuv444p", [0, 40, 80], size=(161, 95))
    with Media.open(clip) as media:
        assert media.video is not None and (media.video.width, media.video.height) == (161, 95)
        image = media.frame_at(0).image
        assert image.shape == (96, 160, 3) and corners(image) == list(QUADRANTS)


def test_large_pictures_are_scaled_down(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(quadrants(0, 3000, 2000)).save(path)
    with Media.open(path) as media:
        assert media.frame_at(0).image.shape == (720, 1080, 3)


def test_high_definition_colours(tmp_path: Path) -> None:
    """BT.709 is converted, not taken for BT.601."""
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"x264-params": "colormatrix=bt709:colorprim=bt709:transfer=bt709:qp=4"}
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(quadrants(0), format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
        container.mux(stream.encode())
    with Media.open(path) as media:
        assert np.abs(media.frame_at(0).image.astype(int) - quadrants(0)).mean() < 5


# --- the timeline -------------------------------------------------------------------------------------------------


def test_variable_frame_rate_takes_times_from_pts(tmp_path: Path) -> None:
    pts = [0, 40, 80, 120, 1000, 1040, 3000, 3500, 3900]
    with Media.open(write_frames(tmp_path / "a.mp4", "libx264", "yuv420p", pts)) as media:
        frames = list(media.frames(2.0))
        assert [f.time_s for f in frames] == pytest.approx([0, 1.0, 3.0, 3.5], abs=0.002)
        assert [f.end_s for f in frames[:3]] == pytest.approx([1.0, 3.0, 3.5], abs=0.002)
        assert media.frame_at(2.9).time_s == pytest.approx(1.0, abs=0.002)


def test_time_begins_at_the_first_frame(tmp_path: Path) -> None:
    clip = write_frames(tmp_path / "a.mkv", "libx264", "yuv420p", list(range(5000, 7000, 40)))
    with Media.open(clip) as media:
        times = [f.time_s for f in media.frames(2.0)]
        assert times == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.045)


def burst(path: Path, sound_s: float, picture_s: float) -> Path:
    """Two seconds of picture from `picture_s` on, and one second of loud sound from `sound_s` on."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        audio = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for i in range(50):
            frame = av.VideoFrame.from_ndarray(grey(0), format="rgb24")
            frame.pts, frame.time_base = i + round(picture_s * 25), Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        loud = av.AudioFrame.from_ndarray(np.full((1, 16_000), 16_000, np.int16), format="s16", layout="mono")
        loud.sample_rate, loud.pts, loud.time_base = 16_000, round(sound_s * 16_000), Fraction(1, 16_000)
        container.mux(audio.encode(loud))
        container.mux(audio.encode())
    return path


@pytest.mark.parametrize(
    ("sound_s", "picture_s", "starts_s", "frame_s"),
    [(0.0, 0.0, 0.0, 0.0), (0.75, 0.0, 0.75, 0.0), (0.0, 0.2, 0.0, 0.0), (0.0, 1.52, 0.0, 1.52)],
    ids=["together", "late sound", "sound a little early", "sound leads"],
)
def test_sound_and_picture_share_a_timeline(
    tmp_path: Path, sound_s: float, picture_s: float, starts_s: float, frame_s: float
) -> None:
    with Media.open(burst(tmp_path / "a.mkv", sound_s, picture_s)) as media:
        loud = np.flatnonzero(np.abs(media.samples()) > 0.3)
        assert loud[0] / RATE_HZ == pytest.approx(starts_s, abs=0.05)
        assert next(media.frames(2.0)).time_s == pytest.approx(frame_s, abs=0.05)
        assert media.thumbnails()[0][0] == pytest.approx(frame_s, abs=0.05)
        assert next(media.window(Segment(frame_s, frame_s + 0.2))).time_s == pytest.approx(frame_s, abs=0.05)


@pytest.mark.parametrize(("sound_s", "picture_s"), [(0.0, 0.0), (0.75, 0.0), (0.0, 0.2)], ids=["", "late", "early"])
def test_long_sound_is_the_same_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound_s: float, picture_s: float
) -> None:
    path = burst(tmp_path / "a.mkv", sound_s, picture_s)
    with Media.open(path) as media:
        held = media.samples()
    monkeypatch.setattr("checker.decode.SAMPLES_HELD", 3_000)
    with Media.open(path) as media:
        mapped = media.samples()
    assert isinstance(mapped.base, np.memmap) and not isinstance(held.base, np.memmap)
    assert mapped.dtype == np.float32 and np.array_equal(held, mapped)
    mapped[:] = 0.0  # whoever writes to it changes no file


def test_hole_in_the_sound_stays_a_hole(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        audio = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for start_s in (0, 2):
            loud = av.AudioFrame.from_ndarray(np.full((1, 8_000), 16_000, np.int16), format="s16", layout="mono")
            loud.sample_rate, loud.pts, loud.time_base = 16_000, start_s * 16_000, Fraction(1, 16_000)
            container.mux(audio.encode(loud))
        container.mux(audio.encode())
    with Media.open(path) as media:
        samples = media.samples()
    assert len(samples) == pytest.approx(2.5 * RATE_HZ, abs=200)
    assert samples[4_000] > 0.4 and samples[20_000] == 0.0 and samples[-4_000] > 0.4


def test_sound_that_changes_its_rate(tmp_path: Path) -> None:
    """Two MP3 files joined end to end, as some editors do."""
    parts = [write_sound(tmp_path / f"{hz}.mp3", "libmp3lame", "fltp", hz, 1.0).read_bytes() for hz in (44_100, 22_050)]
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(b"".join(parts))
    with Media.open(joined) as media:
        samples = media.samples()
    assert len(samples) / RATE_HZ > 1.7
    assert np.abs(samples[-8_000:-4_000]).max() > 0.3


def test_files_joined_end_to_end_are_seen_to_the_end(tmp_path: Path) -> None:
    parts = []
    for level in (40, 200):
        path = tmp_path / f"{level}.ts"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg2video", rate=25)
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            for _ in range(75):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey(0, level), format="rgb24")))
            container.mux(stream.encode())
        parts.append(path.read_bytes())
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(parts))
    with Media.open(joined) as media:
        levels = [int(f.image.mean()) for f in media.frames(2.0)]
    assert 5 <= sum(abs(level - 40) < 10 for level in levels) <= 7
    assert 5 <= sum(abs(level - 200) < 10 for level in levels) <= 7


def test_frames_window_and_thumbnails_agree(tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "a.mp4", picture=steps, seconds=4.0)) as media:
        media.decode(frames_hz=4.0)
        assert len(list(media.frames(4.0))) == 16 and len(list(media.frames(1.0))) == 4
        assert len(list(media.frames(50.0))) == 16  # no more than was decoded
        times_s, small = media.thumbnails()
        assert small.shape == (len(times_s), 36, 64) and np.all(np.diff(times_s) > 0)
        for i, frame in enumerate(media.frames(1.0)):
            assert frame.index == i and int(frame.image.mean()) == pytest.approx(30 + 40 * i, abs=5)
            inside = list(media.window(Segment(frame.time_s + 0.2, frame.time_s + 0.4)))
            assert len(inside) == 5 and int(inside[0].image.mean()) == pytest.approx(30 + 40 * i, abs=5)


# --- broken and hostile -------------------------------------------------------------------------------------------


def not_media(tmp_path: Path, case: str) -> Path:
    path = tmp_path / "a.mp4"
    clip = make_clip(tmp_path / "b.mp4", picture=quadrants, seconds=1.0)
    match case:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is no video\n" * 100)
        case "folder":
            path.mkdir()
        case "noise":
            path.write_bytes(np.random.default_rng(0).bytes(50_000))
        case "playlist":
            path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{clip}\n#EXT-X-ENDLIST\n")
        case "concat":
            path.write_text(f"ffconcat version 1.0\nfile '{clip.name}'\n")
        case "no moov":
            data = clip.read_bytes()
            path.write_bytes(data[: data.index(b"moov") - 4])
        case "no streams":
            path.write_bytes(struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"isom"))
        case "fifo":
            os.mkfifo(path)
        case "pattern":
            path = tmp_path / "a%03d.png"
            Image.fromarray(quadrants(0)).save(tmp_path / "a000.png")
            path.write_text("a pattern, not a picture")
    return path


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("missing", "does not exist"),
        ("empty", "is empty"),
        ("folder", "is not a file"),
        ("fifo", "is not a file"),
        ("text", "cannot be opened as media"),
        ("noise", ""),
        ("playlist", "cannot be opened as media"),
        ("concat", "cannot be opened as media"),
        ("pattern", ""),
        ("no moov", "cannot be opened as media"),
        ("no streams", ""),
    ],
)
def test_what_is_no_media_is_refused(tmp_path: Path, case: str, told: str) -> None:
    path = not_media(tmp_path, case)
    with pytest.raises(MediaError, match=told) as error, Media.open(path) as media:
        media.decode()
    assert f"`{path}`" in str(error.value) and error.value.exit_code == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=1.0)
    clip.chmod(0)
    with pytest.raises(MediaError, match="permission denied"):
        Media.open(clip)


def test_name_that_is_too_long() -> None:
    with pytest.raises(MediaError):
        Media.open("x" * 5000)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_truncated_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    """Both have their index or header first, as uploads do."""
    clip = make_clip(tmp_path / f"a{suffix}", picture=noise, sound=tone(4.0), seconds=4.0, rate_hz=10)
    clip = faststart(clip) if suffix == ".mp4" else clip
    data = clip.read_bytes()
    clip.write_bytes(data[: int(len(data) * share)])
    with Media.open(clip) as media, pytest.raises(MediaError, match="truncated"):
        media.decode()


def test_whole_file_is_not_called_truncated(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", picture=noise, sound=tone(4.0), seconds=4.0, rate_hz=10)
    with Media.open(faststart(clip)) as media:
        media.decode()
        assert media.limit == "" and media.decode_errors == 0


def test_picture_that_ends_before_the_sound_is_no_truncation(tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "a.mp4", picture=grey, sound=tone(5.0), seconds=1.0)) as media:
        media.decode()
        assert media.duration_s == pytest.approx(5.0, abs=0.1) and media.limit == ""


def test_picture_that_lies_past_the_end_is_truncated(tmp_path: Path) -> None:
    """The index sends the later chunks of the picture past the end of the file; the sound is all there."""
    clip = make_clip(tmp_path / "a.mp4", picture=noise, sound=tone(6.0), seconds=6.0, rate_hz=10)
    data = bytearray(clip.read_bytes())
    at = data.index(b"stco") + 8
    (count,) = struct.unpack_from(">I", data, at)
    assert count >= 4
    for i in range(count // 2, count):
        struct.pack_into(">I", data, at + 4 + 4 * i, 0x7FFFFF00)
    clip.write_bytes(data)
    with Media.open(clip) as media, pytest.raises(MediaError, match="truncated"):
        media.decode()


def test_damage_in_the_middle_is_counted(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", picture=noise, sound=tone(3.0), seconds=3.0)
    data = bytearray(clip.read_bytes())
    first, last = data.index(b"mdat") + 4, data.index(b"moov")
    for place in np.random.default_rng(1).integers(first + 5_000, last - 5_000, 400):
        data[place] ^= 0xFF
    clip.write_bytes(data)
    with Media.open(clip) as media:
        media.decode()
        assert media.decode_errors > 0 and "could not be decoded" in media.limit


def blank_png(width: int, height: int) -> bytes:
    """A black one-bit picture, tiny as a file."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj()
    rows = b"".join(packer.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(9000, 100), (40000, 40000)], ids=str)
def test_huge_pictures_are_refused_in_bounded_memory(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(blank_png(*size))
    code = (
        "import sys\nfrom checker.media import Media\nfrom checker.errors import MediaError\n"
        "try:\n    Media.open(sys.argv[1]).decode()\nexcept MediaError as error:\n    print(error)\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    told, peak_kib = done.stdout.splitlines()
    assert "8192x8192" in told and int(peak_kib) < 300 * 1024


@pytest.mark.parametrize(("codec", "what"), [(b"avc1", "picture"), (b"sowt", "sound")])
def test_stream_without_a_decoder_is_not_passed_over(tmp_path: Path, codec: bytes, what: str) -> None:
    clip = burst(tmp_path / "a.mov", 0.0, 0.0)
    with Media.open(clip) as media:
        assert media.kind == "video" and media.audio is not None
    clip.write_bytes(clip.read_bytes().replace(codec, b"zzzz"))
    with pytest.raises(MediaError, match=f"no decoder for its {what}"):
        Media.open(clip)


def test_metadata_that_is_not_utf8(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", seconds=1.0, metadata={"title": "abcdefgh"})
    clip.write_bytes(clip.read_bytes().replace(b"abcdefgh", b"ab\xff\xfe\xfdfgh"))
    with Media.open(clip) as media:
        assert media.frame_at(0).time_s == 0.0


def test_duration_that_the_file_cannot_hold(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mkv", picture=grey, seconds=1.0)
    data = clip.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3
    clip.write_bytes(data[:at] + struct.pack(">d", 1e12) + data[at + 8 :])
    with Media.open(clip) as media, pytest.raises(MediaError, match="truncated"):
        media.decode()


# --- many readers, much data --------------------------------------------------------------------------------------


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "a.mp4", picture=gradient, sound=tone(3.0), seconds=3.0)) as media:
        seen: list[list[bytes]] = []

        def read() -> None:
            seen.append([f.image.tobytes() for f in media.frames(2.0)] + [media.samples().tobytes()])

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 4 and all(row == seen[0] for row in seen) and len(seen[0]) == 7


def test_a_reader_may_write_on_its_frame(tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "a.mp4", seconds=1.0)) as media:
        before = media.frame_at(0).image.copy()
        media.frame_at(0).image[:] = 0
        assert np.array_equal(media.frame_at(0).image, before)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_frames_past_the_raw_memory_are_kept_as_jpeg(monkeypatch: pytest.MonkeyPatch, rotation: int) -> None:
    import cv2

    frame = cv2.cvtColor(quadrants(0), cv2.COLOR_RGB2YUV_I420)
    monkeypatch.setattr("checker.decode.RAW_BYTES", 2 * frame.nbytes)
    kept = Decoded(rotation)
    for i in range(5):
        kept.keep(i / 2, frame)
    images = [kept.image(i) for i in range(5)]
    assert len(kept._raw) == 2 and len(kept._spans) == 3
    assert [corners(image) for image in images] == [corners(images[0])] * 5
    assert np.abs(images[0].astype(int) - images[4]).mean() < 3
    kept.close()


@pytest.mark.slow
def test_an_hour_of_1080p_stays_small(tmp_path: Path) -> None:
    """Frames at 2 Hz and sound, in a process of its own; the file repeats one coded second."""
    second = tmp_path / "second.mp4"
    with av.open(str(second), "w") as container:
        video = container.add_stream("libx264", rate=5)
        video.width, video.height, video.pix_fmt = 1920, 1080, "yuv420p"
        video.options = {"preset": "ultrafast", "bf": "0"}
        for i in range(5):
            container.mux(video.encode(av.VideoFrame.from_ndarray(gradient(i // 3, 1920, 1080), format="rgb24")))
        container.mux(video.encode())
    hour = tmp_path / "hour.mkv"
    with av.open(str(second)) as source, av.open(str(hour), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        audio = target.add_stream("pcm_s16le", rate=16_000, layout="mono")
        coded = [(bytes(p), p.is_keyframe) for p in source.demux(source.streams.video[0]) if p.size]
        for i in range(3600):
            for k, (data, key) in enumerate(coded):
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 1000), key
                packet.pts = packet.dts = i * 1000 + k * 200
                packet.duration = 200
                target.mux(packet)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16_000, i * 16_000
            target.mux(audio.encode(frame))
        target.mux(audio.encode())
    code = (
        "import resource, sys\nfrom checker.media import Media\n"
        "with Media.open(sys.argv[1]) as media:\n"
        "    media.decode(frames_hz=2.0)\n"
        "    frames, samples = sum(1 for _ in media.frames(2.0)), len(media.samples())\n"
        "print(frames, samples, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(hour)], capture_output=True, text=True, check=True)
    frames, samples, mib = map(int, done.stdout.split())
    print(f"{frames} frames, {samples} samples, {mib} MiB")
    assert frames == 7200 and samples == pytest.approx(3600 * 16_000, rel=0.001)
    assert mib < 1500
