"""JSON and YAML from strangers: bounded, nothing executed, every value with its line.

Scalars are those of YAML 1.2: `yes`, `NO` and dates are text. Keys are unique; aliases and tags are refused.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from ..errors import UsageError

MAX_BYTES = {".json": 16 * 2**20}
"""yt-dlp writes formats and comments into its JSON; all else is written by hand."""
MAX_BYTES_ELSE = 2**20
MAX_DEPTH = 32

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,3})?")
_HASHTAG = re.compile(r"[ \t]+#[^\s#]")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

Steps = tuple[str | int, ...]
"""Keys and positions that lead to a value, from the top."""


class Document:
    """A value read from a file, and where its parts are written."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError where it cannot be read."""
        self.path = path
        self._lines: dict[Steps, int] = {}
        self._text = read_text(path)
        self.value: Any = self._json() if path.suffix.lower() == ".json" else self._yaml()

    def error(self, steps: Iterable[str | int], message: str) -> UsageError:
        """``"`clip.post.yaml`:3: message"``."""
        return self._error(self.line(tuple(steps)), message)

    def line(self, steps: Steps) -> int:
        """The line, from 1, of the deepest part on the way that is written."""
        if not self._lines:  # JSON is read without lines, fast; here one is wanted
            with suppress(UsageError):
                self._yaml()
        while steps and steps not in self._lines:
            steps = steps[:-1]
        return self._lines.get(steps, 1)

    def _error(self, line: int, message: str) -> UsageError:
        return UsageError(f"`{self.path}`:{line}: {message}")

    def _json(self) -> Any:
        def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            found = dict(pairs)
            if len(found) < len(pairs):
                names = [name for name, _ in pairs]
                raise _TwiceError(next(name for i, name in enumerate(names) if name in names[:i]))
            return found

        try:
            return json.loads(self._text, object_pairs_hook=unique, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            raise self._error(error.lineno, f"not JSON: {error.msg.lower()}") from error
        except _TwiceError as error:
            places = [m.start() for m in re.finditer(re.escape(json.dumps(error.key)) + r"\s*:", self._text)]
            line = self._text.count("\n", 0, places[1]) + 1 if len(places) > 1 else 1
            raise self._error(line, f"`{error.key}` is there twice; keep one") from error
        except RecursionError as error:
            raise self._error(1, "nested too deeply") from error
        except ValueError as error:  # NaN; integers of thousands of digits
            raise self._error(1, f"not JSON: {error}") from error

    def _yaml(self) -> Any:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        built = _Builder(self)
        try:
            for event in yaml.parse(self._text, Loader=loader):
                built.take(event)
        except yaml.YAMLError as error:
            line = error.problem_mark.line + 1 if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else 1
            reason = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise self._error(line, f"not YAML: {reason}") from error
        return built.value


class _TwiceError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _no_constant(name: str) -> Any:
    raise ValueError(f"`{name}` is not a JSON number")


class _Builder:
    """The value that a stream of YAML events describes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.value: Any = None
        self._open: list[tuple[Any, Steps]] = []
        self._key: str | None = None
        self._started = False
        self.rows = _BREAK.split(document._text)

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise self.document._error(line, f"alias `*{event.anchor}`: aliases are not read; write the value out")
        if isinstance(event, yaml.NodeEvent):
            if (tag := getattr(event, "tag", None)) is not None:
                raise self.document._error(line, f"tag `{tag}`: tags are not read; write the plain value")
            self._node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            if self._started:
                raise self.document._error(line, "a second document; keep one")
            self._started = True

    def _node(self, event: Any, line: int) -> None:
        within, steps = self._open[-1] if self._open else (None, ())
        if isinstance(within, dict) and self._key is None:
            self._start_key(event, line, within)
            return
        if isinstance(within, dict):
            steps = (*steps, str(self._key))
        elif within is not None:
            steps = (*steps, len(within))
        value = self._scalar(event, line) if isinstance(event, yaml.ScalarEvent) else _empty(event)
        if isinstance(within, dict):
            within[self._key] = value
            self._key = None
        elif within is not None:
            within.append(value)
        else:
            self.value = value
        self.document._lines.setdefault(steps, line)
        if not isinstance(event, yaml.ScalarEvent):
            self._open.append((value, steps))
            if len(self._open) > MAX_DEPTH:
                raise self.document._error(line, "nested too deeply")

    def _start_key(self, event: Any, line: int, within: dict[str, Any]) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self.document._error(line, "a key has to be text")
        if event.value in within:
            raise self.document._error(line, f"`{event.value}` is there twice; keep one")
        self._key = event.value
        self.document._lines[(*self._open[-1][1], event.value)] = line

    def _scalar(self, event: Any, line: int) -> Any:
        value = _plain(event.value) if _is_plain(event) else event.value
        if isinstance(value, str) and _is_plain(event):
            end = event.end_mark
            rest = self.rows[end.line][end.column :] if end.line < len(self.rows) else ""
            if _HASHTAG.match(rest):  # `caption: so sweet #AI` would lose its label without a word
                raise self.document._error(line, "what follows ` #` is a comment in YAML; put the whole text in quotes")
        return value


def _empty(event: Any) -> Any:
    return {} if isinstance(event, yaml.MappingStartEvent) else []


def _is_plain(event: Any) -> bool:
    return not event.style or event.style == ":"


def _plain(text: str) -> Any:
    """The value of a scalar without quotes."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def read_text(path: Path, *, fallback: str = "") -> str:
    """The text of a file in UTF-8, or in what its byte order mark says, else in `fallback`.

    Raises:
        UsageError: It is no file, too large, or in another encoding.
    """
    limit = MAX_BYTES.get(path.suffix.lower(), MAX_BYTES_ELSE)
    if not path.is_file():
        raise UsageError(f"`{path}` is not a file" if path.exists() else f"`{path}` does not exist")
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {str(error.strerror).lower()}") from error
    if len(data) > limit:
        raise UsageError(f"`{path}` is larger than {limit // 2**20} MiB; is it the right file?")
    encoding = next((name for mark, name in _BOMS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if fallback and encoding == "utf-8":
            return data.decode(fallback, errors="replace")
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"`{path}`:{line}: not {encoding.upper()}; save the file as UTF-8") from error
