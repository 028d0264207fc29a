"""Measure likeness and synthetic-voice scores on labelled data, and fit their calibrations.

    python -m tests.bench.likeness faces|voices|turns [--write]

Data: `CHECKER_DATA` (faces/, voices/), weights: `CHECKER_MODELS`; by default the folders beside the checkout. A fit
is measured on people or speakers other than those that it was fitted on; a hash of the name divides them.
`--write` stores the fit in `checker/calibration.json`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker import calibration
from checker.evaluation.fit import platt
from checker.evaluation.measure import calibration_error, eer
from tests.shared import SIBLING

DATA = Path(os.environ.get("CHECKER_DATA") or SIBLING / "data")
MODELS = Path(os.environ.get("CHECKER_MODELS") or SIBLING / "models")

# One person under two names, and two people under one: seen among the pairs that are farthest on the wrong side.
ALIASES = {"retalk:3": "hdtf:WDA_AlexandriaOcasio"}
LEFT_OUT = {"cv:001.avi"}
MOST_PER_PERSON = 8
"""Pictures or clips of one person, so that no one outweighs the others."""


def half(name: str) -> int:
    """0: fit, 1: measure."""
    return hashlib.sha256(name.encode()).digest()[0] & 1


def rows(kind: str) -> Iterator[dict[str, str]]:
    with (DATA / kind / "manifest.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def pairs(names: list[str], rows_: NDArray[Any], distance: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Distance of every pair, and whether it is one person."""
    first, second = np.triu_indices(len(names), 1)
    if distance == "cosine":
        values = 1.0 - (rows_ @ rows_.T)[first, second]
    else:
        squares = (rows_**2).sum(axis=1)
        values = np.sqrt(np.maximum(0, squares[:, None] + squares[None] - 2 * rows_ @ rows_.T))[first, second]
    who = np.unique(names, return_inverse=True)[1]
    return values, who[first] == who[second]


def report(name: str, names: list[str], rows_: NDArray[Any], distance: str) -> dict[str, Any]:
    """Measure on each half of the people a fit on the other half; return the fit on all of them."""
    kept = [i for i, n in enumerate(names) if names[:i].count(n) < MOST_PER_PERSON]
    names, rows_ = [names[i] for i in kept], rows_[kept]
    sides = []
    for side in (0, 1):
        mine = [i for i, n in enumerate(names) if half(n) == side]
        sides.append(pairs([names[i] for i in mine], rows_[mine], distance))
    probability, score, truth = [], [], []
    for (d, same), (other_d, other_same) in (sides, sides[::-1]):
        slope, offset = platt(d, same)
        logistic = calibration.Logistic(slope, offset, 20.0)
        probability += [logistic.probability(x) for x in other_d]
        score += [slope * x + offset for x in other_d]
        truth += list(other_same)
    p, t = np.array(probability), np.array(truth)
    both = [np.concatenate([a, b]) for a, b in zip(*sides, strict=True)]
    slope, offset = platt(*both)
    limit = float(np.log((~t).sum() / 3))  # rule of three: what no different pair reached
    people = sum(names.count(n) > 1 for n in dict.fromkeys(names))
    hit, wrong = (p[t] >= 0.5).mean(), (p[~t] >= 0.5).mean()
    print(f"{name}: {t.sum()} same pairs of {people} people, {(~t).sum()} different pairs; fitted on the other half")
    print(f"  EER {eer(np.array(score), t):.2%}  same found {hit:.2%}  different taken for same {wrong:.3%}")
    print(f"  balanced 1:1 accuracy {(hit + 1 - wrong) / 2:.2%}  calibration error {calibration_error(p, t):.3f}")
    for band in (0.55, 0.75, 0.9, 0.99, 0.999):
        print(f"  p >= {band}: {(p[t] >= band).mean():.2%} of same, {(p[~t] >= band).mean():.4%} of different")
    print(f"  on all: slope {slope:.2f} offset {offset:.2f}, even odds at distance {-offset / slope:.3f}")
    return {"slope": round(slope, 3), "offset": round(offset, 3), "limit": round(limit, 2)}


def faces() -> dict[str, Any]:
    """With the embedded finder, whose fit is stored, and with the pulled one."""
    import cv2

    from checker.nets.face import Embedder, Finder

    embedder, out = Embedder(), {}
    people: list[tuple[str, Any]] = []
    for row in rows("faces"):
        name = ALIASES.get(row["identity"], row["identity"])
        wanted = row["label"] == "real" and row["kind"] == "crop" and name and name not in LEFT_OUT
        if wanted and sum(name == other for other, _ in people) < MOST_PER_PERSON:
            image = cv2.imread(str(DATA / "faces" / row["file"]), cv2.IMREAD_COLOR_RGB)
            people.append((name, cv2.copyMakeBorder(image, 48, 48, 48, 48, cv2.BORDER_REPLICATE)))
    for finder in (Finder(MODELS), Finder(Path("no-such-folder"))):
        started, names, found = time.perf_counter(), [], []
        for name, image in people:
            if seen := finder.find(image):
                names.append(name)
                found.append(embedder.embed([image], seen[:1])[0])
        each = (time.perf_counter() - started) / len(people)
        print(f"{finder.name}: {len(names)} of {len(people)} faces found, {each:.3f} s each with the embedding")
        out["face-likeness"] = report(f"faces, {finder.name}", names, np.stack(found), "euclidean")
    return out


def samples(file: str) -> NDArray[np.float32]:
    from checker.media import Media

    with Media.open(DATA / "voices" / file) as media:
        return media.samples()


def voices() -> dict[str, Any]:
    from checker.nets.voice import Encoder

    encoder = Encoder()
    real = [row for row in rows("voices") if row["label"] == "real"]
    seconds = time.perf_counter()
    found = np.stack([encoder.voice(samples(row["file"])) for row in real])
    print(f"{len(real)} clips, {(time.perf_counter() - seconds) / len(real):.3f} s each")
    return {"voice-likeness": report("voices", [row["speaker"] for row in real], found, "cosine")}


def turns() -> dict[str, Any]:
    """How well speakers are told apart: 150 dialogues A B A B made of clips, and speakers alone."""
    from checker.detectors.voices import SAME_SPEAKER, cluster
    from checker.nets.voice import Encoder, level

    encoder, clips = Encoder(), dict[str, list[NDArray[np.float32]]]()
    for row in rows("voices"):
        if row["label"] == "real":
            clips.setdefault(row["speaker"], []).append(encoder.windows(level(samples(row["file"]))))
    several = {name: found for name, found in clips.items() if len(found) >= 2}
    rng = np.random.default_rng(1)
    for same in sorted({0.60, 0.64, 0.68, 0.76, SAME_SPEAKER}):
        counts, purity = [], []
        for _ in range(150):
            a, b = (several[name] for name in rng.choice(list(several), 2, replace=False))
            parts = [a[0], b[0], a[1], b[1]]
            truth = np.repeat([0, 1, 0, 1], [len(p) for p in parts])
            found = np.array(cluster(np.concatenate(parts), same))
            counts.append(len(set(found)))
            purity.append(sum(np.bincount(truth[found == k]).max() for k in set(found)) / len(found))
        alone = np.mean([len(set(cluster(np.concatenate(found[:5]), same))) == 1 for found in several.values()])
        two, one = np.mean(np.array(counts) == 2), np.mean(np.array(counts) == 1)
        print(
            f"same speaker above {same}: {two:.0%} of dialogues have two speakers, {one:.0%} one; "
            f"purity {np.mean(purity):.3f}; {alone:.0%} of {len(several)} speakers alone are one"
        )
    return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["faces", "voices", "turns"])
    parser.add_argument("--write", action="store_true", help="store the fit in checker/calibration.json")
    asked = parser.parse_args()
    jobs = {"faces": faces, "voices": voices, "turns": turns}
    found = jobs[asked.what]()
    if asked.write:
        table = dict(calibration.table())
        for name, row in found.items():
            table[name] = {**row, "by": f"python -m tests.bench.likeness {asked.what} --write"}
        calibration.TABLE.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
