"""Networks and signal code that several detectors share.

Each module takes its weights from an installed package or from `checker.weights`, and loads them safely: no pickle
but with `torch.load(weights_only=True)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..errors import DetectorUnavailable


def packaged(package: str, path: str) -> Path:
    """A weights file inside an installed package, which is not imported.

    Raises:
        DetectorUnavailable: The package or the file is not there.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None or not (file := Path(spec.origin).parent / path).is_file():
        raise DetectorUnavailable(f"weights `{path}` of package `{package}` not found; run `pip install {package}`")
    return file


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch for inference on one thread: with a small network, threads that wait for one another cost more.

    On two cores that other processes use as well, two threads took seconds where one takes hundredths.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(before)


@cache
def label(name: str, file: Path) -> str:
    """``name@sha256:...`` of a file."""
    import hashlib

    with file.open("rb") as stream:
        return f"{name}@sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
