"""`checker calibrate`: fit what scores mean, and the bands of a pack, to clips of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import guard
from .eval import Data, Models, Pairs, complain, show, watched

if TYPE_CHECKING:
    from ..evaluation.fit import Fit

app = typer.Typer(no_args_is_help=True, help="Fit what scores mean to clips of your own; `scan --calibration` uses it.")

Output = Annotated[Path, typer.Option("--output", "-o", help="File to write; rows of it that are not refitted stay.")]
Accused = Annotated[float, typer.Option(min=0.0, max=0.5, help="Share of what is real that may lie above the band.")]
Inside = Annotated[float, typer.Option(min=0.0, max=0.9, help="Share of what is real that may lie in the band.")]
FILE = Path("calibration.json")


@app.command()
@guard
def faces(
    data: Data, output: Output = FILE, models: Models = None, accused: Accused = 0.01, inside: Inside = 0.10
) -> None:
    """Synthetic faces: every network that is here, on videos and pictures."""
    _clips("faces", data, output, models, (accused, inside))


@app.command()
@guard
def voices(
    data: Data, output: Output = FILE, models: Models = None, accused: Accused = 0.01, inside: Inside = 0.10
) -> None:
    """Synthetic voices: every network that is here, on sound files and videos."""
    _clips("voices", data, output, models, (accused, inside))


@app.command()
@guard
def likeness(
    data: Pairs, output: Output = FILE, models: Models = None, accused: Accused = 0.01, inside: Inside = 0.10
) -> None:
    """One person or two: faces of pictures and videos, voices of sound files."""
    from ..detector import Settings
    from ..evaluation import fit, manifest, pairs
    from ..gallery import CALIBRATION

    asked = manifest.pairs(data)
    compared = list(watched(pairs.compare(asked, Settings(models=models)), len(asked)))
    complain([(f"{c.pair.first}, {c.pair.second}", c.reason) for c in compared])
    found = fit.pairs(compared, CALIBRATION, f"checker calibrate likeness --data {data.name}")
    _finish(found, output, "likeness", 0.5, (accused, inside))


def _clips(what: str, data: Path, output: Path, models: Path | None, shares: tuple[float, float]) -> None:
    from ..detector import Settings
    from ..evaluation import clips, fit, manifest
    from ..nets.panel import PRIOR

    asked = manifest.clips(data)
    seen = list(watched(clips.look(asked, what, Settings(models=models, calibrated=False)), len(asked)))
    complain([(str(s.clip.path), s.reason) for s in seen])
    found = fit.clips(seen, PRIOR, f"checker calibrate {what} --data {data.name}")
    _finish(found, output, clips.KINDS[what], PRIOR, shares)


def _finish(found: Fit, output: Path, kind: str, prior: float, shares: tuple[float, float]) -> None:
    """Write the rows; say which bands they ask for, and what these come to on clips held out."""
    from ..evaluation import fit, measure

    _write(output, found.rows)
    low, high = fit.band(found.answers, *shares)
    show(measure.table(found.answers, (low, high), prior))
    for name, row in found.rows.items():
        typer.echo(f"{name}: AUC {row['auc']:.3f}, log-odds {row['slope']:g} * score {row['offset']:+g}")
    real = sum(not a.truth for a in found.answers)
    least = measure.interval(0, real)[1]
    typer.echo(
        f"proposed for the pack, at {shares[0]:.1%} accused and {shares[1]:.0%} in the band of {real} real ones:"
    )
    typer.echo(f"bands: {{{kind}: [{low:g}, {high:g}]}}")
    if least > shares[0]:
        typer.echo(f"{real} are few: none accused among them would still allow {least:.1%}")
    typer.echo(f"wrote {output}; use it with `checker scan --calibration {output}`")


def _write(output: Path, rows: dict[str, Any]) -> None:
    from .. import calibration

    before = {}
    if output.exists():
        before = {k: v for k, v in calibration.rows(output).items() if v is not calibration.table().get(k)}
    output.write_text(json.dumps({**before, **rows}, indent=1) + "\n", "utf-8")
