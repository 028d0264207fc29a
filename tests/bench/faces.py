"""Measure what becomes of a face that somebody changed, how small a face may be, and how long a search takes.

    python -m tests.bench.faces attacks|smallest|search|tracks|finders

Data: `CHECKER_DATA` (faces/), weights: `CHECKER_MODELS`; by default the folders beside the checkout. The embedded
finder is used, and YuNet where `smallest` names it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker import calibration
from checker.evaluation.measure import eer
from checker.gallery import Gallery, Person
from checker.nets.face import Embedder, Finder, crop, sharpness
from tests.bench.likeness import ALIASES, DATA, LEFT_OUT, MODELS, rows

Image = NDArray[np.uint8]
PEOPLE, BAND = 150, 0.75
NOWHERE = Path("no-such-folder")


def people(least: int = 2, most: int = 4) -> dict[str, list[Image]]:
    """Pictures of real people with a border, of those with at least `least`."""
    import cv2

    found: dict[str, list[Image]] = {}
    for row in rows("faces"):
        name = ALIASES.get(row["identity"], row["identity"])
        if row["label"] == "real" and row["kind"] == "crop" and name and name not in LEFT_OUT:
            mine = found.setdefault(name, [])
            if len(mine) < most:
                image = cv2.imread(str(DATA / "faces" / row["file"]), cv2.IMREAD_COLOR_RGB)
                mine.append(np.asarray(cv2.copyMakeBorder(image, 48, 48, 48, 48, cv2.BORDER_REPLICATE)))
    return dict(list({n: p for n, p in found.items() if len(p) >= least}.items())[:PEOPLE])


def _cv2() -> Any:
    import cv2

    return cv2


def jpeg(image: Image, quality: int) -> Image:
    cv2 = _cv2()
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


def resized(image: Image, side: int) -> Image:
    cv2 = _cv2()
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR))


def rotated(image: Image, degrees: float) -> Image:
    cv2 = _cv2()
    matrix = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE))


def smoothed(image: Image) -> Image:
    """A beauty filter: skin without structure, edges kept."""
    return np.asarray(_cv2().bilateralFilter(image, 9, 60, 9))


def tinted(image: Image) -> Image:
    """A warm filter with more contrast."""
    toned = image.astype(np.float32) * (1.12, 1.0, 0.82)
    return np.clip((toned - 128) * 1.25 + 128, 0, 255).astype(np.uint8)


def aged(image: Image) -> Image:
    """Deeper lines and grey hair, by local contrast and less colour: only roughly what years do."""
    cv2 = _cv2()
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    detail = lab[:, :, 0] - cv2.GaussianBlur(lab[:, :, 0], (0, 0), 4)
    lab[:, :, 0] += 1.2 * detail
    lab[:, :, 1:] = 128 + 0.6 * (lab[:, :, 1:] - 128)
    return np.asarray(cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB))


def bordered(image: Image) -> Image:
    return np.asarray(_cv2().copyMakeBorder(image, 90, 90, 60, 60, _cv2().BORDER_CONSTANT, value=(255, 255, 255)))


def lit(image: Image, gain: float) -> Image:
    return np.clip(image * gain, 0, 255).astype(np.uint8)


ATTACKS: dict[str, Callable[[Image], Image]] = {
    "none": lambda image: image,
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "white border": bordered,
    "skin smoothed": smoothed,
    "warm filter": tinted,
    "brightness 0.5": lambda image: lit(image, 0.5),
    "brightness 1.6": lambda image: lit(image, 1.6),
    "JPEG 20": lambda image: jpeg(image, 20),
    "a third of the size": lambda image: resized(image, image.shape[0] // 3),
    "rotated by 12 degrees": lambda image: rotated(image, 12),
    "lines and grey": aged,
    "mirrored, filter, JPEG 40": lambda image: jpeg(tinted(np.ascontiguousarray(image[:, ::-1])), 40),
}


def attacks() -> None:
    """One picture of each person is enrolled, another is changed: is it still matched, and with whom else?"""
    finder, embedder = Finder(NOWHERE), Embedder()
    fit = calibration.load("face-likeness")

    def embed(image: Image) -> Any:
        found = finder.find(image)
        return embedder.embed([image], found[:1])[0] if found else None

    known = {name: (embed(pictures[0]), pictures[1]) for name, pictures in people().items()}
    known = {name: pair for name, pair in known.items() if pair[0] is not None}
    names = list(known)
    references = np.stack([known[n][0] for n in names])
    print(f"{len(names)} people; same: matched at p >= {BAND}; other: of all pairs of different people")
    print(f"{'attack':28}{'face found':>12}{'same':>8}{'other':>9}{'median distance':>17}")
    for attack, change in ATTACKS.items():
        probes = [embed(change(known[n][1])) for n in names]
        here = [i for i, p in enumerate(probes) if p is not None]
        distances = np.linalg.norm(np.stack([probes[i] for i in here])[:, None] - references[None], axis=2)
        p = np.vectorize(fit.probability)(distances)
        own = p[np.arange(len(here)), here]
        others = np.delete(p.ravel(), [r * len(names) + i for r, i in enumerate(here)])
        middle = float(np.median(distances[np.arange(len(here)), here]))
        print(
            f"{attack:28}{len(here) / len(names):12.1%}{(own >= BAND).sum() / len(names):8.1%}"
            f"{(others >= BAND).mean():9.3%}{middle:17.3f}"
        )


def smallest() -> None:
    """Faces of known size on a plain 720x1280 frame: which share is found."""
    cv2 = _cv2()
    pictures = [p for mine in list(people().values())[:60] for p in mine[:1]]
    for finder in (Finder(NOWHERE), Finder(MODELS)):
        print(finder.name)
        boxes = [(image, found[0]) for image in pictures if (found := finder.find(image))]
        for side in (160, 140, 120, 100, 80, 60, 40, 30, 20):
            hits = 0
            for image, face in boxes:
                scale = side / face.side
                small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
                frame = np.full((1280, 720, 3), 110, np.uint8)
                height, width = (min(a, b) for a, b in zip(small.shape[:2], (900, 600), strict=True))
                frame[200 : 200 + height, 60 : 60 + width] = small[:height, :width]
                hits += any(finder.sure(f) and 0.5 < f.side / side < 2 for f in finder.find(frame))
            print(f"  box of {side:3} pixels ({side / 1280:5.1%} of the height): {hits / len(boxes):6.1%} found")


def search() -> None:
    """Milliseconds to compare one face with the references of 100,000 people."""
    rng = np.random.default_rng(0)
    table = rng.normal(0, 0.12, (100_000, 128)).astype(np.float32)
    gallery = Gallery(Path("none"), [Person(f"p{i}", "private", faces=row[None]) for i, row in enumerate(table)])
    took = []
    for i in range(30):
        started = time.perf_counter()
        match = gallery.identify_face(table[i] + np.float32(0.01))
        took.append(time.perf_counter() - started)
        assert match is not None and match.person.name == f"p{i}"
    print(
        f"{len(table)} people: median {1000 * np.median(took):.1f} ms, slowest {1000 * max(took):.1f} ms of {len(took)}"
    )


def tracks() -> None:
    """Tracks of three pictures of which two are worse: the mean embedding, and others weighted by quality."""
    finder, embedder = Finder(NOWHERE), Embedder()
    powers = {"mean": 0.0, "by the root of quality": 0.5, "by quality": 1.0}
    for worse in ((1.5, 4.0), (4.0, 8.0)):
        rng = np.random.default_rng(0)
        flat: list[tuple[str, list[Any]]] = []
        for name, pictures in people(least=4, most=6).items():
            for part in (pictures[:3], pictures[3:6]):
                seen = [
                    _degraded(finder, embedder, p, s)
                    for p, s in zip(part, rng.permutation((0.0, *worse)), strict=False)
                ]
                found = [pair for pair in seen if pair is not None]
                if found:
                    rows_, quality = np.stack([e for e, _ in found]), np.array([q for _, q in found])
                    flat.append((name, [np.average(rows_, axis=0, weights=quality**p) for p in powers.values()]))
        same = np.array([flat[i][0] == flat[j][0] for i in range(len(flat)) for j in range(i)])
        print(f"blurred by {worse}: {same.sum()} same pairs of tracks, {(~same).sum()} different")
        for which, name in enumerate(powers):
            means = [means[which] for _, means in flat]
            d = np.array([np.linalg.norm(means[i] - means[j]) for i in range(len(flat)) for j in range(i)])
            apart = (d[~same].mean() - d[same].mean()) / np.sqrt((d[~same].var() + d[same].var()) / 2)
            print(f"  {name:24} EER {eer(list(-d), list(same)):.2%}, {apart:.2f} standard deviations apart")


def _degraded(finder: Finder, embedder: Embedder, image: Image, sigma: float) -> tuple[Any, float] | None:
    """Embedding and quality of a blurred face, as `checker.detectors.faces` rates it."""
    changed = np.asarray(_cv2().GaussianBlur(image, (0, 0), sigma)) if sigma else image
    if not (found := finder.find(changed)):
        return None
    sharp = sharpness(crop(changed, found[0]))
    return embedder.embed([changed], found[:1])[0], sharp / (sharp + 50.0)


def finders() -> None:
    """Both finders on every fourth real crop: how many they find, and dlib's box in terms of YuNet's."""
    cv2 = _cv2()
    hog, yunet = Finder(NOWHERE), Finder(MODELS)
    table = [r for r in rows("faces") if r["kind"] == "crop" and r["label"] == "real"][::4]
    counts = dict.fromkeys(("as it is", "with a border", "sure of it, with a border", "yunet"), 0)
    pairs = []
    for row in table:
        image = cv2.imread(str(DATA / "faces" / row["file"]), cv2.IMREAD_COLOR_RGB)
        wide = cv2.copyMakeBorder(image, 48, 48, 48, 48, cv2.BORDER_REPLICATE)
        ours, theirs = hog.find(wide), yunet.find(wide)
        counts["as it is"] += any(map(hog.sure, hog.find(image)))
        counts["with a border"] += bool(ours)
        counts["sure of it, with a border"] += any(map(hog.sure, ours))
        counts["yunet"] += bool(theirs)
        if ours and theirs:
            (x, y), (u, v), side = ours[0].centre, theirs[0].centre, theirs[0].side
            pairs.append((ours[0].side / side, (x - u) / side, (y - v) / side))
    for name, count in counts.items():
        print(f"{name:28}{count / len(table):7.1%} of {len(table)}")
    size, right, down = np.median(pairs, axis=0)
    print(f"dlib's box over ours from YuNet's: side {size:.3f}, right {right:+.3f}, down {down:+.3f} sides")


def main() -> None:
    jobs = {"attacks": attacks, "smallest": smallest, "search": search, "tracks": tracks, "finders": finders}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=list(jobs))
    jobs[parser.parse_args().what]()


if __name__ == "__main__":
    main()
