"""Reads the checked syntax tree that CEL's checker serialises (`cel.expr.CheckedExpr`).

Source: cel-spec, proto/cel/expr/checked.proto and syntax.proto. Only what `language` needs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Expr:
    """One node: `kind` const, ident, select, call, list, struct or fold (a comprehension)."""

    kind: str
    id: int
    name: str = ""
    value: Any = None
    of: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """Tree, overload per node, and character offset per node."""

    root: Expr
    overloads: dict[int, tuple[str, ...]]
    offsets: dict[int, int]


_KINDS = {3: "const", 4: "ident", 5: "select", 6: "call", 7: "list", 8: "struct", 9: "fold"}
_CONSTS = {1: "null", 2: "bool", 3: "int", 4: "uint", 5: "double", 6: "string", 7: "bytes"}


def decode(data: bytes) -> Checked:
    """The checked tree of an ``Any`` message."""
    parts = list(_fields(_one(data, 2)))
    overloads: dict[int, tuple[str, ...]] = {}
    offsets: dict[int, int] = {}
    root = Expr("const", 0)
    for number, value in parts:
        if number == 2:
            overloads[_one(value, 1)] = tuple(v.decode() for n, v in _fields(_one(value, 2)) if n == 3)
        elif number == 4:
            root = _expr(value)
        elif number == 5:
            entries = [v for n, v in _fields(value) if n == 4]
            offsets = {_one(e, 1): _one(e, 2, 0) for e in entries}
    return Checked(root, overloads, offsets)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 1:
                yield key >> 3, data[at : at + 8]
                at += 8
            case 2:
                size, at = _varint(data, at)
                yield key >> 3, data[at : at + size]
                at += size
            case 5:
                yield key >> 3, data[at : at + 4]
                at += 4
            case wire:
                raise ValueError(f"wire type {wire}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _one(data: bytes, number: int, default: Any = b"") -> Any:
    return next((value for n, value in _fields(data) if n == number), default)


def _text(data: bytes, number: int) -> str:
    return str(_one(data, number).decode())


def _expr(data: bytes) -> Expr:
    identity, kind, body = 0, "const", b""
    for number, value in _fields(data):
        if number == 2:
            identity = value
        elif number in _KINDS:
            kind, body = _KINDS[number], value
    match kind:
        case "const":
            name, value = _const(body)
            return Expr(kind, identity, name, value)
        case "ident":
            return Expr(kind, identity, _text(body, 1))
        case "select":  # value: whether it is has()
            return Expr(kind, identity, _text(body, 2), bool(_one(body, 3, 0)), (_expr(_one(body, 1)),))
        case "call":  # a method's target comes first, as of(target, ...)
            target = [_expr(v) for n, v in _fields(body) if n == 1]
            args = [_expr(v) for n, v in _fields(body) if n == 3]
            return Expr(kind, identity, _text(body, 2), None, (*target, *args))
        case "list":
            return Expr(kind, identity, of=tuple(_expr(v) for n, v in _fields(body) if n == 1))
        case "fold":  # of: range, initial value, step, result
            parts = tuple(_expr(_one(body, n)) for n in (2, 4, 6, 7))
            return Expr(kind, identity, _text(body, 1), _text(body, 8), parts)
    return Expr(kind, identity)


def _const(data: bytes) -> tuple[str, Any]:
    for number, value in _fields(data):
        match _CONSTS.get(number):
            case "bool":
                return "bool", bool(value)
            case "int":
                return "int", value - (1 << 64) if value >> 63 else value
            case "double":
                return "double", struct.unpack("<d", value)[0]
            case "string":
                return "string", value.decode()
            case other:
                return other or "other", None
    return "other", None
