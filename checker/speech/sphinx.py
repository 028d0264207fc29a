"""The embedded engine: pocketsphinx with its US English model, in a process of its own.

pocketsphinx holds Python's global lock while it decodes, which would stop every other detector of this process;
`sphinx_worker.py` is therefore run as a program and fed through pipes. It knows English only and is weak on free
speech: treat its text as a hint.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import DetectorUnavailable
from ..types import Segment
from .types import RATE_HZ, Spoken, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Timed = tuple[str, float, float]
"""Word, start and end in seconds of its region."""
WORKER = Path(__file__).with_name("sphinx_worker.py")
CONFIDENCE = 0.5
"""Of its words 75 % were right on real sentences read aloud in a quiet room, and 18 % on espeak-ng's synthetic voice;
its own posteriors are 1 nearly always and tell nothing. (WER: `sphinx_worker.py`.)"""
PAUSE_S = 0.5
"""A silence this long between two words begins a new utterance."""


class Sphinx:
    """Decodes speech in a child process, which starts at once and serves until `close`."""

    def __init__(self) -> None:
        if importlib.util.find_spec("pocketsphinx") is None:
            raise DetectorUnavailable("package `pocketsphinx` not found; run `pip install pocketsphinx`")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._process: Any = subprocess.Popen(
            [sys.executable, "-P", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self.close = weakref.finalize(self, _end, self._process, self._errors)

    def transcribe(self, samples: NDArray[np.float32], regions: Sequence[Segment]) -> Iterator[Spoken]:
        """Utterances of `regions`, split at pauses; the language is not known, only assumed to be English.

        Raises:
            RuntimeError: The child process ended.
        """
        for region in regions:
            part = samples[round(region.start_s * RATE_HZ) : round(region.end_s * RATE_HZ)]
            words = self._decode((part.clip(-1.0, 1.0) * 32767).astype("<i2").tobytes())
            for group in _utterances(words):
                yield _spoken(group, region)

    def _decode(self, pcm: bytes) -> list[Timed]:
        try:
            self._process.stdin.write(len(pcm).to_bytes(4, "little") + pcm)
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            code = self._process.wait()
            self._errors.seek(0)
            last = self._errors.read()[-2000:].decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise RuntimeError(f"the pocketsphinx process ended with code {code}: {last or 'no message'}")
        return [(str(word), float(start_s), float(end_s)) for word, start_s, end_s in json.loads(line)]


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    process.stdout.close()
    process.kill()
    process.wait()
    errors.close()


def _utterances(words: list[Timed]) -> Iterator[list[Timed]]:
    group: list[Timed] = []
    for word in words:
        if group and word[1] - group[-1][2] >= PAUSE_S:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _spoken(group: list[Timed], region: Segment) -> Spoken:
    def at(start_s: float, end_s: float) -> Segment:
        start_s = min(region.start_s + start_s, region.end_s)
        return Segment(start_s, min(max(start_s, region.start_s + end_s), region.end_s))

    return Spoken(
        segment=at(group[0][1], group[-1][2]),
        text=" ".join(word for word, *_ in group),
        source="pocketsphinx",
        confidence=CONFIDENCE,
        words=tuple(Word(word, at(start_s, end_s)) for word, start_s, end_s in group),
    )
