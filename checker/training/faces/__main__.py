"""Make, train, export and measure the network for synthetic faces.

    python -m checker.training.faces licences|decoders|prepare|train|export|evaluate|robustness|all
    python -m checker.training.faces published|curve|repeat|temporal

Data: `--data FOLDER` or `CHECKER_DATA`, the folder with faces/manifest.csv. What is made on the way goes to `--work`.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from . import rows as table

if TYPE_CHECKING:
    from .measure import Scores
    from .network import FaceNet


def licences(given: argparse.Namespace) -> None:
    """What may be trained on, and why."""
    typer.echo(table.summary(table.read(given.faces)))


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
    """Degraded copies, and fakes made from them."""
    from . import prepare as made

    n = made.prepare(given.faces, given.work / "copies", given.work / "decoders", given.scale, given.jobs)
    typer.echo(f"{n} copies")


def train(given: argparse.Namespace) -> None:
    """A network for each seed."""
    from . import train as trained
    from .prepare import load

    copies = load(given.work / "copies")
    for seed in range(given.seeds):
        trained.save(trained.train(copies, seed, given.steps), given.work / f"network-{seed}.pt")


def networks(given: argparse.Namespace) -> list[FaceNet]:
    """The trained networks.

    Raises:
        SystemExit: There are none.
    """
    from .train import restore

    files = [given.work / f"network-{seed}.pt" for seed in range(given.seeds)]
    if missing := [f.name for f in files if not f.is_file()]:
        raise SystemExit(f"no {', '.join(missing)} in `{given.work}`; run `train` first")
    return [restore(f) for f in files]


def export(given: argparse.Namespace) -> None:
    """The file that ships, its calibration, and the scores that it was fitted on."""
    from ...nets import synthetic_face
    from . import export as exported
    from . import report

    sha256 = exported.export(networks(given))
    answers = report.ask(given.faces, synthetic_face.load(1).scores)
    row = report.calibrate(answers)
    exported.write_row(row, sha256, "python -m checker.training.faces export")
    report.write_csv(answers)
    typer.echo(f"{synthetic_face.FILE.name} {sha256}\n{row}")


def evaluate(given: argparse.Namespace) -> None:
    """Figures of the shipped network, or with --onnx of another's, on what never trained."""
    from . import report

    typer.echo(report.evaluate(report.ask(given.faces, _scores(given))))


def _scores(given: argparse.Namespace) -> Scores:
    """What scores crops: the shipped network, or an ONNX file that takes them in the same way."""
    from ...nets import synthetic_face

    return synthetic_face.load(1, given.onnx or synthetic_face.FILE).scores


def published(given: argparse.Namespace) -> None:
    """Figures of MesoNet's published weights, in the folder CHECKER_MODELS, on the same tracks; ours first."""
    from ...nets import mesonet
    from ...nets.panel import PULLED_FACES
    from . import measure, report

    found = [*measure.tracks(given.faces, "crop"), *measure.tracks(given.faces, "clip")]
    models = Path(os.environ["CHECKER_MODELS"])
    answers = {"shipped": report.Answers(found, measure.per_track(_scores(given), found))}
    for name in PULLED_FACES:
        real = measure.per_track(partial(mesonet.scores, mesonet.load(name, models)), found)
        answers[name] = report.Answers(found, -real)
    for name, each in answers.items():
        mine = each.seams()
        area = measure.auc(mine.score[mine.fake()], mine.score[~mine.fake()])
        typer.echo(f"{name}\n\n{report.families(each)}\n\nSwaps and reenactments against all reals: {area:.3f}\n")


def robustness(given: argparse.Namespace) -> None:
    """Figures after re-encoding, resizing, moving, blurring, filters and overlays."""
    from . import measure, report

    typer.echo(report.robustness(measure.tracks(given.faces), _scores(given)))


def curve(given: argparse.Namespace) -> None:
    """Figures over the number of groups trained on."""
    from . import measure, report
    from .prepare import load

    typer.echo(report.curve(measure.tracks(given.faces), load(given.work / "copies"), given.steps))


def repeat(given: argparse.Namespace) -> None:
    """Figures of the mean of as many networks, trained twice more with other seeds."""
    from . import measure, report
    from .prepare import load

    copies = load(given.work / "copies")
    typer.echo(report.repeat(measure.tracks(given.faces), copies, given.steps, given.seeds))


def temporal(given: argparse.Namespace) -> None:
    """What clips show over time, beside the network's score."""
    from . import temporal as told

    typer.echo(told.report(told.look(given.faces, _scores(given))))


def all_(given: argparse.Namespace) -> None:
    """Everything, in order."""
    for step in (decoders, prepare, train, export, evaluate, robustness):
        step(given)


STEPS: dict[str, Callable[[argparse.Namespace], None]] = {
    f.__name__.rstrip("_"): f
    for f in (
        licences,
        decoders,
        prepare,
        train,
        export,
        evaluate,
        published,
        robustness,
        curve,
        repeat,
        temporal,
        all_,
    )
}


def main(words: list[str] | None = None) -> None:
    from .train import STEPS as ROUNDS

    parser = argparse.ArgumentParser("python -m checker.training.faces", description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--data", help="folder that holds faces/manifest.csv")
    parser.add_argument("--work", type=Path, default=Path("build/faces"))
    parser.add_argument("--onnx", type=Path, help="a network to measure instead of the shipped one")
    parser.add_argument("--seeds", type=int, default=3, help="networks of which the mean ships")
    parser.add_argument("--steps", type=int, nargs="+", default=list(ROUNDS), help="of each round of training")
    parser.add_argument("--decoder-steps", type=int, default=500)
    parser.add_argument("--scale", type=float, default=0.6, help="how many copies, of the numbers in prepare.py")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args(words)
    given.faces = table.data_folder(given.data)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    STEPS[given.step](given)


if __name__ == "__main__":
    main()
