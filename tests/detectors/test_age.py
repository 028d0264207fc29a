from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from checker.detector import Settings
from checker.detectors.age import Age, minor
from checker.detectors.faces import Look
from checker.errors import DetectorUnavailable
from checker.facts.evidence import BANDS
from checker.media import Media
from checker.pipeline import Scanner
from checker.post import Post
from checker.types import Box, Observation, Segment, Strength
from tests.portrait import CLIP
from tests.shared import models

MEDIA: Any = None


def test_without_a_network_age_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="checker models pull faceapi-age"):
        Age().load(Settings(models=tmp_path))


@pytest.mark.parametrize(
    ("years", "held"),
    [
        pytest.param(5.0, True, id="a child"),
        pytest.param(14.0, None, id="a youth"),
        pytest.param(18.0, None, id="at the limit"),
        pytest.param(21.0, None, id="young"),
        pytest.param(30.0, False, id="grown up"),
    ],
)
def test_only_what_is_far_from_18_is_decided(years: float, held: bool | None) -> None:
    low, high = BANDS["age"]
    found = minor(years)
    assert (True if found >= high else False if found < low else None) is held


def test_the_older_the_less_probably_under_18() -> None:
    found = [minor(years) for years in range(0, 90, 5)]
    assert found == sorted(found, reverse=True) and minor(18) == pytest.approx(0.5)


def detector() -> Age:
    found = Age()
    found.load(Settings(models=models()))
    return found


def test_the_astronaut_is_no_child() -> None:
    scanner = Scanner((), Settings(models=models()), kinds=["age"])
    seen = [o for o in scanner.look(CLIP).observations if o.kind == "age"]
    assert len(seen) == 1 and seen[0].strength is Strength.ESTIMATED
    assert 25 < seen[0].value["years"] < 60 and seen[0].confidence < BANDS["age"][0]
    assert seen[0].value["face"].startswith("faces/")


def test_a_small_face_tells_no_age() -> None:
    look = Look(0.0, Box(0, 0, 0.1, 0.1), np.zeros((192, 192, 3), np.uint8), 30.0, 80.0, 1.0, 0.5)
    face = Observation("faces/0", "face", {"track": 0}, segment=Segment(0, 1), data={"looks": [look]})
    assert list(detector().detect(MEDIA, Post(), [face])) == []


def test_the_estimate_hardly_depends_on_size_and_mirroring() -> None:
    from checker.nets import age
    from checker.nets.face import Finder, crop

    with Media.open(CLIP) as media:
        image = media.frame_at(0.0).image
    whole = crop(image, Finder(Path("no-such-folder")).find(image)[0])
    network = age.load(models())
    seen = [whole[26:170, 26:170], whole[26:170, 26:170][:, ::-1], cv2.resize(whole[26:170, 26:170], (90, 90))]
    years = [float(network.years(np.ascontiguousarray(s)[None])[0]) for s in seen]
    assert max(years) - min(years) < 6
