"""Faces: found at 2 Hz, followed through each shot, embedded from their best crops, compared with the gallery.

Input: sampled frames and `shot` observations. Output: one `face` per track, and a `face_match` where it resembles
somebody enrolled. Each frame is searched at a shortest side of 480 pixels; a frame like the one before is not
searched again. A still picture in which no face is found is searched once more with a border around it: it may be
nothing but a face.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..types import Box, Observation, Segment

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ..detector import Settings
    from ..gallery import Gallery
    from ..media import Frame, Media
    from ..nets.face import Embedder, Face, Finder
    from ..post import Post

FRAMES_HZ = 2.0
SAME_LEVELS = 1.0
"""Mean absolute difference (of 255 levels) below which two frames are searched once."""
GAP_S = 1.6
"""A face that was not seen for longer begins a new track."""
OVERLAP, REACH = 0.25, 0.8
"""Boxes of one track overlap by this share, or their centres lie within this many sides."""
BEST = 3
"""Crops of a track that are kept and, while there are few tracks, embedded."""
MOST_VOTES = 12
"""Looks at one face, spread over its track, that later detectors get."""
BORDER = 0.25
"""Of the shortest side, around a still picture that is searched again."""
MAX_EMBEDDED = 18
"""Crops embedded in one file, about 0.1 s each on one core; every track has at least one."""
GOOD_SIDE = 112
"""Pixels: a larger box tells no more of who it is."""
LEAST_PROBABILITY = 0.02
"""A likeness below says nothing and is not reported."""


@dataclass(frozen=True, slots=True)
class Look:
    """One face in one frame, for the detectors that judge it."""

    time_s: float
    box: Box
    crop: NDArray[np.uint8]
    """(192, 192, 3) RGB"""
    side: float
    """Pixels of the box in the sampled frame."""
    sharpness: float
    """Variance of the Laplacian of the crop."""
    whole: float
    """Share of the box that lies in the frame."""
    quality: float


@dataclass(frozen=True, slots=True)
class Sight:
    """A look at a face with what is around it, and no more of the frame."""

    look: Look
    size: float
    """Side of the box over the height of the frame."""
    patch: NDArray[np.uint8]
    """(h, w, 3) RGB"""
    face: Face
    """Where it is in the patch."""


@dataclass(slots=True)
class Track:
    """One face through the frames of one shot."""

    start_s: float
    end_s: float
    seen_s: float
    """Time of the last frame that shows it."""
    face: Face
    """Where it was then, in pixels of the frame."""
    sure: bool = False
    """Whether it is a face beyond doubt in at least one frame."""
    frames: int = 0
    best: list[Sight] = field(default_factory=list)
    """At most `BEST`, the best first."""
    looks: list[Look] = field(default_factory=list)
    """At most `MOST_VOTES`, in order, equally far apart."""
    seen: int = 0
    stride: int = 1

    def extend(self, frame: Frame, face: Face, sight: Sight | None) -> None:
        """One more frame; `sight` is None where the frame is the same as the last."""
        self.seen_s, self.end_s, self.face = frame.time_s, max(frame.end_s, self.end_s), face
        self.frames += 1
        if sight is not None:
            self.best = sorted([*self.best, sight], key=lambda s: -s.look.quality)[:BEST]
            if self.seen % self.stride == 0:
                self.looks.append(sight.look)
            self.seen += 1
            if len(self.looks) > MOST_VOTES:  # every other one, from here on as well
                self.looks, self.stride = self.looks[::2], 2 * self.stride


class Faces:
    """Finds and follows faces, and says whom they resemble."""

    name: ClassVar[str] = "faces"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"face", "face_match"})
    needs: ClassVar[frozenset[str]] = frozenset({"shot"})
    weights: ClassVar[tuple[str, ...]] = ("yunet-dynamic",)
    frames_hz: ClassVar[float] = FRAMES_HZ
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._finder: Finder | None = None
        self._embedder: Embedder | None = None
        self._gallery: Gallery | None = None
        self._embeds = True
        self._fits: Path | None = None

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        from ..nets.face import Embedder, Finder

        self._finder, self._embedder, self._gallery = Finder(settings.models), Embedder(), settings.gallery
        self._fits = settings.calibration
        # embedding is what costs most: not where only whether a face is there, or synthetic, is asked
        self._embeds = settings.kinds is None or "face_match" in settings.kinds

    def used_weights(self) -> tuple[str, ...]:
        if self._finder is None or self._embedder is None:
            return ()
        return (*self._finder.weights, *self._embedder.weights)

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        starts_s = [o.segment.start_s for o in prior if o.kind == "shot" and o.segment]
        tracks = self._tracks(media, starts_s)
        each = max(1, min(BEST, MAX_EMBEDDED // max(1, len(tracks))))
        for i, track in enumerate(tracks):
            yield from self._report(i, track, each)

    def _tracks(self, media: Media, starts_s: Sequence[float]) -> list[Track]:
        """Tracks in the order of their first frame, larger faces first."""
        assert self._finder is not None
        done: list[Track] = []
        active: list[Track] = []
        faces: list[Face] = []
        before: Any = None
        shot = -1
        for frame in media.frames(FRAMES_HZ):
            now = sum(start_s <= frame.time_s + 1e-6 for start_s in starts_s)
            if now != shot:
                shot, active = now, []
            pixels = _sparse(frame.image)
            fresh = before is None or _differ(before, pixels)
            if fresh:
                faces, before = self._finder.find(frame.image), pixels
                if not faces and media.is_image:
                    faces = self._within_border(frame.image)
            active = [t for t in active if frame.time_s - t.seen_s <= GAP_S]
            for face, track in zip(faces, _link(active, faces), strict=True):
                if track is None:
                    track = Track(frame.time_s, frame.end_s, frame.time_s, face)
                    active.append(track)
                    done.append(track)
                track.sure = track.sure or self._finder.sure(face)
                track.extend(frame, face, _sight(frame, face) if fresh or not track.best else None)
        return [track for track in done if track.sure]

    def _within_border(self, image: NDArray[np.uint8]) -> list[Face]:
        """Faces of a picture with its edge repeated around it, in pixels of the picture itself."""
        import cv2

        from ..nets.face import Face

        assert self._finder is not None
        b = round(BORDER * min(image.shape[:2]))
        found = self._finder.find(cv2.copyMakeBorder(image, b, b, b, b, cv2.BORDER_REPLICATE))
        height, width = image.shape[:2]
        moved = [Face(f.x - b, f.y - b, f.side, f.score) for f in found]
        return [f for f in moved if 0 < f.centre[0] < width and 0 < f.centre[1] < height]

    def _report(self, number: int, track: Track, each: int) -> Iterator[Observation]:
        top = track.best[0]
        embedding = self._embedding(track.best[:each]) if self._embeds else None
        segment = Segment(track.start_s, max(track.end_s, track.start_s))
        identity = f"faces/{2 * number}"
        yield Observation(
            identity,
            "face",
            {
                "track": number,
                "frames": track.frames,
                "quality": round(top.look.quality, 3),
                "size": round(top.size, 4),
            },
            segment=segment,
            box=top.look.box,
            data={
                "embedding": embedding,
                "crops": [look.crop for look in track.looks],
                "times_s": [look.time_s for look in track.looks],
                "looks": track.looks,
            },
        )
        match = (
            self._gallery.identify_face(embedding, self._fits)
            if self._gallery is not None and embedding is not None
            else None
        )
        if match is not None and match.probability >= LEAST_PROBABILITY:
            yield Observation(
                f"faces/{2 * number + 1}",
                "face_match",
                {
                    "face": identity,
                    "person": match.person.name,
                    "kind": match.person.kind,
                    "distance": round(match.distance, 4),
                },
                confidence=match.probability,
                segment=segment,
                box=top.look.box,
            )

    def _embedding(self, sights: Sequence[Sight]) -> NDArray[np.float32]:
        """(128,): the mean of its sights, each weighted by the root of its quality.

        `python -m tests.bench.faces tracks`: no worse than the plain mean, and better where much is blurred.
        """
        import numpy as np

        assert self._embedder is not None
        rows = self._embedder.embed([s.patch for s in sights], [s.face for s in sights])
        weights = np.sqrt([max(s.look.quality, 1e-3) for s in sights])
        return np.asarray(np.average(rows, axis=0, weights=weights), np.float32)


def _link(tracks: Sequence[Track], faces: Sequence[Face]) -> list[Track | None]:
    """For each face the track that it continues, the nearest pairs first."""
    pairs = []
    for i, face in enumerate(faces):
        for j, track in enumerate(tracks):
            (x, y), (u, v) = face.centre, track.face.centre
            distance = ((x - u) ** 2 + (y - v) ** 2) ** 0.5 / max(face.side, track.face.side)
            alike = 0.5 < face.side / track.face.side < 2.0
            if alike and (face.overlap(track.face) >= OVERLAP or distance <= REACH):
                pairs.append((distance, i, j))
    found: dict[int, int] = {}
    for _, i, j in sorted(pairs):
        if i not in found and j not in found.values():
            found[i] = j
    return [tracks[found[i]] if i in found else None for i in range(len(faces))]


def _sight(frame: Frame, face: Face) -> Sight:
    """Cut out a face; its quality, in [0, 1]: large, sharp, and whole in the frame."""
    from ..nets.face import crop, cut, sharpness

    height, width = frame.image.shape[:2]
    box = Box(
        *(
            round(min(1.0, max(0.0, v)), 4)
            for v in (face.x / width, face.y / height, (face.x + face.side) / width, (face.y + face.side) / height)
        )
    )
    patch, moved = cut(frame.image, face)
    whole = min(1.0, (box.x1 - box.x0) * width * (box.y1 - box.y0) * height / face.side**2)
    close = crop(patch, moved)
    sharp = sharpness(close)
    quality = min(1.0, face.side / GOOD_SIDE) * whole * sharp / (sharp + 50.0)
    look = Look(frame.time_s, box, close, face.side, sharp, whole, quality)
    return Sight(look, face.side / height, patch, moved)


def _sparse(image: NDArray[np.uint8]) -> Any:
    """Every 16th pixel of every 16th row."""
    import numpy as np

    return image[::16, ::16].astype(np.int16)


def _differ(a: Any, b: Any) -> bool:
    import numpy as np

    return float(np.abs(a - b).mean()) >= SAME_LEVELS
