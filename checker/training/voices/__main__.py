"""`python -m checker.training.voices STEP`: README.md beside this file has the steps and their times."""

from __future__ import annotations

import argparse
import logging
import os
import time
from pathlib import Path

from ...nets import synthetic_voice
from . import data, prepare, training, validate

STEPS = {
    "prepare": "made fakes and augmented copies, into the cache",
    "traces": "their traces, into the cache",
    "held-out": "scores by networks that saw neither family nor speaker, into held_out_scores.csv",
    "train": "the network on everything, into checker/nets/synthetic_voice.onnx",
    "calibrate": "from the held-out scores; --write stores it",
    "report": "error rates from the held-out scores; needs no data",
    "corpora": "whole sources of real speech held out",
    "curve": "error over the number of generators",
    "nested": "error when settings are chosen on inner folds",
    "robustness": "after codecs, noise, music, rooms",
    "cues": "what must not tell anything",
    "speed": "times real time on one core, by processor time",
    "published": "AASIST's published weights on the same clips (CHECKER_MODELS)",
}


def main() -> None:
    shown = "\n".join(f"  {name:<11}{text}" for name, text in STEPS.items())
    parser = argparse.ArgumentParser(description=__doc__, epilog=shown, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("step", choices=STEPS, metavar="STEP")
    parser.add_argument("--data", help="folder that holds voices/; CHECKER_DATA by default")
    parser.add_argument("--cache", type=Path, default=Path("build/voices"), help="folder of 2 GB for what is made")
    parser.add_argument("--every", type=int, default=1, help="take every n-th clip only")
    parser.add_argument("--write", action="store_true", help="store the calibration")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    started = time.process_time()
    run(asked)
    logging.info("%s: %.0f s of processor time", asked.step, time.process_time() - started)


def run(asked: argparse.Namespace) -> None:
    if asked.step == "report":
        return validate.report()
    if asked.step == "calibrate":
        return print(validate.calibrate(asked.write))
    if asked.step == "speed":
        return validate.speed()
    source = data.folder(asked.data)
    table = data.clips(source)
    if asked.step == "prepare":
        return prepare.run(source, asked.cache)
    if asked.step == "traces":
        return training.make_traces(asked.cache, table)
    if asked.step == "cues":
        return validate.cues(source, table)
    if asked.step == "published":
        return validate.published(source, table, Path(os.environ["CHECKER_MODELS"]), asked.every)
    rows = training.rows(asked.cache)
    if asked.step == "held-out":
        return validate.write_scores(table, training.held_out(table, rows)[0])
    if asked.step == "train":
        return training.train(table, rows, table.fake | ~table.fake).export(synthetic_voice.FILE)
    if asked.step == "corpora":
        return validate.corpora(table, rows)
    if asked.step == "curve":
        return validate.curve(table, rows)
    if asked.step == "nested":
        return validate.nested(table, rows)
    return validate.robustness(source, table, rows, asked.every)


if __name__ == "__main__":
    main()
