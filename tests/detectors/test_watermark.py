from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from checker.detector import Incomplete, Settings
from checker.detectors.watermark import LEAST_BITS, PAYLOADS, Watermark, key_frames
from checker.errors import DetectorUnavailable
from checker.facts import derive
from checker.label import compare
from checker.media import Media
from checker.post import Post
from checker.types import Observation, Strength
from tests.clips import make_clip, tone
from tests.evidence import evidence, seen

Image = NDArray[np.uint8]


def natural(width: int = 512, height: int = 512, seed: int = 3) -> Image:
    """(h, w, 3) BGR with detail at every scale, as photographs have."""
    dice = np.random.default_rng(seed)
    waves = np.fft.rfft2(dice.standard_normal((3, height, width)))
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    shaped = np.fft.irfft2(waves / np.maximum(np.hypot(rows, columns), 1 / width), s=(height, width))
    return np.clip(128 + 40 * shaped / shaped.std(), 0, 255).astype(np.uint8).transpose(1, 2, 0).copy()


def marked(payload: str, image: Image) -> Image:
    from imwatermark import WatermarkEncoder

    encoder = WatermarkEncoder()
    encoder.set_watermark("bits", [int(bit) for bit in PAYLOADS[payload]])
    out: Image = encoder.encode(image, "dwtDct")
    return out


def film(path: Path, *pictures: Image, crf: int = 12) -> Path:
    """Every picture for five frames, each a key frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5, options={"crf": str(crf), "g": "5"})
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0], "yuv420p"
        for picture in pictures:
            for _ in range(5):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def detector() -> Watermark:
    pytest.importorskip("imwatermark", reason="the extra `watermarks` is not installed")
    made = Watermark()
    made.load(Settings())
    return made


Look = Callable[[Path], list[Observation]]


@pytest.fixture
def look(detector: Watermark) -> Look:
    def see(path: Path) -> list[Observation]:
        with Media.open(path) as media:
            return list(detector.detect(media, Post(), ()))

    return see


def test_without_the_extra_it_is_unavailable_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imwatermark", None)
    with pytest.raises(DetectorUnavailable, match=r"pip install checker\[watermarks\]"):
        Watermark().load(Settings())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_bits_that_are_all_the_same_match_no_payload(payload: str) -> None:
    bits = PAYLOADS[payload]
    assert max(bits.count("0"), bits.count("1")) < LEAST_BITS[len(bits)] - 10


@pytest.mark.parametrize("length", LEAST_BITS)
def test_chance_alone_matches_less_than_once_in_a_billion(length: int) -> None:
    ways = sum(math.comb(length, n) for n in range(LEAST_BITS[length], length + 1))
    assert ways / 2**length < 1e-9
    assert {len(payload) for payload in PAYLOADS.values()} == set(LEAST_BITS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_watermark_in_one_picture_of_a_film_is_seen(payload: str, look: Look, tmp_path: Path) -> None:
    plain = [natural(seed=n) for n in range(3)]
    (hit,) = look(film(tmp_path / "a.mp4", plain[0], marked(payload, plain[1]), plain[2]))
    assert (hit.kind, hit.value["payload"], hit.strength) == ("watermark", payload, Strength.ESTIMATED)
    assert LEAST_BITS[hit.value["of"]] <= hit.value["bits"] <= hit.value["of"]
    assert hit.segment is not None and hit.segment.start_s == pytest.approx(1.0, abs=0.21)
    assert look(film(tmp_path / "b.mp4", *plain)) == []


def test_a_still_picture_is_looked_at(look: Look, tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "a.png"), marked("flux", natural()))
    cv2.imwrite(str(tmp_path / "b.png"), natural())
    assert [o.value["payload"] for o in look(tmp_path / "a.png")] == ["flux"]
    assert look(tmp_path / "b.png") == []


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_blank_pictures_show_nothing(shade: int, detector: Watermark) -> None:
    matches = detector.matches(np.full((512, 512, 3), shade, np.uint8))
    assert all(bits < LEAST_BITS[len(PAYLOADS[payload])] for payload, bits in matches.items())


def test_a_picture_that_is_too_small_or_very_tall(detector: Watermark) -> None:
    assert detector.matches(natural(96, 160)) == {}
    assert detector.matches(marked("sdxl", natural(256, 4200)))["sdxl"] >= 44


def test_key_frames_are_few_distinct_and_whole(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", *(natural(256, 256, n) for n in range(8)))
    with Media.open(path) as media:
        found = list(key_frames(media, 4))
    times = [time_s for time_s, _ in found]
    assert times == sorted(set(times)) and len(times) == 4
    assert all(picture.shape == (256, 256, 3) for _, picture in found)


def test_what_cannot_be_decoded_is_said(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", natural(256, 256))
    content = bytearray(path.read_bytes())
    with Media.open(path) as media:
        start = content.index(b"mdat") + 4
        content[start : start + 40_000] = bytes(min(40_000, len(content) - start))
        path.write_bytes(content[: len(path.read_bytes())])
        with pytest.raises(Incomplete, match="no key frame"):
            list(key_frames(media, 2))


@pytest.mark.parametrize(("audio", "applies"), [(False, True), (True, False)])
def test_it_looks_at_pictures_only(audio: bool, applies: bool, tmp_path: Path) -> None:
    path = tmp_path / ("a.m4a" if audio else "a.mp4")
    if audio:
        make_clip(path, picture=None, sound=tone(0.5), seconds=0.5)
    else:
        make_clip(path, seconds=0.5)
    with Media.open(path) as media:
        assert Watermark().applies_to(media) is applies


def test_a_hit_is_an_estimate_of_ai_in_the_picture_and_a_miss_says_nothing() -> None:
    hit = seen("watermark", 0.9, "estimated", payload="sdxl", bits=47, of=48)
    found = derive(evidence(hit, watermark="ok"))
    assert found.full["ai"]["used"] is True and found.full["ai"]["visual"] is True
    assert not found.firm["ai"].get("used") and not found.firm["ai"].get("visual")
    assert found.full["ai"]["audio"] is not True if "audio" in found.full["ai"] else True
    for state in ("ok", "unavailable", "failed"):
        assert derive(evidence(watermark=state)).full["ai"]["used"] is False


def test_an_upload_that_loses_it_is_told() -> None:
    hit = seen("watermark", 0.9, "estimated", payload="sdxl", bits=47, of=48)
    assert [(c.outcome, c.what) for c in compare([hit], [])] == [("lost", "sdxl")]
