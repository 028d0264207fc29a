from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from checker import nets
from checker.errors import DetectorUnavailable
from checker.nets.face import CROP_SIDE, Embedder, Face, Finder, crop, cut, sharpness

from ..portrait import portrait, scene
from ..shared import models

NO_MODELS = Path("no-such-folder")


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(NO_MODELS)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_the_embedded_finder_sees_a_face_where_it_is(finder: Finder) -> None:
    faces = finder.find(portrait())
    assert finder.name == "dlib-hog" and len(faces) == 1
    x, y = faces[0].centre
    assert abs(x - 180) < 15 and abs(y - 155) < 20 and 100 < faces[0].side < 150


def test_no_face_is_found_where_there_is_none(finder: Finder) -> None:
    assert finder.find(scene()) == []


@pytest.mark.parametrize(
    ("side", "found"), [pytest.param(200, 1, id="110 pixels"), pytest.param(90, 0, id="50 pixels")]
)
def test_the_smallest_face_of_the_embedded_finder(finder: Finder, side: int, found: int) -> None:
    assert len(finder.find(scene(720, 1280, (200, 300, side)))) == found


def test_pulled_yunet_sees_smaller_faces_in_the_same_box(finder: Finder) -> None:
    yunet = Finder(models())
    assert yunet.name == "yunet" and yunet.weights[0].startswith("yunet-dynamic@sha256:")
    assert len(yunet.find(scene(720, 1280, (200, 300, 90)))) == 1
    assert yunet.find(portrait())[0].overlap(finder.find(portrait())[0]) > 0.6


def test_one_person_is_near_and_the_mirror_image_too(finder: Finder, embedder: Embedder) -> None:
    small = scene(720, 1280, (200, 300, 220))
    images = [portrait(), small, np.ascontiguousarray(portrait()[:, ::-1])]
    a, b, c = embedder.embed(images, [finder.find(image)[0] for image in images])
    assert a.shape == (128,) and a.dtype == np.float32
    assert np.linalg.norm(a - b) < 0.35 and np.linalg.norm(a - c) < 0.45


def test_a_cut_holds_the_same_face(finder: Finder, embedder: Embedder) -> None:
    face = finder.find(portrait())[0]
    patch, moved = cut(portrait(), face)
    assert patch.size < portrait().size / 2
    whole, part = embedder.embed([portrait(), patch], [face, moved])
    assert np.linalg.norm(whole - part) < 0.05


@pytest.mark.parametrize(
    "face",
    [
        pytest.param(Face(100, 100, 80, 1.0), id="inside"),
        pytest.param(Face(-40, -40, 100, 1.0), id="over the corner"),
        pytest.param(Face(10, 10, 700, 1.0), id="larger than the picture"),
    ],
)
def test_a_crop_has_its_size_wherever_the_face_is(face: Face) -> None:
    assert crop(portrait(), face).shape == (CROP_SIDE, CROP_SIDE, 3)


def test_blur_is_less_sharp() -> None:
    import cv2

    assert sharpness(cv2.GaussianBlur(portrait(), (0, 0), 3)) < 0.2 * sharpness(portrait())


def test_a_missing_package_says_what_to_install() -> None:
    with pytest.raises(DetectorUnavailable, match="pip install no_such_package"):
        nets.packaged("no_such_package", "weights.dat")
