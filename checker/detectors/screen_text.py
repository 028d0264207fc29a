"""What is written in the picture, when, where and how large; and the visible marks of generators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from ..types import Box, Observation, Segment

if TYPE_CHECKING:
    from ..detector import Settings
    from ..media import Frame, Media
    from ..ocr.follow import Item
    from ..ocr.ink import Rect
    from ..ocr.marks import Seen
    from ..ocr.reader import Reader
    from ..post import Post

FRAMES_HZ = 2.0
SIDE = {"fast": 256, "default": 288, "full": 448}
"""Shortest side in pixels of the frames in which lines are looked for; at 288, text with an em of 2.5 or 3.3 % of
it was read in 166 of 168 cases (white, and white at 60 %, on JPEG-coded texture), at 320 and above in 168."""
EVERY_S = {"fast": 2.0, "default": 1.0, "full": 0.5}
"""How often a picture that keeps changing is looked at."""
UNREAD_SIGHTINGS = 3
UNREAD_HEIGHT = 0.2
"""What looks like a line in so many frames, is no higher than this share of the shortest side and cannot be read is
reported: it could be a label."""
MAX_GAPS = 4
"""Times that one label vanishes and comes back which are looked at closely."""
MAX_REFINED = 12
"""Dense decodes for the exact times of labels in one clip."""
# Text whose times matter to a rule: what may be an AI label. A hint only; `language` decides what is one.
LABEL = re.compile(
    r"(?<![^\W\d_])(a[il1]|ia|ki|ии|яи)(?![^\W\d_])|aigc|gener|génér|synth|deepfake|artificial|artificiel|"
    r"künstlich|[aа]i.{0,2}生成|生成|合成|人工智|人工知|인공지능|생성|ذكاء|اصطناعي|कृत्रिम|एआई",
    re.IGNORECASE,
)


class ScreenText:
    """Reads the picture."""

    name: ClassVar[str] = "screen_text"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"screen_text", "generator_mark", "unread_text"})
    needs: ClassVar[frozenset[str]] = frozenset()
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = FRAMES_HZ
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._every_s = EVERY_S["default"]

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        from ..ocr.reader import Reader

        self._reader = Reader(settings.threads, SIDE.get(settings.profile, SIDE["default"]))
        self._every_s = EVERY_S.get(settings.profile, EVERY_S["default"])

    def used_weights(self) -> tuple[str, ...]:
        return ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        from ..ocr.follow import Follower
        from ..ocr.marks import find

        assert self._reader is not None
        follower = Follower(self._reader, self._every_s)
        shape = (1, 1)
        for frame in media.frames(FRAMES_HZ):
            shape = (frame.image.shape[1], frame.image.shape[0])
            follower.take(frame)
        found = sorted(follower.items, key=lambda item: (item.sightings[0].time_s, item.sightings[0].rect))
        items = [item for item in found if _readable(item)]
        refined = 0
        lines: list[Seen] = []
        for i, item in enumerate(items):
            exact = refined < MAX_REFINED and LABEL.search(item.text) is not None
            refined += exact
            segment = times(media, item) if exact else Segment(item.sightings[0].time_s, item.last.end_s)
            line, contrast = _seen(media.frame_at(item.ink_s), item, segment, shape)
            lines.append(line)
            value = {
                "text": line.text,
                "height_ratio": round(line.height_ratio, 4),
                "contrast": round(contrast, 2),
                "score": round(item.score, 4),
            }
            if exact and (hidden_s := hidden(media, item)) > 0:
                value["hidden_s"] = round(hidden_s, 3)
            yield Observation(f"screen_text/{i}", "screen_text", value, line.confidence, segment=segment, box=line.box)
        marks = list(find(lines, media.duration_s))
        for i, mark in enumerate(marks, start=len(items)):
            yield Observation(
                f"screen_text/{i}",
                "generator_mark",
                {"generator": mark.generator, "text": mark.text},
                mark.confidence,
                segment=mark.segment,
                box=mark.box,
            )
        unread = [item for item in found if not _readable(item) and _like_a_line(item, shape)]
        for i, item in enumerate(unread, start=len(items) + len(marks)):
            segment, box = Segment(item.sightings[0].time_s, item.last.end_s), _box(item.ink.rect, shape)
            value = {"score": round(item.score, 4)}
            yield Observation(f"screen_text/{i}", "unread_text", value, 0.5, segment=segment, box=box)


def _readable(item: Item) -> bool:
    from ..ocr.follow import MIN_SCORE, plain

    return item.score >= MIN_SCORE and bool(plain(item.text))


def _like_a_line(item: Item, shape: tuple[int, int]) -> bool:
    """Seen for a while, wider than high, and no larger than letters are: not a ramp or a texture."""
    x0, y0, x1, y1 = item.ink.rect
    small = y1 - y0 <= UNREAD_HEIGHT * min(shape)
    return len(item.sightings) >= UNREAD_SIGHTINGS and small and x1 - x0 >= 1.5 * (y1 - y0)


def confidence(score: float) -> float:
    """Probability that a line was read rightly, from the raw score of the recogniser.

    Drawn text, also blurred and faint: all 827 lines with a score from 0.6 up were right. Fonts and scenes of real
    videos are harder, so that is the upper end and not the curve.
    """
    return min(0.98, 0.5 + 1.5 * (score - 0.5)) if score > 0.5 else max(0.0, score)


def times(media: Media, item: Item) -> Segment:
    """When the item is on screen, to the frame, from a dense decode around its first and last sighting."""
    first, last = item.sightings[0], item.last
    start_s, end_s = first.time_s, last.end_s
    if item.before_s is not None and len(item.sightings) > 1:
        for frame in media.window(Segment(item.before_s + 1e-3, first.time_s)):
            if _there(frame, item):
                start_s = frame.time_s
                break
    if last.end_s < media.duration_s:
        for frame in media.window(Segment(last.time_s + 1e-3, last.end_s)):
            if not _there(frame, item):
                end_s = frame.time_s
                break
    return Segment(start_s, max(start_s, end_s))


def hidden(media: Media, item: Item) -> float:
    """Seconds between its first and last sighting in which the item is not on screen, to the frame.

    Of an item that stands where it stood before: one that moves is not met in every frame, and yet there.
    """
    total_s = 0.0
    pairs = zip(item.sightings, item.sightings[1:], strict=False)
    gaps = [(a, b) for a, b in pairs if b.time_s - a.end_s > 1e-3 and _beside(a.rect, item) and _beside(b.rect, item)]
    for a, b in gaps[:MAX_GAPS]:
        window = list(_presence(media, item, Segment(a.time_s + 1e-3, b.time_s)))
        gone = next((i for i, (_, there) in enumerate(window) if not there), None)
        if gone is not None:
            back_s = next((time_s for time_s, there in window[gone:] if there), b.time_s)
            total_s += back_s - window[gone][0]
    return total_s


def _beside(rect: Rect, item: Item) -> bool:
    """Whether a place is the item's last one, but for a third of its height."""
    last = item.ink.rect
    return max(abs(p - q) for p, q in zip(rect, last, strict=True)) <= (last[3] - last[1]) / 3


def _presence(media: Media, item: Item, segment: Segment) -> Iterator[tuple[float, bool]]:
    """``(time_s, whether the item is there)`` of every frame of the segment."""
    for frame in media.window(segment):
        yield frame.time_s, _there(frame, item)


def _there(frame: Frame, item: Item) -> bool:
    import cv2

    return item.ink.seen_in(cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY))


def _seen(frame: Frame, item: Item, segment: Segment, shape: tuple[int, int]) -> tuple[Seen, float]:
    """The item with its box and height, and its contrast."""
    from ..ocr.ink import measure
    from ..ocr.marks import Seen

    measured = measure(frame.image, item.ink)
    tall = measured.rect[3] - measured.rect[1]
    first = item.sightings[0].rect
    if first == item.ink.rect:
        first = measured.rect
    return (
        Seen(
            text=item.text,
            confidence=confidence(item.score),
            segment=segment,
            box=_box(first, shape),
            height_ratio=tall / min(shape),
            places=tuple(_box(rect, shape) for rect in dict.fromkeys(s.rect for s in item.sightings)),
            seen_s=sum(s.end_s - s.time_s for s in item.sightings),
        ),
        measured.contrast,
    )


def _box(rect: Rect, shape: tuple[int, int]) -> Box:
    width, height = shape
    x0, y0, x1, y1 = rect
    return Box(
        min(1.0, max(0.0, x0 / width)),
        min(1.0, max(0.0, y0 / height)),
        min(1.0, max(0.0, x1 / width)),
        min(1.0, max(0.0, y1 / height)),
    )
