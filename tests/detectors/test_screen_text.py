from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from checker.detector import Settings
from checker.detectors.screen_text import ScreenText, confidence
from checker.media import Media
from checker.ocr import marks
from checker.ocr.follow import plain, similar
from checker.ocr.ink import Ink, measure
from checker.ocr.marks import Seen, known
from checker.post import Post
from checker.types import Box, Observation, Segment
from tests.clips import gradient, make_clip, tone

Fill = tuple[int, int, int]
WHITE: Fill = (255, 255, 255)


def write(
    image: NDArray[np.uint8], xy: tuple[float, float], text: str, size: int, fill: Fill = WHITE
) -> tuple[NDArray[np.uint8], tuple[float, float, float, float]]:
    """The picture with the text in it, and the true box of its ink in pixels."""
    picture = Image.fromarray(image)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size)
    draw.text(xy, text, font=font, fill=fill)
    return np.asarray(picture), draw.textbbox(xy, text, font=font)


def ground(shade: int = 60, width: int = 360, height: int = 640) -> NDArray[np.uint8]:
    return np.full((height, width, 3), shade, np.uint8)


@pytest.fixture(scope="module")
def reader() -> ScreenText:
    detector = ScreenText()
    detector.load(Settings(threads=2))
    return detector


Look = Callable[..., list[Observation]]


@pytest.fixture
def look(reader: ScreenText, tmp_path: Path) -> Look:
    """Encodes a film, reads it back and returns what was seen."""

    def see(picture: Callable[[float], NDArray[np.uint8]], seconds: float = 2.0) -> list[Observation]:
        with Media.open(make_clip(tmp_path / "clip.mp4", picture=picture, seconds=seconds)) as media:
            return list(reader.detect(media, Post(), ()))

    return see


def texts(found: list[Observation]) -> list[str]:
    return [o.value["text"] for o in found if o.kind == "screen_text"]


def test_text_is_read_measured_and_timed_to_the_frame(look: Look) -> None:
    true = write(ground(), (40, 100), "AI-generated", 36)[1]

    def picture(time_s: float) -> NDArray[np.uint8]:
        return write(ground(), (40, 100), "AI-generated", 36)[0] if 0.68 <= time_s < 2.32 else ground()

    (seen,) = look(picture, 3.0)
    assert similar(seen.value["text"], "AI-generated")
    assert seen.confidence > 0.8
    assert seen.segment is not None and seen.box is not None
    assert seen.segment.start_s == pytest.approx(0.68, abs=0.041)
    assert seen.segment.end_s == pytest.approx(2.32, abs=0.041)
    assert seen.value["height_ratio"] == pytest.approx((true[3] - true[1]) / 360, rel=0.1)
    assert seen.value["contrast"] == pytest.approx(1.05 / (0.0452 + 0.05), rel=0.1)
    assert (seen.box.x0 * 360, seen.box.y0 * 640) == pytest.approx(true[:2], abs=4)
    assert (seen.box.x1 * 360, seen.box.y1 * 640) == pytest.approx(true[2:], abs=4)


def test_a_label_from_the_first_frame_begins_at_zero(look: Look) -> None:
    (seen,) = look(lambda _: write(ground(), (40, 100), "Made with AI", 30)[0])
    assert seen.segment == Segment(0.0, 2.0)


def test_small_text_is_read(look: Look) -> None:
    found = look(lambda _: write(ground(width=720, height=1280), (60, 900), "Contains AI content", 18)[0], 0.4)
    assert len(found) == 1 and similar(found[0].value["text"], "Contains AI content")


@pytest.mark.parametrize("picture", [lambda _: ground(), gradient], ids=["plain", "moving ramp"])
def test_nothing_written_nothing_seen(look: Look, picture: Callable[[float], NDArray[np.uint8]]) -> None:
    assert look(picture) == []


def test_the_same_words_over_a_moving_ground_are_one_item(look: Look) -> None:
    found = look(lambda t: write(gradient(t), (30, 500), "hello dear friends", 30, (0, 0, 0))[0], 3.0)
    assert len(texts(found)) == 1
    assert found[0].segment is not None and found[0].segment.seconds == pytest.approx(3.0, abs=0.05)


def test_moving_words_are_one_item_at_their_first_place(look: Look) -> None:
    found = look(lambda t: write(ground(), (20 + 40 * t, 100 + 120 * t), "hello dear friends", 28)[0], 3.0)
    assert len(texts(found)) == 1
    assert found[0].box is not None and found[0].box.y0 == pytest.approx(105 / 640, abs=0.02)


def test_words_that_change_are_two_items(look: Look) -> None:
    def picture(time_s: float) -> NDArray[np.uint8]:
        return write(ground(), (40, 300), "first you open it" if time_s < 1.5 else "then you close it", 32)[0]

    found = look(picture, 3.0)
    assert texts(found) == ["first you open it", "then you close it"]
    assert [o.segment.start_s for o in found if o.segment] == pytest.approx([0.0, 1.5], abs=0.05)


def test_text_that_nobody_can_read_is_reported_as_such(look: Look) -> None:
    """Russian stands for all the scripts that the network was not trained on."""
    font = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if font is None:
        pytest.skip("no font with another script is installed")

    def film(_: float) -> NDArray[np.uint8]:
        picture = Image.fromarray(ground())
        text = "\u0421\u043e\u0437\u0434\u0430\u043d\u043e \u0441 \u043f\u043e\u043c\u043e\u0449\u044c\u044e"
        ImageDraw.Draw(picture).text((20, 100), text, font=ImageFont.truetype(str(font), 32), fill=WHITE)
        return np.asarray(picture)

    found = look(film, 3.0)
    assert [o.kind for o in found] == ["unread_text"] and found[0].box is not None
    assert not [o for o in look(lambda _: ground(), 3.0) if o.kind == "unread_text"]


def test_still_pictures_are_read(reader: ScreenText, tmp_path: Path) -> None:
    Image.fromarray(write(ground(), (40, 100), "AI-generated", 36)[0]).save(tmp_path / "still.png")
    with Media.open(tmp_path / "still.png") as media:
        (seen,) = reader.detect(media, Post(), ())
    assert similar(seen.value["text"], "AI-generated")


def test_a_static_clip_is_looked_at_once(look: Look, reader: ScreenText, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    assert reader._reader is not None
    find = reader._reader.find
    monkeypatch.setattr(reader._reader, "find", lambda *a: looks.append(1) or find(*a))
    look(lambda _: write(ground(), (40, 100), "nothing moves here", 30)[0], 4.0)
    assert len(looks) == 1


def test_a_mark_that_roams_is_one_track(look: Look) -> None:
    def picture(time_s: float) -> NDArray[np.uint8]:
        x, y = [(20, 300), (260, 80), (250, 560)][int(time_s) % 3]
        if time_s % 1.0 > 0.8:
            return ground()
        return write(write(ground(), (x, y), "Sora", 22)[0], (x, y + 26), "@someone", 14)[0]

    found = [o for o in look(picture, 4.0) if o.kind == "generator_mark"]
    assert [o.value["generator"] for o in found] == ["Sora"]
    assert found[0].segment is not None and found[0].segment.seconds > 3


def test_a_caption_that_speaks_of_it_is_no_mark(look: Look) -> None:
    def picture(_: float) -> NDArray[np.uint8]:
        return write(write(ground(), (40, 500), "I made this in", 28)[0], (40, 540), "Sora", 28)[0]

    found = look(picture)
    assert "Sora" in texts(found)
    assert not [o for o in found if o.kind == "generator_mark"]


def test_sound_alone_is_not_looked_at(tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "sound.m4a", picture=None, sound=tone(1.0))) as media:
        assert not ScreenText().applies_to(media)


def test_the_libraries_say_nothing(
    look: Look, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        look(lambda _: ground(), 0.4)
    assert not caplog.records
    assert capsys.readouterr() == ("", "")


# measures on single pictures


@pytest.mark.parametrize("text", ["AI", "AI-generated", "MADE WITH AI"])
@pytest.mark.parametrize("size", [18, 36, 72])
@pytest.mark.parametrize(
    ("fill", "shade"), [(WHITE, 60), ((20, 20, 20), 200), ((255, 230, 0), 40)], ids=["white", "dark", "yellow"]
)
def test_height_and_contrast_are_true(text: str, size: int, fill: Fill, shade: int) -> None:
    image, true = write(ground(shade, 720, 400), (60, 150), text, size, fill)
    margin = max(3, size // 6)
    rect = (int(true[0]) - margin, int(true[1]) - margin, int(true[2]) + margin, int(true[3]) + margin)
    grey = np.asarray(Image.fromarray(image).convert("L"))
    found = measure(image, Ink.of(grey, rect))
    assert found.rect[3] - found.rect[1] == pytest.approx(true[3] - true[1], rel=0.1, abs=1)
    bright, dark = sorted([luminance(fill), luminance((shade,) * 3)], reverse=True)
    assert found.contrast == pytest.approx((bright + 0.05) / (dark + 0.05), rel=0.1)


def luminance(colour: Fill) -> float:
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("later", "same"),
    [("now it is ready", True), ("now it is empty", False), ("", False)],
    ids=["same", "one word changed", "gone"],
)
def test_same_words_or_not(later: str, same: bool) -> None:
    first, true = write(ground(), (40, 100), "now it is ready", 32)
    second = write(ground(90), (40, 100), later, 32)[0]
    ink = Ink.of(first[:, :, 0], (int(true[0]) - 4, int(true[1]) - 4, int(true[2]) + 4, int(true[3]) + 4))
    assert ink.seen_in(first[:, :, 0])
    assert ink.seen_in(second[:, :, 0]) is same


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("AI-generated", "Al generated", True),
        ("AI-generated", "A1-Generatod", True),
        ("made with love", "made with AI", False),
        ("AI", "IA", False),
        ("Day 1", "Day 2", False),
        ("only 25 dollars today", "only 35 dollars today", False),
        ("so today I went to the market", "so today l went to the rnarket", True),
    ],
)
def test_similar(a: str, b: str, same: bool) -> None:
    assert similar(a, b) is same
    assert similar(b, a) is same


@given(st.floats(0, 1))
def test_confidence_is_a_probability_that_grows(score: float) -> None:
    assert 0 <= confidence(score) <= 1
    assert confidence(score) <= confidence(min(1.0, score + 0.1))


# marks


def line(
    text: str,
    *places: tuple[float, float],
    start_s: float = 0.0,
    end_s: float = 10.0,
    height: float = 0.04,
    width: float = 0.15,
) -> Seen:
    boxes = tuple(Box(x, y, min(1.0, x + width), min(1.0, y + height * 0.5625)) for x, y in places)
    return Seen(text, 0.95, Segment(start_s, end_s), boxes[0], height, boxes, end_s - start_s)


CORNER, MIDDLE = (0.82, 0.95), (0.4, 0.5)


@pytest.mark.parametrize(
    ("lines", "generator"),
    [
        pytest.param([line("Sora", (0.04, 0.5), (0.75, 0.15), (0.75, 0.85))], "Sora", id="roams"),
        pytest.param([line("Sora", MIDDLE), line("@some.user", (0.4, 0.525))], "Sora", id="account below"),
        pytest.param([line("Sora", MIDDLE)], None, id="in the middle"),
        pytest.param([line("Sora", MIDDLE, height=0.2)], None, id="a title"),
        pytest.param([line("LUMA", CORNER)], "Luma", id="corner for the whole clip"),
        pytest.param([line("LUMA", CORNER, end_s=1.0)], None, id="corner for a moment"),
        pytest.param([line("I went to Luma beach", (0.1, 0.9))], None, id="sentence"),
        pytest.param([line("I went to", (0.1, 0.85)), line("Luma", (0.1, 0.875))], None, id="caption of two lines"),
        pytest.param([line("this is how Sora 2 works", (0.1, 0.9))], None, id="speaks of Sora"),
        pytest.param([line("KLING AI", CORNER)], "Kling", id="kling"),
        pytest.param([line("KLlNG A1 2.1", CORNER)], "Kling", id="misread"),
        pytest.param([line("MINIMAX | hailuo AI", CORNER)], "Hailuo", id="hailuo"),
        pytest.param([line("豆包AI生成", CORNER, end_s=1.0)], "Doubao", id="doubao"),
        pytest.param([line("即梦AI", CORNER)], "Dreamina", id="jimeng"),
        pytest.param([line("Runway", (0.8, 0.03))], "Runway", id="runway in the corner"),
        pytest.param([line("RUNWAY", (0.3, 0.45))], None, id="runway as a word"),
        pytest.param([line("Gemini", (0.1, 0.875)), line("is my star sign", (0.1, 0.9))], None, id="star sign"),
        pytest.param([line("Made with Veo", MIDDLE)], "Veo", id="made with"),
        pytest.param([line("pasta", CORNER)], None, id="pasta is not pika"),
    ],
)
def test_marks(lines: list[Seen], generator: str | None) -> None:
    assert [mark.generator for mark in marks.find(lines, 10.0)] == ([generator] if generator else [])


def test_reappearing_marks_are_one_track() -> None:
    parts = [line("Sora", (0.04, 0.5), start_s=0, end_s=3), line("Sora", (0.75, 0.15), start_s=5, end_s=9)]
    (mark,) = marks.find(parts, 10.0)
    assert mark.segment == Segment(0.0, 9.0)
    assert mark.box == parts[0].box


def test_two_generators_are_two_tracks() -> None:
    found = marks.find([line("KLING AI", CORNER), line("Dreamina", (0.04, 0.03), start_s=2.0)], 10.0)
    assert [mark.generator for mark in found] == ["Kling", "Dreamina"]


def test_the_table_of_marks_is_sound() -> None:
    assert len(marks.table()) > 50
    assert all(plain(letters) == letters and len(letters) >= 2 for letters in marks.table())


@given(st.text(max_size=40))
def test_any_text_is_known_or_not(text: str) -> None:
    match = known(text)
    assert match is None or match in marks.table().values()
