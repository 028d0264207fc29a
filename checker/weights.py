"""Weights files: what exists, where it lies, whether it is what it should be, and how to get it.

The registry (`weights.json` beside this file) names each file with its URL, sha256, licence and size. Nothing is
downloaded but by `pull`; whatever is loaded has had its hash checked first.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from .errors import DetectorUnavailable, WeightsError

CHUNK_BYTES = 1 << 20
MAX_BYTES = 8 * 2**30
"""A file whose size the registry does not know is cut off here."""
TIMEOUT_S = 60.0
Progress = Callable[[int], None]
"""Called with the number of bytes that arrived since the last call."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of some weights."""

    path: str
    """Relative to the folder of weights."""
    url: str
    sha256: str
    size_bytes: int | None
    """None where only the server knows it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One entry of the registry."""

    name: str
    job: str
    licence: str
    restricted: bool
    """Whether the licence, or that of the training data, is in doubt for commercial use: `pull` asks for consent."""
    note: str
    files: tuple[File, ...]

    @property
    def size_bytes(self) -> int | None:
        sizes = [file.size_bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def label(self) -> str:
        """``name@sha256:...`` of the first file, as a report names what was used."""
        return f"{self.name}@sha256:{self.files[0].sha256}"


def _read_registry() -> dict[str, Weights]:
    rows: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("weights.json").read_text("utf-8"))
    return {
        name: Weights(
            name=name,
            job=row["job"],
            licence=row["licence"],
            restricted=row["restricted"],
            note=row["note"],
            files=tuple(File(f["path"], f["url"], f["sha256"], f["bytes"]) for f in row["files"]),
        )
        for name, row in sorted(rows.items())
    }


REGISTRY: Mapping[str, Weights] = _read_registry()


def entry(name: str) -> Weights:
    """What the registry says of `name`.

    Raises:
        WeightsError: There are no such weights.
    """
    if name not in REGISTRY:
        raise WeightsError(f"no weights `{name}`; `checker models list` names those that exist")
    return REGISTRY[name]


def folder(models: Path | None = None) -> Path:
    """Where weights lie: `models`, else ``CHECKER_MODELS``, else the user's data directory."""
    if models is not None:
        return models
    if chosen := os.environ.get("CHECKER_MODELS"):
        return Path(chosen)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "checker" / "models"


def present(name: str, models: Path | None = None) -> bool:
    """Whether all files of `name` are there; says nothing about their content."""
    return all((folder(models) / file.path).is_file() for file in entry(name).files)


def path(name: str, models: Path | None = None) -> Path:
    """The first file of `name`, after checking the hash of every file of it.

    Raises:
        DetectorUnavailable: A file is not there.
        WeightsError: A file is not what the registry says.
    """
    weights = entry(name)
    if not present(name, models):
        raise DetectorUnavailable(f"weights `{name}` not found; run `checker models pull {name}`")
    for file in weights.files:
        found = _sha256(folder(models) / file.path)
        if found != file.sha256:
            raise WeightsError(
                f"weights `{name}`: `{file.path}` has sha256 {found[:12]}..., expected {file.sha256[:12]}...; "
                f"run `checker models pull {name}` to replace it"
            )
    return folder(models) / weights.files[0].path


def pull(name: str, models: Path | None = None, mirror: Path | None = None, progress: Progress | None = None) -> Path:
    """Fetch the files of `name` that are missing or damaged, each checked before it gets its name.

    Args:
        name: Name in the registry.
        models: Folder that receives them; as in `folder`.
        mirror: Copy from this folder, laid out like a folder of weights, and use no network.
        progress: Told of every chunk that arrived.

    Raises:
        WeightsError: It cannot be had, or is not what the registry says; nothing is left behind.
    """
    weights = entry(name)
    for file in weights.files:
        target = folder(models) / file.path
        if target.is_file() and _sha256(target) == file.sha256:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".pull-")
        try:
            with os.fdopen(handle, "wb") as sink, _open(weights, file, mirror) as source:
                _copy(name, file, source, sink, progress or (lambda _: None))
            os.chmod(temporary, 0o644)
            os.replace(temporary, target)
        finally:
            Path(temporary).unlink(missing_ok=True)
    return folder(models) / weights.files[0].path


def _open(weights: Weights, file: File, mirror: Path | None) -> AbstractContextManager[IO[bytes]]:
    try:
        if mirror is not None:
            return (mirror / file.path).open("rb")
        request = urllib.request.Request(file.url, headers={"User-Agent": "checker"})
        return closing(urllib.request.urlopen(request, timeout=TIMEOUT_S))
    except (OSError, HTTPException) as error:
        where = f"`{mirror}`" if mirror is not None else file.url
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise WeightsError(
            f"weights `{weights.name}`: `{file.path}` cannot be had from {where} ({reason}); "
            "name a folder that has it with `--from`"
        ) from error


def _copy(name: str, file: File, source: IO[bytes], sink: IO[bytes], progress: Progress) -> None:
    digest, count, limit = hashlib.sha256(), 0, file.size_bytes or MAX_BYTES
    try:
        while chunk := source.read(CHUNK_BYTES):
            count += len(chunk)
            if count > limit:
                raise WeightsError(f"weights `{name}`: `{file.path}` is longer than {limit} bytes; nothing was kept")
            digest.update(chunk)
            sink.write(chunk)
            progress(len(chunk))
    except (OSError, HTTPException) as error:
        raise WeightsError(f"weights `{name}`: `{file.path}` broke off after {count} bytes ({error})") from error
    if digest.hexdigest() != file.sha256:
        raise WeightsError(
            f"weights `{name}`: what arrived for `{file.path}` has sha256 {digest.hexdigest()[:12]}..., "
            f"expected {file.sha256[:12]}...; nothing was kept"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
