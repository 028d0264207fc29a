"""SubRip and WebVTT -> cues. A cue that cannot be read is an error with its line, never left out in silence.

The libraries were tried and not taken: pysubs2 and webvtt-py pass over a malformed cue without a word, srt does
not come back within two minutes from 200 kB of blank lines.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import UsageError
from ..types import Segment
from .document import read_text
from .values import Cue

MAX_CUES = 20_000
MAX_TEXT = 2_000
"""Characters of one cue."""

_TIME = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)(?:[.,](\d{1,6}))?"
_TIMING = re.compile(rf"\s*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t].*)?")
_LIKE_TIMING = re.compile(r"\s*\d+:\d+\S*\s*[-–—=>]+\s*\d+:\d+|.*-->")
_MARKUP = re.compile(r"</?[A-Za-z0-9.:][^<>]{0,200}>|<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_WORD_TIME = re.compile(r"<\d+:\d{2}(:\d{2})?\.\d+>")
_BREAK = re.compile("\r\n|\r|\n")


def read_subtitles(path: Path) -> tuple[tuple[Cue, ...], bool]:
    """Cues in the order of their times, and whether speech recognition wrote them.

    Raises:
        UsageError: A cue is malformed; names file and line.
    """
    lines = _BREAK.split(read_text(path, fallback="cp1252"))
    web = path.suffix.lower() == ".vtt"
    if web and not re.match(r"WEBVTT(\s|$)", lines[0]):
        raise UsageError(f"`{path}`:1: a WebVTT file begins with `WEBVTT`")
    automatic = web and any(_WORD_TIME.search(line) for line in lines)
    cues = sorted(_cues(path, lines, web), key=lambda cue: cue.segment)
    return tuple(_unrolled(cues) if automatic else cues), automatic


def _cues(path: Path, lines: list[str], web: bool) -> Iterator[Cue]:
    segment: Segment | None = None
    text: list[str] = []
    found = 0
    for number, block in _blocks(lines, web):
        at = next((i for i, line in enumerate(block[:2]) if _TIMING.fullmatch(line)), None)
        if at is not None:
            if segment is not None:
                yield from _cue(segment, text)
            segment, text = _segment(path, number + at, block[at]), block[at + 1 :]
            found += 1
            if found > MAX_CUES:
                raise UsageError(f"`{path}`:{number}: more than {MAX_CUES} cues; is it the right file?")
        elif web and re.match(r"(NOTE|STYLE|REGION)(\s|$)", block[0]):
            continue
        elif web or segment is None or any(map(_LIKE_TIMING.match, block)) or block[0].strip().isdigit():
            line = next((i for i, row in enumerate(block) if _LIKE_TIMING.match(row)), 0)
            raise UsageError(
                f"`{path}`:{number + line}: `{block[line].strip()[:60]}` is not the time of a cue; "
                f"write `00:00:01{'.' if web else ','}000 --> 00:00:02{'.' if web else ','}000`"
            )
        else:
            text += block  # SubRip: a blank line within a cue
        if any(map(_LIKE_TIMING.match, text)):
            line = next(i for i, row in enumerate(block) if i != at and _LIKE_TIMING.match(row))
            raise UsageError(f"`{path}`:{number + line}: a second time within one cue; put a blank line before it")
    if segment is not None:
        yield from _cue(segment, text)


def _blocks(lines: list[str], web: bool) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not blank, with the 1-based number of their first line; not the header of WebVTT.

    In WebVTT a line of spaces is not blank: captions that roll up begin with one.
    """
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip("\ufeff\x00" if web else "\ufeff\x00 \t"):
            block.append(line)
        elif block:
            if not (web and number - len(block) == 1):
                yield number - len(block), block
            block = []


def _segment(path: Path, line: int, text: str) -> Segment:
    match = _TIMING.fullmatch(text)
    assert match is not None
    start_s, end_s = (
        int(h or 0) * 3600 + int(m) * 60 + int(s) + float(f"0.{fraction or 0}")
        for h, m, s, fraction in (match.groups()[:4], match.groups()[4:])
    )
    if end_s < start_s:
        raise UsageError(f"`{path}`:{line}: the cue ends before it begins")
    return Segment(start_s, end_s)


def _cue(segment: Segment, lines: list[str]) -> Iterator[Cue]:
    rows = (html.unescape(_MARKUP.sub("", line)).strip() for line in lines)
    if text := "\n".join(row for row in rows if row)[:MAX_TEXT]:
        yield Cue(segment, text)


def _unrolled(cues: list[Cue]) -> Iterator[Cue]:
    """Captions that roll up repeat the line before: each line once."""
    before = ""
    for cue in cues:
        lines = cue.text.split("\n")
        fresh = lines[1:] if lines[0] == before else lines
        before = lines[-1]
        if fresh:
            yield Cue(cue.segment, "\n".join(fresh))
