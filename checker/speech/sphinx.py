"""The embedded engine: pocketsphinx with its US English model, in a process of its own.

pocketsphinx holds Python's global lock while it decodes, which would stop every other detector of this process;
`sphinx_worker.py` is therefore run as a program and fed through pipes. It knows English only and is weak on free
speech: treat its text as a hint. It also listens for keywords, in a second pass over the same regions.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import DetectorUnavailable
from ..types import Segment
from . import keywords
from .keywords import Keyword
from .types import RATE_HZ, Spoken, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Timed = tuple[str, float, float]
"""Word or phrase, start and end in seconds of its region."""
WORKER = Path(__file__).with_name("sphinx_worker.py")
CONFIDENCE = 0.5
"""About half of its words are right on people who read aloud: 68 % of American, 57 % of British, 30 % of learners'
(`python -m tests.bench.bench_speech words`). Its own posteriors are 1 nearly always and tell nothing."""
PAUSE_S = 0.5
"""A silence this long between two words begins a new utterance."""


class Sphinx:
    """Decodes speech in a child process, which starts at once and serves until `close`."""

    name = "pocketsphinx"

    def __init__(self, phrases: Sequence[Keyword] = ()) -> None:
        if importlib.util.find_spec("pocketsphinx") is None:
            raise DetectorUnavailable("package `pocketsphinx` not found; run `pip install pocketsphinx`")
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._process: Any = subprocess.Popen(
            [sys.executable, "-P", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self.close = weakref.finalize(self, _end, self._process, self._errors)
        self._phrases = {phrase.spoken: phrase for phrase in phrases}
        self._begun = False
        self.skipped: tuple[Keyword, ...] = ()
        """Phrases that are not listened for: too short, or with a word of which the sounds are not known."""

    def used(self) -> tuple[str, ...]:
        return ()

    def transcribe(self, samples: NDArray[np.float32], regions: Sequence[Segment]) -> Iterator[Spoken]:
        """Utterances of `regions`, split at pauses, and keywords; the language is assumed to be English, not known.

        Raises:
            RuntimeError: The child process ended.
        """
        for region in regions:
            part = samples[round(region.start_s * RATE_HZ) : round(region.end_s * RATE_HZ)]
            heard = self._decode((part.clip(-1.0, 1.0) * 32767).astype("<i2").tobytes())
            for group in _utterances([_timed(word) for word in heard["words"]]):
                yield _spoken(group, region)
            for phrase, start_s, end_s in _outermost([_timed(hit) for hit in heard["keywords"]]):
                text = self._phrases[phrase].text
                yield Spoken(_within(region, start_s, end_s), text, keywords.SOURCE, keywords.CONFIDENCE, "en")

    def _decode(self, pcm: bytes) -> dict[str, list[Any]]:
        if not self._begun:
            self._begun = True
            skipped = self._ask(_order(self._phrases.values()))
            self.skipped = tuple(self._phrases[phrase] for phrase in skipped)
            logger.info("%d of %d phrases are not listened for", len(skipped), len(self._phrases))
            logger.debug("not listened for: %s", ", ".join(skipped))
        answer: dict[str, list[Any]] = self._ask(len(pcm).to_bytes(4, "little") + pcm)
        return answer

    def _ask(self, question: bytes) -> Any:
        try:
            self._process.stdin.write(question)
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            code = self._process.wait()
            self._errors.seek(0)
            last = self._errors.read()[-2000:].decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise RuntimeError(f"the pocketsphinx process ended with code {code}: {last or 'no message'}")
        return json.loads(line)


def _order(phrases: Iterable[Keyword]) -> bytes:
    """The first line that the child process reads."""
    asked = [[p.spoken, keywords.MARGIN[p.kind], keywords.LEAST_SOUNDS[p.kind]] for p in phrases]
    return json.dumps({"pronunciations": dict(keywords.pronunciations()), "phrases": asked}).encode() + b"\n"


def _timed(found: Sequence[Any]) -> Timed:
    what, start_s, end_s = found
    return str(what), float(start_s), float(end_s)


def _outermost(hits: list[Timed]) -> Iterator[Timed]:
    """Hits that do not lie within a longer one: not "sponsored by" within "this video is sponsored by"."""
    for hit in hits:
        others = (o for o in hits if o is not hit and o[1] <= hit[1] and hit[2] <= o[2])
        if not any((o[2] - o[1], o[0]) > (hit[2] - hit[1], hit[0]) for o in others):
            yield hit


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


def _within(region: Segment, start_s: float, end_s: float) -> Segment:
    start_s = min(region.start_s + start_s, region.end_s)
    return Segment(start_s, min(max(start_s, region.start_s + end_s), region.end_s))


def _spoken(group: list[Timed], region: Segment) -> Spoken:
    return Spoken(
        segment=_within(region, group[0][1], group[-1][2]),
        text=" ".join(word for word, *_ in group),
        source=Sphinx.name,
        confidence=CONFIDENCE,
        words=tuple(Word(word, _within(region, start_s, end_s)) for word, start_s, end_s in group),
    )
