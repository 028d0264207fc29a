"""Write labels and markings into a copy of a video, and tell which of them a later version has lost.

The input is never written to; the output appears whole or not at all. What touches only metadata leaves every packet
as it is. A C2PA manifest comes last, over everything else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .burn import Text, burn, upload
from .errors import UsageError
from .markings import aigc, c2pa, iso, signing, write, xmp
from .markings.formats import Format, sniff
from .media import Media
from .types import Observation

KINDS = ("c2pa", "xmp", "aigc", "platform_key", "generator_trace", "generator_mark", "watermark", "ai_label")


@dataclass(frozen=True, slots=True)
class Signing:
    """With what a manifest is signed."""

    certificates: bytes
    """PEM chain, the signer's own certificate first."""
    key: bytes

    @classmethod
    def files(cls, certificate: Path, key: Path) -> Signing:
        """Read PEM files."""
        try:
            return cls(certificate.read_bytes(), key.read_bytes())
        except OSError as error:
            raise UsageError(f"`{error.filename}` cannot be read: {error.strerror}") from error

    @classmethod
    def trial(cls) -> Signing:
        """A fresh certificate that nobody trusts."""
        chain, key, _ = signing.trial()
        return cls(chain, key)


@dataclass(frozen=True, slots=True)
class Labels:
    """What is to be written; nothing by default."""

    text: Text | None = None
    xmp: bool = False
    aigc: str = ""
    """Producer, as a name or TC260 code; empty for no AIGC label."""
    c2pa: Signing | None = None
    source_type: str = "trainedAlgorithmicMedia"
    """IPTC term that XMP and C2PA state."""
    drop_c2pa: bool = False
    """Accept that a manifest that is there is lost."""


@dataclass(frozen=True, slots=True)
class Change:
    """One label or marking, before and after."""

    kind: str
    what: str
    before: str
    """State or value; empty when it was not there."""
    after: str

    @property
    def outcome(self) -> str:
        """``kept``, ``lost``, ``added`` or ``changed``."""
        if self.before == self.after:
            return "kept"
        return "lost" if not self.after else "added" if not self.before else "changed"


def label(source: Path, target: Path, labels: Labels, *, force: bool = False) -> None:
    """Write `labels` into a copy of `source`.

    Raises:
        UsageError: Nothing to write, the target is in the way, or the file cannot hold one of the labels.
        MediaError: The input cannot be opened.
    """
    if not (labels.text or labels.xmp or labels.aigc or labels.c2pa):
        raise UsageError("nothing to write; give `--text`, `--xmp`, `--aigc PRODUCER` or `--c2pa`")
    if labels.source_type not in xmp.AI_TERMS:
        raise UsageError(f"`{labels.source_type}` does not say AI; use one of {', '.join(sorted(xmp.AI_TERMS))}")
    with Media.open(source) as media:
        if labels.text and media.kind != "video":
            raise UsageError(f"`{source}` is no video; text can be drawn into videos only")
    format = sniff(source)
    signed = _is_signed(source, format)
    if signed and not labels.c2pa and not labels.drop_c2pa:
        raise UsageError(
            f"`{source}` has a C2PA manifest, which any change breaks; sign again with `--c2pa`, "
            "or let it go with `--drop-c2pa`"
        )
    if labels.c2pa and not format.carries_c2pa:
        raise UsageError(f"`{source}`: {format.mime} cannot hold a C2PA manifest; convert it to MP4 first")
    if target.suffix.casefold() != source.suffix.casefold():
        raise UsageError(f"the output keeps the container of the input; name it `{target.stem}{source.suffix}`")
    with _whole(source, target, force) as folder:
        _steps(source, folder, format, labels, signed)


def _is_signed(source: Path, format: Format) -> bool:
    if format.family == "iso":
        with source.open("rb") as file:
            return bool(iso.read(file).c2pa)
    return c2pa.read(source, format).state not in ("absent", "cannot_carry")


def _steps(source: Path, folder: Path, format: Format, labels: Labels, signed: bool) -> None:
    """Every step reads the file of the step before; the last one's is left as ``done``."""
    now = source
    if labels.text:
        now = burned = _next(folder, source)
        burn(source, burned, labels.text)
    elif signed and format.family == "iso":
        now = bare = _next(folder, source)
        write.without_c2pa(source, bare)
    packet = xmp.packet(labels.source_type) if labels.xmp else b""
    if packet or labels.aigc:
        try:
            text = aigc.compose(labels.aigc, str(uuid.uuid4())) if labels.aigc else ""
        except ValueError as error:
            raise UsageError(f"`--aigc`: {error}") from error
        before, now = now, _next(folder, source)
        write.write(before, now, sniff(before), packet=packet, label=text)
    if labels.c2pa:
        before, now = now, _next(folder, source)
        signing.sign(
            before,
            now,
            sniff(before),
            certificates=labels.c2pa.certificates,
            key=labels.c2pa.key,
            source_type=labels.source_type,
            title=source.name,
            parent=source if signed else None,
            action="c2pa.edited" if labels.text else "c2pa.edited.metadata",
        )
    now.replace(folder / "done")


def _next(folder: Path, source: Path) -> Path:
    return folder / f"{len(list(folder.iterdir()))}{source.suffix or '.mp4'}"


@contextmanager
def _whole(source: Path, target: Path, force: bool) -> Iterator[Path]:
    """A folder beside the target; what is left in it as ``done`` becomes the target in one step.

    Raises:
        UsageError: The target is the input, exists, or cannot be written.
    """
    if target.exists() and target.samefile(source):
        raise UsageError("the output is the input; the input is never overwritten, choose another name")
    if target.exists() and not force:
        raise UsageError(f"`{target}` exists; choose another name or give `--force`")
    try:
        folder = Path(tempfile.mkdtemp(prefix=".checker-", dir=target.parent))
    except OSError as error:
        raise UsageError(f"cannot write beside `{target}`: {error.strerror}") from error
    try:
        yield folder
        os.replace(folder / "done", target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def simulate_upload(source: Path, target: Path, *, force: bool = False) -> None:
    """Re-encode `source` the way a platform does: metadata stripped, H.264 at 720p, AAC."""
    if target.suffix.casefold() != ".mp4":
        raise UsageError(f"an upload ends as MP4; name it `{target.stem}.mp4`")
    with _whole(source, target, force) as folder:
        upload(source, folder / "0.mp4")
        (folder / "0.mp4").rename(folder / "done")


def compare(before: Iterable[Observation], after: Iterable[Observation]) -> list[Change]:
    """What became of each label and marking between two versions, lost ones first."""
    old, new = _summary(before), _summary(after)
    changes = [
        Change(kind, what, old.get((kind, what), ""), new.get((kind, what), "")) for kind, what in {**old, **new}
    ]
    order = ("lost", "changed", "added", "kept")
    return sorted(changes, key=lambda c: (order.index(c.outcome), KINDS.index(c.kind), c.what))


def _summary(observations: Iterable[Observation]) -> dict[tuple[str, str], str]:
    """What is there, by kind and name; confidences and times, which re-encoding shifts, are left out."""
    found: dict[tuple[str, str], str] = {}
    for o in observations:
        v = o.value
        if o.kind == "c2pa" and v.get("state") not in ("absent", "cannot_carry"):
            found[o.kind, "manifest"] = f"{v.get('state')}, AI {v.get('ai')}"
        elif o.kind == "c2pa" and v.get("remote_url"):
            found[o.kind, "pointer"] = str(v["remote_url"])
        elif o.kind == "xmp":
            found[o.kind, "DigitalSourceType"] = str(v.get("digital_source_type") or "AI fields")
        elif o.kind == "aigc":
            found[o.kind, "label"] = f"{v.get('label')} by {v.get('producer') or 'nobody'}"
        elif o.kind == "platform_key":
            found[o.kind, str(v.get("key"))] = "AI" if v.get("ai") else "present"
        elif o.kind in ("generator_trace", "generator_mark"):
            found[o.kind, str(v.get("generator"))] = "present"
        elif o.kind == "watermark":
            found[o.kind, str(v.get("payload"))] = "present"
        elif (
            o.kind == "ai_label" and o.strength.firm and not v.get("denied") and v.get("where") in ("screen", "speech")
        ):
            found[o.kind, "on screen" if v["where"] == "screen" else "spoken"] = "present"
    return found
