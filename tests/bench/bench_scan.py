"""Where the time of a scan goes: `python -m tests.bench.bench_scan [CLIP]`.

Prints per stage seconds, share and real-time factor, and the whole against (a) decoding alone and (b) the naive way:
every sampled frame through OCR and face embedding, one stage after the other. All in this one run, weights loaded
before the clock starts. Without CLIP it makes 60 s of 720x1280 at 30 fps with captions that change, a face that
moves (scikit-image's astronaut) and speech (espeak-ng).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.media import Media
from checker.pipeline import Scanner, cores
from checker.types import RunStatus
from tests.clips import make_clip

SECONDS = 60.0
SIZE = (720, 1280)
CAPTIONS = (
    "Three things nobody tells you", "1. Start before you are ready", "2. Ask somebody who has done it",
    "3. Sleep on the big ones", "Which one is yours?", "Follow for part two",
)  # fmt: skip
SPEECH = (
    "Three things nobody tells you about starting a small garden on your balcony. First of all, the pots are heavier "
    "than you think, so measure the floor before you carry anything up the stairs. Second, plants want less water in "
    "spring and more in late summer. And third, talk to your neighbours, because they will eat half of the tomatoes. "
)


def make(path: Path) -> Path:
    """The clip of the module's docstring."""
    from PIL import Image, ImageDraw, ImageFont
    from skimage import data

    face = Image.fromarray(data.astronaut()).resize((460, 460))
    font = ImageFont.load_default(size=52)
    rng = np.random.default_rng(0)
    ground = Image.fromarray(rng.integers(60, 200, (40, 23, 3), np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)

    def picture(time_s: float) -> NDArray[np.uint8]:
        frame = ground.copy()
        frame.paste(face, (int(130 + 90 * np.sin(time_s / 2)), int(380 + 40 * np.cos(time_s / 3))))
        if time_s % 10 < 8:
            draw = ImageDraw.Draw(frame)
            draw.text(
                (360, 1050),
                CAPTIONS[int(time_s // 10) % len(CAPTIONS)],
                "white",
                font,
                "mm",
                stroke_width=3,
                stroke_fill="black",
            )
        return np.asarray(frame)

    return make_clip(path, picture=picture, sound=speech(), seconds=SECONDS, rate_hz=30)


def speech() -> NDArray[np.float32]:
    """(n,) mono at 48 kHz: a minute of espeak-ng."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-s", "150", "-w", file.name, SPEECH * 4], check=True)
        with Media.open(file.name) as media:
            samples = media.samples()
    return np.repeat(samples, 3)[: round(SECONDS * 48_000)].astype(np.float32)


def timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def decode(path: Path) -> None:
    with Media.open(path) as media:
        media.decode(frames_hz=2.0)


def naive(path: Path, scanner: Scanner) -> None:
    """Every frame at 2 Hz through OCR, then through face embedding, then speech and voices: no gating, no overlap."""
    from rapidocr import RapidOCR

    from checker.nets.face import Embedder, Finder
    from checker.post import Post

    ocr = RapidOCR(params={"Global.log_level": "critical"})
    finder, embedder = Finder(), Embedder()
    with Media.open(path) as media:
        media.decode(frames_hz=2.0)
        frames = list(media.frames(2.0))
        for frame in frames:
            ocr(frame.image[:, :, ::-1])
        for frame in frames:
            found = finder.find(frame.image, min(frame.image.shape[:2]))
            embedder.embed([frame.image] * len(found), found)
        prior: list[Any] = []
        for name in ("speech", "voices"):
            prior += scanner.detectors[name].detect(media, Post(), prior)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--no-naive", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not asked.clip and shutil.which("espeak-ng") is None:
            raise SystemExit("espeak-ng, which speaks in the clip, is not installed: install it, or give a clip")
        path = asked.clip or make(Path(folder) / "bench.mp4")
        scanner = Scanner(["tiktok"])
        loading_s = timed(scanner.load)
        scanner.scan(path)  # warm: first calls compile and allocate
        started = time.perf_counter()
        report = scanner.scan(path)
        whole_s = time.perf_counter() - started
        assert report.media is not None
        long_s = report.media.duration_s
        print(f"{report.media.width}x{report.media.height}, {long_s:.0f} s, verdict {report.verdict}, {cores()} cores")
        print(f"weights loaded in {loading_s:.1f} s\n\n{'stage':16} {'seconds':>8} {'share':>7} {'x real time':>12}")
        looked = [run for run in report.runs if run.status is RunStatus.OK]
        total_s = sum(run.seconds for run in looked)
        for run in sorted(looked, key=lambda r: -r.seconds):
            factor = long_s / run.seconds if run.seconds > 0.001 else float("inf")
            print(f"{run.detector:16} {run.seconds:8.2f} {run.seconds / total_s:7.1%} {factor:12.1f}")
        print(f"{'sum of stages':16} {total_s:8.2f}\n{'whole, wall':16} {whole_s:8.2f} {'':7} {long_s / whole_s:12.1f}")
        decode_s = timed(lambda: decode(path))
        print(f"{'decode alone':16} {decode_s:8.2f}   whole is {whole_s / decode_s:.1f} x decode")
        if not asked.no_naive:
            naive_s = timed(lambda: naive(path, scanner))
            print(f"{'naive way':16} {naive_s:8.2f}   whole is {naive_s / whole_s:.1f} x faster")


if __name__ == "__main__":
    main()
