"""`checker label`: write labels and markings into a copy of a video; tell which would survive an upload."""

from __future__ import annotations

import math
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, guard
from .compare import changes_between, print_changes

if TYPE_CHECKING:
    from ..burn import Text
    from ..label import Labels, Signing


class Position(StrEnum):
    """Where a burned-in label goes."""

    top = "top"
    bottom = "bottom"
    top_left = "top-left"
    top_right = "top-right"
    bottom_left = "bottom-left"
    bottom_right = "bottom-right"


@guard
def label(
    source: Annotated[Path, typer.Argument(help="The video; it is never written to.", metavar="IN")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where the labelled copy goes.")] = None,
    text: Annotated[
        str | None, typer.Option(help="Draw this into the picture, such as `AI-generated`; re-encodes the picture.")
    ] = None,
    throughout: Annotated[bool, typer.Option(help="Show the text during the whole video, not only its start.")] = False,
    seconds: Annotated[float, typer.Option(min=2.0, help="How long the text is shown from the first frame on.")] = 3.0,
    position: Annotated[Position, typer.Option(help="Where the text goes.")] = Position.top,
    font: Annotated[Path | None, typer.Option(help="Font file, where no installed one has the glyphs.")] = None,
    xmp: Annotated[bool, typer.Option("--xmp", help="State the IPTC digital source type in XMP.")] = False,
    aigc: Annotated[
        str | None, typer.Option(metavar="PRODUCER", help="China's AIGC label (GB 45438), by this name or code.")
    ] = None,
    c2pa: Annotated[bool, typer.Option("--c2pa", help="Sign a C2PA manifest; needs --cert and --key.")] = False,
    cert: Annotated[Path | None, typer.Option(help="PEM chain to sign with, own certificate first.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM private key of the certificate.")] = None,
    test_cert: Annotated[
        bool, typer.Option("--test-cert", help="Sign with a made-up certificate. FOR TRIALS: nobody trusts it.")
    ] = False,
    source_type: Annotated[
        str, typer.Option(help="IPTC term for XMP and C2PA, such as compositeWithTrainedAlgorithmicMedia.")
    ] = "trainedAlgorithmicMedia",
    drop_c2pa: Annotated[bool, typer.Option("--drop-c2pa", help="Let go of a manifest that is there.")] = False,
    simulate_upload: Annotated[
        bool,
        typer.Option("--simulate-upload", help="Re-encode a throw-away copy as a platform does; what survives?"),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an output that exists.")] = False,
) -> None:
    """Write an AI label into a copy of a video: text in the picture, XMP, China's AIGC label, a C2PA manifest.

    The output is scanned again and the result printed. Without `--text` every packet of picture and sound stays as
    it is.

    Examples:

      checker label clip.mp4 -o labelled.mp4 --text "AI-generated" --xmp

      checker label clip.mp4 -o labelled.mp4 --aigc "001191110102MAD55U9H0F10002"

      checker label clip.mp4 -o signed.mp4 --c2pa --cert chain.pem --key key.pem

      checker label clip.mp4 --simulate-upload
    """
    from ..errors import UsageError
    from ..label import Labels
    from ..label import label as write

    labels = Labels(
        text=_text(text, position, math.inf if throughout else seconds, font),
        xmp=xmp,
        aigc=aigc or "",
        c2pa=_signing(c2pa or test_cert, cert, key, test_cert),
        source_type=source_type,
        drop_c2pa=drop_c2pa,
    )
    asked = bool(labels.text or xmp or aigc or labels.c2pa)
    if not asked and not simulate_upload:
        raise UsageError("nothing to write; give `--text`, `--xmp`, `--aigc PRODUCER` or `--c2pa`")
    if asked and output is None:
        raise UsageError("where to? give `--output FILE`")
    if asked and output is not None:
        write(source, output, labels, force=force)
        _say(output, labels)
    if simulate_upload:
        _simulate(output if asked and output is not None else source, None if asked else output, force)


def _text(text: str | None, position: Position, seconds: float, font: Path | None) -> Text | None:
    from ..burn import Text

    return Text(text, position.value, seconds, font=font) if text is not None else None


def _signing(wanted: bool, cert: Path | None, key: Path | None, test_cert: bool) -> Signing | None:
    from ..errors import UsageError
    from ..label import Signing

    if not wanted:
        if cert or key:
            raise UsageError("`--cert` and `--key` are for `--c2pa`; add it")
        return None
    if test_cert:
        if cert or key:
            raise UsageError("either `--test-cert` or `--cert` and `--key`, not both")
        console.print("[bold yellow]TEST CERTIFICATE:[/] made up just now; it proves nothing and nobody trusts it.")
        return Signing.trial()
    if cert is None or key is None:
        raise UsageError("`--c2pa` needs `--cert FILE --key FILE`, or `--test-cert` for trials")
    return Signing.files(cert, key)


def _say(output: Path, labels: Labels) -> None:
    """Scan what was written and print what is seen in it."""
    from .. import report as formats
    from .. import scan
    from ..label import compare

    written = [
        name
        for name, there in (("text", labels.text), ("xmp", labels.xmp), ("aigc", labels.aigc), ("c2pa", labels.c2pa))
        if there
    ]
    console.print(f"wrote {', '.join(written)} into {output}; scanning it again", soft_wrap=True, markup=False)
    seen = scan(output)
    for change in compare((), seen.observations):
        typer.echo(f"reads back  {change.kind}: {change.what} = {change.after}")
    formats.write([seen], sys.stdout, "text")


def _simulate(source: Path, output: Path | None, force: bool) -> None:
    """Compare the file with what an upload would leave of it."""
    from ..label import simulate_upload as upload

    with tempfile.TemporaryDirectory(prefix="checker-") as folder:
        uploaded = output or Path(folder) / "uploaded.mp4"
        upload(source, uploaded, force=force)
        print_changes(changes_between(source, uploaded))
