"""YAML with positions, safe on hostile text: no aliases, no tags, bounded size and depth, no code that runs.

Scalars are those of YAML 1.2: only `true` and `false` are booleans (`NO` is Norway), dates stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from ..errors import PolicyError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_NODES = 20_000
MAX_PROBLEMS = 50

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value and where it is written. `value`: plain scalar, list of nodes, or dict of key to node."""

    value: Any
    line: int
    """0-based, as is `column`."""
    column: int
    style: str = ""
    keys: dict[str, Node] = field(default_factory=dict)
    """Of a mapping: the nodes of its keys."""
    text: str = ""
    """Of a scalar: as written, unquoted."""

    @property
    def kind(self) -> str:
        return "list" if isinstance(self.value, list) else "mapping" if isinstance(self.value, dict) else "value"

    def plain(self) -> Any:
        """The value without positions."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def at(self, path: Iterable[str | int]) -> Node:
        """The deepest node that exists on the path."""
        node = self
        for step in path:
            listed = isinstance(node.value, list) and isinstance(step, int) and step < len(node.value)
            if not listed and not (isinstance(node.value, dict) and step in node.value):
                break
            node = node.value[step]
        return node


class Source:
    """A YAML text and the mistakes found in it so far."""

    def __init__(self, text: str, name: str, sha256: str = "") -> None:
        self.text, self.name, self.sha256 = text.removeprefix("\ufeff"), name, sha256
        self.lines = _BREAK.split(self.text)
        self.problems: list[tuple[int, int, str]] = []

    @classmethod
    def read(cls, path: Path) -> Source:
        """Raises PolicyError where it is too large or not UTF-8."""
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise PolicyError(f"{path}:1:1: cannot be read: {error.strerror}") from error
        return cls.decode(data, str(path))

    @classmethod
    def decode(cls, data: bytes, name: str) -> Source:
        if len(data) > MAX_BYTES:
            raise PolicyError(f"{name}:1:1: larger than {MAX_BYTES // 1024} KiB; split it into several files")
        try:
            return cls(data.decode("utf-8"), name, sha256(data).hexdigest())
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise PolicyError(f"{name}:{line}:1: not UTF-8; save the file as UTF-8") from error

    def problem(self, node: Node | None, message: str, hint: str = "", offset: int = 0) -> None:
        """Note a mistake at a node, or `offset` characters into the text of a scalar."""
        line, column = (node.line, node.column) if node else (0, 0)
        if node and offset:
            line, column = self._within(node, offset)
        self.complain(line, column, message, hint)

    def complain(self, line: int, column: int, message: str, hint: str = "") -> None:
        shown = self.lines[line] if line < len(self.lines) else ""
        start = max(0, column - 100)
        excerpt = "".join(c if c.isprintable() else " " for c in shown[start : start + 160])
        told = f"{self.name}:{line + 1}:{column + 1}: {message}\n    {excerpt}\n    {' ' * (column - start)}^"
        self.problems.append((line, column, told + (f"\n    hint: {hint}" if hint else "")))

    def check(self) -> None:
        """Raise PolicyError with every mistake, in the order of the file."""
        if self.problems:
            told = list(dict.fromkeys(text for _, _, text in sorted(self.problems, key=lambda p: p[:2])))
            more = [f"{self.name}: {len(told) - MAX_PROBLEMS} more"] if len(told) > MAX_PROBLEMS else []
            raise PolicyError("\n".join(told[:MAX_PROBLEMS] + more))

    def _within(self, node: Node, offset: int) -> tuple[int, int]:
        """Line and column of a character of a scalar's value, found by reading both side by side."""
        line, column = node.line, node.column
        if node.style in ("|", ">"):
            line, column = line + 1, 0
        elif node.style:
            column += 1
        for wanted in node.text[:offset]:
            line, column = self._next(line, column, blank=wanted.isspace(), wanted=wanted)
        while line + 1 < len(self.lines) and not self.lines[line][column:].strip():
            line, column = line + 1, 0
        if not column:
            column = len(self.lines[line]) - len(self.lines[line].lstrip())
        return line, column

    def _next(self, line: int, column: int, *, blank: bool, wanted: str) -> tuple[int, int]:
        while line < len(self.lines):
            row = self.lines[line]
            if column >= len(row):
                if line + 1 >= len(self.lines):
                    return line, column
                line, column = line + 1, 0
                if blank:
                    indent = len(self.lines[line]) - len(self.lines[line].lstrip())
                    return line, indent
                continue
            if row[column] == wanted or (blank and row[column].isspace()):
                return line, column + 1
            column += 1
        return line - 1, 0

    def parse(self) -> Node:
        """The document as a tree.

        Raises:
            PolicyError: It is not YAML, or uses what is not allowed here.
        """
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            events = yaml.parse(self.text, Loader=loader)
            root = self._build(events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.complain(
                mark.line if mark else 0, mark.column if mark else 0, f"not YAML: {error.problem or error.context}"
            )
        except (yaml.YAMLError, ValueError) as error:  # unprintable characters, lone surrogates
            self.complain(0, 0, f"not YAML: {str(error).splitlines()[0]}")
        self.check()
        return root

    def _build(self, events: Iterator[Any]) -> Node:
        """Nodes from parser events, without recursion."""
        top: list[Node] = []
        stack: list[tuple[Node, list[Node]]] = []
        count = 0
        for event in events:
            kind = type(event).__name__
            if kind in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                continue
            if kind == "DocumentStartEvent":
                if top:
                    self._stop(event, "a second document; one file holds one")
                continue
            if kind in ("MappingEndEvent", "SequenceEndEvent"):
                node, parts = stack.pop()
                self._close(node, parts)
                continue
            count += 1
            if count > MAX_NODES or len(stack) >= MAX_DEPTH:
                self._stop(event, "too large" if count > MAX_NODES else f"nested deeper than {MAX_DEPTH}")
            node = self._open(event, kind)
            (stack[-1][1] if stack else top).append(node)
            if kind != "ScalarEvent":
                stack.append((node, []))
        if not top:
            self.complain(0, 0, "the file is empty", "`checker policy show tiktok` shows a whole pack")
            self.check()
        return top[0]

    def _open(self, event: Any, kind: str) -> Node:
        mark = event.start_mark
        if kind == "AliasEvent":
            self._stop(event, "YAML aliases (`*name`) are not allowed; write the value out")
        if event.anchor:
            self._stop(event, "YAML anchors (`&name`) are not allowed; write the value out")
        if event.tag is not None:
            hint = "`!` starts a YAML tag: use `not:`, or put the condition in quotes"
            self.complain(mark.line, mark.column, "YAML tags are not allowed", hint)
        if kind == "SequenceStartEvent":
            return Node([], mark.line, mark.column)
        if kind == "MappingStartEvent":
            return Node({}, mark.line, mark.column)
        style = event.style or ""
        return Node(event.value if style else _scalar(event.value), mark.line, mark.column, style, text=event.value)

    def _close(self, node: Node, parts: Sequence[Node]) -> None:
        if isinstance(node.value, list):
            node.value.extend(parts)
            return
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if key.kind != "value":
                self.problem(key, "a key has to be a plain word")
            elif key.text in node.value:
                self.problem(key, f"key `{key.text}` is repeated")
            else:
                node.value[key.text] = value
                node.keys[key.text] = key

    def _stop(self, event: Any, message: str) -> None:
        self.complain(event.start_mark.line, event.start_mark.column, message)
        self.check()


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if len(text) < 40 and _FLOAT.fullmatch(text):
        return float(text)
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the closest known word, or lists them where they are few."""
    known = sorted(set(known))
    if close := get_close_matches(word[:80], known, n=1, cutoff=0.6):
        return f"did you mean `{close[0]}`?"
    return f"one of {', '.join(known)}" if 0 < len(known) <= 12 else ""
