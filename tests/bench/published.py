"""Measure the published networks on labelled data, beside the embedded one, and fit their calibrators.

    python -m tests.bench.published faces|voices [--every 4] [--write]

Data: `CHECKER_DATA` (faces/, voices/), weights: `CHECKER_MODELS`; by default the folders beside the checkout. Crops
and clips go through the detectors as in a scan. A fit is measured on folds that it did not see, which hold other
generators. The embedded network saw much of this data in training: its figures are in its model card, and its row is
left alone. `--write` stores the fits in `checker/calibration.json`.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace

from checker import calibration
from checker.detector import Settings
from checker.evaluation import clips, fit
from checker.evaluation.manifest import Clip
from checker.evaluation.measure import auc, eer
from checker.nets.panel import PRIOR, PULLED_FACES, PULLED_VOICES
from tests.bench.likeness import DATA, MODELS, rows

PULLED = {"faces": PULLED_FACES, "voices": PULLED_VOICES}


def labelled(what: str, every: int) -> list[Clip]:
    """Every n-th crop or clip; the group of a fake is its generator."""
    table = [row for row in rows(what) if what == "voices" or row["kind"] == "crop"]
    return [
        Clip(DATA / what / r["file"], r["label"] == "fake", r["generator"] if r["label"] == "fake" else "")
        for r in table[::every]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=list(PULLED))
    parser.add_argument("--every", type=int, default=4, help="take every n-th one only")
    parser.add_argument("--write", action="store_true", help="store the fits in checker/calibration.json")
    asked = parser.parse_args()
    started = time.perf_counter()
    settings = Settings(models=MODELS, threads=1, calibrated=False)
    seen = list(clips.look(labelled(asked.what, asked.every), asked.what, settings))
    print(f"{len(seen)} {asked.what}, {sum(not s.found for s in seen)} of them not judged, ", end="")
    print(f"{(time.perf_counter() - started) / len(seen):.2f} s each")
    by = f"python -m tests.bench.published {asked.what} --every {asked.every} --write"
    found = {}
    for name in PULLED[asked.what]:
        alone = [replace(s, found=tuple(_only(o, name) for o in s.found)) for s in seen]
        fitted = fit.clips(alone, PRIOR, by)
        found |= fitted.rows
        row = fitted.rows[name]
        scores = [(s.scores()[0][name], s.clip.fake) for s in alone if s.found]
        raw, truth = [x for x, _ in scores], [t for _, t in scores]
        sign = 1 if row["slope"] > 0 else -1
        held = [a.confidence or 0.0 for a in fitted.answers]
        print(
            f"{name:18} AUC {auc([sign * x for x in raw], truth):.3f}, EER {eer([sign * x for x in raw], truth):.1%}; "
            f"on folds not seen AUC {row['auc']:.3f}, confidences {min(held):.2f} to {max(held):.2f}"
        )
    if asked.write:
        calibration.TABLE.write_text(json.dumps({**calibration.table(), **found}, indent=1) + "\n", "utf-8")


def _only(o: clips.Observation, name: str) -> clips.Observation:
    """An observation with the say of one network alone."""
    return replace(o, value={**o.value, "networks": {name: o.value["networks"][name]}})


if __name__ == "__main__":
    main()
