from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from checker import gallery as galleries
from checker.detector import Settings
from checker.detectors.faces import MOST_VOTES, Faces, Sight, Track, _link
from checker.gallery import Gallery
from checker.media import Frame, Media
from checker.nets.face import Face, Finder
from checker.post import Post
from checker.types import Observation, Segment
from tests.clips import make_clip
from tests.portrait import CLIP, portrait, scene

NO_MODELS = Path("no-such-folder")
PIXEL = np.zeros((1, 1, 3), np.uint8)


def moving(time_s: float) -> np.ndarray:
    """The face drifts to the right."""
    return scene(360, 640, (int(60 + 30 * time_s), 200, 150))


def shots(*edges_s: float) -> list[Observation]:
    spans = list(pairwise(edges_s))
    return [Observation(f"shots/{i}", "shot", {"index": i}, segment=Segment(*span)) for i, span in enumerate(spans)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("faces") / "face.mp4", picture=moving, seconds=3.0)


@pytest.fixture(scope="module")
def seen(clip: Path) -> list[Observation]:
    return look(clip, shots(0.0, 3.0))


@cache
def faces() -> Faces:
    detector = Faces()
    detector.load(Settings(models=NO_MODELS))
    assert any(name.startswith("dlib-resnet-v1@sha256:") for name in detector.used_weights())
    return detector


def look(path: Path, prior: list[Observation], gallery: Gallery | None = None) -> list[Observation]:
    detector = faces()
    detector._gallery = gallery
    with Media.open(path) as media:
        return list(detector.detect(media, Post(), prior))


def test_one_face_that_moves_is_one_track(seen: list[Observation]) -> None:
    assert [o.kind for o in seen] == ["face"]
    face = seen[0]
    assert face.value["track"] == 0 and face.value["frames"] == 6
    assert (
        face.segment is not None and face.segment.start_s == 0.0 and face.segment.end_s == pytest.approx(3.0, abs=0.1)
    )
    assert face.box is not None and 0.15 < face.box.x0 < face.box.x1 < 0.75
    assert 0.1 < face.value["size"] < 0.2 and 0.0 < face.value["quality"] <= 1.0


def test_what_later_detectors_get(seen: list[Observation]) -> None:
    data = seen[0].data
    assert data["embedding"].shape == (128,) and data["embedding"].dtype == np.float32
    assert len(data["crops"]) == len(data["times_s"]) == len(data["looks"]) <= MOST_VOTES
    assert all(crop.shape == (192, 192, 3) and crop.dtype == np.uint8 for crop in data["crops"])


def test_the_report_holds_no_embedding(seen: list[Observation]) -> None:
    assert len(json.dumps(dict(seen[0].value))) < 200


def test_a_cut_begins_a_new_track(clip: Path) -> None:
    seen = look(clip, shots(0.0, 1.5, 3.0))
    spans = [(o.segment.start_s, o.segment.end_s) for o in seen if o.segment]
    assert [s for span in spans for s in span] == pytest.approx([0.0, 1.5, 1.5, 3.0], abs=0.1)


def test_no_face_no_observation(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "empty.mp4", picture=lambda t: scene(360, 640), seconds=1.0)
    assert look(clip, shots(0.0, 1.0)) == []


def test_two_faces_are_two_tracks(tmp_path: Path) -> None:
    picture = scene(640, 480, (40, 150, 180), (400, 150, 180))
    seen = look(make_clip(tmp_path / "two.mp4", picture=lambda t: picture, seconds=1.0), shots(0.0, 1.0))
    assert [o.value["track"] for o in seen] == [0, 1]


def test_a_still_image_is_looked_at(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(scene(360, 640, (60, 200, 150))).save(tmp_path / "still.png")
    assert [o.kind for o in look(tmp_path / "still.png", shots(0.0, 0.0))] == ["face"]


@pytest.mark.parametrize("margin", [0.0, 0.15])
def test_a_still_that_is_nothing_but_a_face_is_looked_at(tmp_path: Path, margin: float) -> None:
    from PIL import Image

    found = Finder(NO_MODELS).find(portrait())[0]
    x, y, m = round(found.x), round(found.y), round(margin * found.side)
    tight = portrait()[y - m : y + round(found.side) + m, x - m : x + round(found.side) + m]
    Image.fromarray(tight).resize((192, 192)).save(tmp_path / "crop.png")
    assert [o.kind for o in look(tmp_path / "crop.png", shots(0.0, 0.0))] == ["face"]


def test_a_still_without_a_face_stays_without(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(scene(192, 192)).save(tmp_path / "none.png")
    assert look(tmp_path / "none.png", shots(0.0, 0.0)) == []


def test_looks_of_a_long_track_are_thinned_evenly(seen: list[Observation]) -> None:
    one = seen[0].data["looks"][0]
    long = track(100, 100, 80)
    for i in range(100):
        long.extend(
            Frame(i, i / 2, i / 2 + 0.5, PIXEL), long.face, Sight(replace(one, time_s=i / 2), 0.2, PIXEL, long.face)
        )
    times = [look.time_s for look in long.looks]
    assert len(times) <= MOST_VOTES and times[0] == 0.0 and times[-1] > 40
    assert len({round(b - a, 3) for a, b in pairwise(times)}) == 1


def test_what_nobody_asks_for_is_not_embedded(clip: Path) -> None:
    detector = Faces()
    detector.load(Settings(models=NO_MODELS, kinds=frozenset({"face"})))
    with Media.open(clip) as media:
        (face,) = detector.detect(media, Post(), shots(0.0, 3.0))
    assert face.data["embedding"] is None and face.data["looks"]


def test_an_enrolled_face_is_matched_and_another_is_not(seen: list[Observation], clip: Path, tmp_path: Path) -> None:
    embedding = seen[0].data["embedding"]
    step = np.zeros(128, np.float32)
    step[0] = 1.0
    galleries.add(tmp_path / "g", "Ada", "private", faces=[embedding + 0.1 * step])
    galleries.add(tmp_path / "other", "Bob", "private", faces=[embedding + 1.1 * step])
    match = look(clip, shots(0.0, 3.0), Gallery.open(tmp_path / "g"))[1]
    assert match.kind == "face_match" and match.value["face"] == "faces/0"
    assert match.value["person"] == "Ada" and match.value["kind"] == "private"
    assert match.value["distance"] == pytest.approx(0.1, abs=0.01) and match.confidence > 0.9
    assert [o.kind for o in look(clip, shots(0.0, 3.0), Gallery.open(tmp_path / "other"))] == ["face"]


def test_what_only_resembles_a_face_is_none() -> None:
    """The helmet on the portrait scores a little above nothing."""
    seen = look(CLIP, shots(0.0, 4.0))
    assert [o.value["track"] for o in seen] == [0]


def track(x: float, y: float, side: float) -> Track:
    return Track(0.0, 0.5, 0.0, Face(x, y, side, 1.0))


@pytest.mark.parametrize(
    ("faces", "linked"),
    [
        pytest.param([Face(110, 100, 80, 1)], [0], id="a small move"),
        pytest.param([Face(400, 100, 80, 1)], [None], id="a jump"),
        pytest.param([Face(100, 100, 200, 1)], [None], id="far larger"),
        pytest.param([Face(130, 100, 80, 1), Face(102, 100, 80, 1)], [None, 0], id="the nearer one continues"),
    ],
)
def test_link(faces: list[Face], linked: list[int | None]) -> None:
    tracks = [track(100, 100, 80)]
    assert _link(tracks, faces) == [tracks[i] if i is not None else None for i in linked]
