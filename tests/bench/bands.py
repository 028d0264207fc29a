"""Bands of the packs from scores of networks that saw neither the clip's source nor its generator.

    python -m tests.bench.bands voices|faces [--write]

The embedded networks ship with these scores (`checker/training/`) and are calibrated on them. Two bands are measured:
the default one of the facts, and the one that `checker calibrate` would propose, with at most 1 % of what is real at or
above it and at most 10 % inside. The default ones are narrower than that: what was chosen and calibrated on these
scores flatters, and a real clip in doubt is flagged.
`--write` notes the area under the curve in `checker/calibration.json`: it is what a network's say is weighted by.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

from checker import calibration
from checker.cli.eval import show
from checker.evaluation import fit, measure
from checker.facts.evidence import BANDS
from checker.nets.panel import PRIOR
from checker.training import __file__ as training

SCORES = {"voices": "voices/held_out_scores.csv", "faces": "faces/scores.csv"}
GROUPS = ("family", "method", "group")
"""Columns of which the first that is there divides the fakes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=list(SCORES))
    parser.add_argument("--write", action="store_true", help="store the AUC in checker/calibration.json")
    asked = parser.parse_args()
    what, name = asked.what, f"synthetic-{asked.what[:-1]}"
    fitted = calibration.load(name)
    with (Path(training).parent / SCORES[what]).open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    column = next(c for c in GROUPS if c in table[0])
    answers = [
        measure.Answer(
            row["label"] == "fake",
            fitted.probability(float(row["score"]), PRIOR),
            row[column] if row["label"] == "fake" else "",
        )
        for row in table
    ]
    for title, band in (("default", BANDS[f"synthetic_{what[:-1]}"]), ("as `calibrate` proposes", fit.band(answers))):
        print(f"\n{title}: {{synthetic_{what[:-1]}: [{band[0]:g}, {band[1]:g}]}}")
        found = measure.table(answers, band, PRIOR)
        show(found)
        real = [answer.confidence for answer in answers if not answer.truth and answer.confidence is not None]
        print(f"of real ones inside: {sum(band[0] <= c < band[1] for c in real) / len(real):.1%}")
    print(f"calibration error {found['all']['calibration_error']:.3f}; share of synthetic ones assumed {PRIOR}")
    if asked.write:
        rows = dict(calibration.table())
        rows[name] = {**rows[name], "auc": found["all"]["auc"]}
        calibration.TABLE.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
