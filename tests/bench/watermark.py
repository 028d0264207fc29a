"""Measure how often open watermarks are seen where there are none, and where there are.

    python -m tests.bench.watermark [--embedded N]

Needs the extra `watermarks`. Pictures: the crops of `CHECKER_DATA` (faces/crops), by default in the folder beside the
checkout, which were all scaled and encoded anew, so that none has kept a watermark. Nine make a mosaic of 576 x 576
pixels, each ninth is also scaled up to that size.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from checker.detector import Settings
from checker.detectors.watermark import LEAST_BITS, PAYLOADS, Watermark, key_frames
from checker.media import Media
from tests.shared import SIBLING

CROPS = Path(os.environ.get("CHECKER_DATA") or SIBLING / "data") / "faces/crops"
SIDE = 576
CRFS = (12, 18, 23, 28)


def pictures() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Kind and picture (576, 576, 3) BGR."""
    files = sorted(CROPS.iterdir())
    for i in range(0, len(files) - 8, 9):
        nine = [cv2.imread(str(file)) for file in files[i : i + 9]]
        if all(picture is not None and picture.shape == (192, 192, 3) for picture in nine):
            yield "mosaic", np.vstack([np.hstack(nine[j : j + 3]) for j in (0, 3, 6)])
            yield "scaled", cv2.resize(nine[0], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def false_hits(detector: Watermark) -> None:
    hits: Counter[str] = Counter()
    most: dict[str, float] = dict.fromkeys(PAYLOADS, 0.0)
    n, started = 0, time.perf_counter()
    for _, picture in pictures():
        n += 1
        for payload, bits in detector.matches(picture).items():
            share = bits / len(PAYLOADS[payload])
            hits[payload] += bits >= LEAST_BITS[len(PAYLOADS[payload])]
            most[payload] = max(most[payload], share)
    print(f"{n} pictures without a watermark, {(time.perf_counter() - started) / n:.3f} s each")
    for payload in PAYLOADS:
        print(f"  {payload}: {hits[payload]} hits, most bits {100 * most[payload]:.0f} %")
    print(f"  upper bound of false hits a picture (95 %, rule of three): {100 * 3 / n:.2f} %")


def embedded(detector: Watermark, count: int) -> None:
    from imwatermark import WatermarkEncoder

    hits: Counter[tuple[str, str, str]] = Counter()
    totals: Counter[tuple[str, str, str]] = Counter()
    shares: dict[tuple[str, str, str], list[float]] = {}
    # the end of the list, so that other pictures are marked than those that come first
    for kind, picture in list(pictures())[-count:]:
        for payload, bits in PAYLOADS.items():
            encoder = WatermarkEncoder()
            encoder.set_watermark("bits", [int(bit) for bit in bits])
            marked = encoder.encode(picture, "dwtDct")
            seen = {"clean": detector.matches(marked)[payload]}
            jpeg = cv2.imencode(".jpg", marked, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
            seen["jpeg 90"] = detector.matches(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))[payload]
            for crf in CRFS:
                seen[f"h264 crf {crf}"] = coded(detector, marked, crf)[payload]
            for how, found in seen.items():
                key = (payload, kind, how)
                totals[key] += 1
                hits[key] += found >= LEAST_BITS[len(bits)]
                shares.setdefault(key, []).append(found / len(bits))
    for key in totals:
        print(f"  {' '.join(key)}: {hits[key]}/{totals[key]} seen, mean bits {100 * float(np.mean(shares[key])):.0f} %")


def coded(detector: Watermark, marked: NDArray[np.uint8], crf: int) -> dict[str, int]:
    """Best match per payload over the key frames of a second of this picture in H.264, through the detector's path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=10, options={"crf": str(crf), "threads": "1"})
            stream.width, stream.height, stream.pix_fmt = marked.shape[1], marked.shape[0], "yuv420p"
            for _ in range(10):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(marked, format="bgr24")))
            container.mux(stream.encode())
        with Media.open(path) as media:
            found = [detector.matches(bgr) for _, bgr in key_frames(media, 1)]
    return {payload: max(f[payload] for f in found) for payload in PAYLOADS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embedded", type=int, default=40, help="pictures that are marked")
    given = parser.parse_args()
    detector = Watermark()
    detector.load(Settings())
    false_hits(detector)
    embedded(detector, given.embedded)


if __name__ == "__main__":
    main()
