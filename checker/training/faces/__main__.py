"""Make, train, export and measure the network for synthetic faces.

    python -m checker.training.faces licences|decoders|prepare|train|export|evaluate|robustness|curve|all

Data: `--data FOLDER` or `CHECKER_DATA`, the folder with faces/manifest.csv. What is made on the way goes to `--work`.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from . import rows as table

if TYPE_CHECKING:
    from .network import FaceNet

SEEDS = 1
"""Networks whose mean is asked, for every fold."""


def licences(given: argparse.Namespace) -> None:
    """What may be trained on, and why."""
    print(table.summary(table.read(given.faces)))


def decoders(given: argparse.Namespace) -> None:
    """Train the autoencoders that draw fakes."""
    import numpy as np
    import torch

    from . import decoders as made

    real = [r for r in table.read(given.faces) if r.trains and not r.fake]
    pictures = np.stack([table.picture(given.faces, r) for r in real])
    folder = given.work / "decoders"
    folder.mkdir(parents=True, exist_ok=True)
    for seed, kind in enumerate(made.KINDS):
        torch.save(made.train(pictures, kind, given.decoder_steps, seed).state_dict(), folder / f"{kind}.pt")


def prepare(given: argparse.Namespace) -> None:
    """Degraded copies, and fakes made from the real ones."""
    from . import prepare as made

    n = made.prepare(given.faces, given.work / "copies", given.work / "decoders", given.scale, given.jobs)
    print(f"{n} copies")


def train(given: argparse.Namespace) -> None:
    """A network for each fold and seed."""
    from . import train as trained
    from .prepare import load

    copies = load(given.work / "copies")
    for fold in table.FOLDS:
        for seed in range(given.seeds):
            if given.fold in (None, fold.name):
                network = trained.train(copies, fold, seed, given.steps)
                network = trained.train(copies, fold, seed, given.more_steps, network)
                trained.save(network, network_file(given.work, fold.name, seed))


def network_file(work: Path, fold: str, seed: int) -> Path:
    return work / "networks" / f"{fold}-{seed}.pt"


def networks(given: argparse.Namespace, fold: str) -> list[FaceNet]:
    """The trained networks of a fold.

    Raises:
        SystemExit: There are none.
    """
    from .train import restore

    files = [network_file(given.work, fold, seed) for seed in range(given.seeds)]
    if missing := [f.name for f in files if not f.is_file()]:
        raise SystemExit(f"no network {', '.join(missing)} in `{given.work}`; run `train` first")
    return [restore(f) for f in files]


def export(given: argparse.Namespace) -> None:
    """The file that ships, its calibration, and the scores that it was fitted on."""
    from . import export as exported
    from . import report

    sha256 = exported.export(networks(given, "all"))
    answers = report.ask(given.faces, lambda fold: networks(given, fold))
    row = report.calibrate(answers)
    exported.write_row(row, sha256, "python -m checker.training.faces export")
    report.write_csv(answers)
    print(f"synthetic_face.onnx {sha256}\n{row}")


def evaluate(given: argparse.Namespace) -> None:
    """Figures on what was never seen."""
    from . import report

    print(report.evaluate(given.faces, lambda fold: networks(given, fold)))


def robustness(given: argparse.Namespace) -> None:
    """Figures after re-encoding, resizing, cropping, blurring, filters and overlays."""
    from . import report

    print(report.robustness(given.faces, lambda fold: networks(given, fold)))


def curve(given: argparse.Namespace) -> None:
    """Figures over the number of sources trained on."""
    from . import report
    from .prepare import load

    print(report.curve(given.faces, load(given.work / "copies"), given.steps))


def all_(given: argparse.Namespace) -> None:
    """Everything, in order."""
    for step in (decoders, prepare, train, export, evaluate, robustness):
        step(given)


STEPS: dict[str, Callable[[argparse.Namespace], None]] = {
    f.__name__.rstrip("_"): f for f in (licences, decoders, prepare, train, export, evaluate, robustness, curve, all_)
}


def main(words: list[str] | None = None) -> None:
    from .train import MORE_STEPS
    from .train import STEPS as steps

    parser = argparse.ArgumentParser("python -m checker.training.faces", description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--data")
    parser.add_argument("--work", type=Path, default=Path("build/faces"))
    parser.add_argument("--fold", choices=[f.name for f in table.FOLDS])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--more-steps", type=int, default=MORE_STEPS)
    parser.add_argument("--decoder-steps", type=int, default=500)
    parser.add_argument("--scale", type=float, default=0.6, help="how many copies are prepared, of the usual number")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args(words)
    given.faces = table.data_folder(given.data)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    STEPS[given.step](given)


if __name__ == "__main__":
    main()
