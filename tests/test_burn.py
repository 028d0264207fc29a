from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import pytest

from checker import burn
from checker.errors import UsageError
from tests.clips import make_clip
from tests.markings.files import packets, run, sound, tool


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def clip(path: Path, width: int, height: int, seconds: float = 2.6) -> Path:
    return make_clip(path, picture=lambda t: grey(width, height), seconds=seconds, rate_hz=10)


def frames(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as container:
        return [(f.time, f.to_ndarray(format="gray")) for f in container.decode(video=0)]


def ink(picture: np.ndarray) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of what is nearly white on nearly black."""
    rows, columns = np.nonzero(picture > 200)
    return (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1) if len(rows) else None


SIZES = [(360, 640), (640, 360), (480, 480)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_default_satisfies_the_standard(width: int, height: int, tmp_path: Path) -> None:
    """GB 45438-2025 5.4: from the first frame, at least 2 s, letters at least 5 % of the shortest side."""
    text = burn.Text("AI", seconds=2.0)
    burn.burn(clip(tmp_path / "a.mp4", width, height), tmp_path / "b.mp4", text)
    seen = [(time_s, box) for time_s, picture in frames(tmp_path / "b.mp4") if (box := ink(picture))]
    times = [time_s for time_s, _ in seen]
    assert times[0] == 0.0
    assert 1.9 <= times[-1] < 2.0
    left, top, right, bottom = seen[0][1]
    assert 0.05 <= (bottom - top) / min(width, height) <= 0.07
    for target in (9 / 16, 1.0):
        keep_w, keep_h = min(width, height * target), min(height, width / target)
        assert (width - keep_w) / 2 <= left < right <= (width + keep_w) / 2
        assert (height - keep_h) / 2 <= top < bottom <= (height + keep_h) / 2


def test_throughout(tmp_path: Path) -> None:
    burn.burn(clip(tmp_path / "a.mp4", 180, 320), tmp_path / "b.mp4", burn.Text(seconds=math.inf))
    assert all(ink(picture) for _, picture in frames(tmp_path / "b.mp4"))


@pytest.mark.parametrize("position", burn.POSITIONS)
def test_positions(position: str, tmp_path: Path) -> None:
    burn.burn(clip(tmp_path / "a.mp4", 360, 360, 0.1), tmp_path / "b.mp4", burn.Text("AI", position))
    left, top, right, bottom = ink(frames(tmp_path / "b.mp4")[0][1]) or (0, 0, 0, 0)
    assert (top + bottom < 360) is position.startswith("top")
    side = position.partition("-")[2]
    assert {"left": right < 180, "right": left > 180, "": abs(left + right - 360) < 20}[side]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "webm", "mkv"])
def test_times_and_sound_stay(suffix: str, tmp_path: Path) -> None:
    from tests.clips import tone

    source = make_clip(
        tmp_path / f"a.{suffix}", picture=lambda t: grey(96, 160), seconds=0.5, sound=tone(0.5), rate_hz=10
    )
    burn.burn(source, tmp_path / f"b.{suffix}", burn.Text("AI"))
    before, after = frames(source), frames(tmp_path / f"b.{suffix}")
    assert [round(t, 3) for t, _ in before] == [round(t, 3) for t, _ in after]
    sounds = [
        [row.split()[-1] for row in packets(p) if row.startswith("1 ")] for p in (source, tmp_path / f"b.{suffix}")
    ]
    assert sounds[0] == sounds[1]


@pytest.mark.parametrize(
    "text", ["AI-generated", "Généré par IA", "Сгенерировано ИИ", "Εικόνα ΤΝ", "AI 生成", "تم إنشاؤه بالذكاء الاصطناعي"]
)
def test_a_language_is_drawn_with_its_glyphs_or_refused(text: str, tmp_path: Path) -> None:
    try:
        make = burn.find_font(text)
    except UsageError as error:
        assert "font" in str(error)
        pytest.skip(f"no font for `{text}` is installed")
    font = make(40)
    assert not burn._missing(font, text)


def test_no_font_has_a_character_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no installed font"):
        burn.find_font("\U0010fffd")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: burn.Text(""), "printable"),
        (lambda: burn.Text("a\nb"), "printable"),
        (lambda: burn.Text("a" * 300), "printable"),
        (lambda: burn.Text("AI", "middle"), "position"),
        (lambda: burn.find_font("AI", Path("no-such-font.ttf")), "cannot be read"),
    ],
)
def test_what_cannot_be_drawn(make: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()  # type: ignore[operator]


def test_text_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not fit"):
        burn.burn(clip(tmp_path / "a.mp4", 96, 96, 0.1), tmp_path / "b.mp4", burn.Text("W" * 60))


def test_long_text_is_wrapped(tmp_path: Path) -> None:
    text = burn.Text("This video was made with artificial intelligence")
    burn.burn(clip(tmp_path / "a.mp4", 360, 640, 0.1), tmp_path / "b.mp4", text)
    left, top, right, bottom = ink(frames(tmp_path / "b.mp4")[0][1]) or (0, 0, 0, 0)
    assert 0 <= left < right <= 360
    assert bottom - top > 0.1 * 360


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    from checker.errors import MediaError

    with pytest.raises(MediaError, match="no picture"):
        burn.burn(sound(tmp_path / "a.m4a"), tmp_path / "b.m4a", burn.Text())


def test_an_upload_is_small_h264_without_metadata(tmp_path: Path) -> None:
    source = make_clip(
        tmp_path / "a.mp4", picture=lambda t: grey(800, 900), seconds=0.3, rate_hz=10, metadata={"AIGC": "{}"}
    )
    burn.upload(source, tmp_path / "b.mp4")
    with av.open(str(tmp_path / "b.mp4")) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 720, 810)
        assert "AIGC" not in container.metadata


def test_a_turned_video_is_written_upright(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4", 640, 360, 0.3)
    turned = tmp_path / "turned.mp4"
    run(tool("ffmpeg"), "-v", "error", "-i", source, "-c", "copy", "-metadata:s:v", "rotate=90", turned)
    if not any(frame.rotation for frame in av.open(str(turned)).decode(video=0)):
        pytest.skip("this ffmpeg does not write the rotation")
    burn.burn(turned, tmp_path / "b.mp4", burn.Text("AI"))
    picture = frames(tmp_path / "b.mp4")[0][1]
    left, top, right, bottom = ink(picture) or (0, 0, 0, 0)
    assert picture.shape == (640, 360)
    assert right - left < 2 * (bottom - top)
    assert 0.05 <= (bottom - top) / 360 <= 0.07
