"""China's implicit AI label: the `AIGC` value of GB 45438-2025, annex E, read with its tolerated deviations.

Source: GB 45438-2025 annex E (normative); TC260-PG-20257A, -20259A, -202510A (where each container keeps it).
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
LABELS = {"1": 1, "2": 2, "3": 3}
"""1 is generated, 2 may be, 3 is suspected to be."""
ALLOWED = frozenset(chr(c) for c in range(0x21, 0x7F)) - {"\\"}
"""Code points that annex E allows in a value."""
MAX_CHARS = 1 << 16


@dataclass(frozen=True, slots=True)
class Label:
    """One label as it stands in a file."""

    label: int | None
    """1, 2 or 3; None when it cannot be told."""
    producer: str = ""
    produce_id: str = ""
    deviations: tuple[str, ...] = ()
    """Each difference from annex E, in words."""
    raw: str = ""

    @property
    def valid(self) -> bool:
        """Whether it is exactly as annex E asks."""
        return self.label is not None and not self.deviations

    @property
    def certain(self) -> bool:
        """Whether, for all its deviations, it says plainly that the content is generated and by whom."""
        return self.label == 1 and bool(self.producer)


def is_key(key: str) -> bool:
    """Whether a key of a container names an AIGC label ("field/keyword must contain AIGC")."""
    bare = key.rsplit(".", 1)[-1].upper()
    return "AIGC" in bare and bare != "AIGC_INFO"


def decode(value: bytes, code: int = 1) -> str:
    """Text of a container's value: UTF-16 where the container says so, else UTF-8, else GB18030."""
    if code == 2 or value[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return value.decode("utf-16" if value[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-16-be", "replace")
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError:
        return value.decode("gb18030", "replace")


def parse(text: str) -> Label:
    """Read one value. Never raises: what cannot be read is a label whose deviations say why."""
    raw = text.strip("\0 \t\r\n\ufeff")[:MAX_CHARS]
    found: list[str] = []
    document = _document(raw, found)
    if not isinstance(document, dict):
        return Label(None, deviations=(*found, "not a JSON object"), raw=raw)
    inner = _inner(document, found)
    if not isinstance(inner, dict):
        return Label(None, deviations=(*found, "`AIGC` is not an object"), raw=raw)
    named = {k.casefold(): k for k in inner}
    values: dict[str, object] = {}
    for name in FIELDS:
        if name in inner:
            values[name] = inner[name]
        elif name.casefold() in named:
            values[name] = inner[named[name.casefold()]]
            found.append(f"`{named[name.casefold()]}` in place of `{name}`")
    found += _check(values)
    found += [f"unknown field `{k[:40]}`" for k in inner if k.casefold() not in {f.casefold() for f in FIELDS}]
    written = values.get("Label")
    known = LABELS.get(str(written).strip()) if isinstance(written, str | int) and written is not True else None
    producer, produce_id = (str(values.get(k) or "") for k in ("ContentProducer", "ProduceID"))
    return Label(known, producer[:200], produce_id[:200], tuple(found), raw)


def _document(raw: str, found: list[str]) -> object:
    """JSON of the value, unwrapped from HTML escapes and from strings in strings."""
    text = raw
    for attempt in range(3):
        try:
            document = json.loads(text, object_pairs_hook=lambda pairs: _pairs(pairs, found))
        except (ValueError, RecursionError):
            if attempt < 2 and (unescaped := html.unescape(text)) != text:
                found.append("HTML-escaped")
                text = unescaped
                continue
            return None
        if not isinstance(document, str):
            return document
        found.append("a string that holds JSON")
        text = document
    return None


def _pairs(pairs: list[tuple[str, object]], found: list[str]) -> dict[str, object]:
    if len({k for k, _ in pairs}) < len(pairs):
        found.append("a field occurs twice")
    return dict(pairs)


def _inner(document: Mapping[str, object], found: list[str]) -> object:
    if "AIGC" in document:
        if len(document) > 1:
            found.append("fields beside `AIGC`")
        inner = document["AIGC"]
        if isinstance(inner, str):
            found.append("`AIGC` is a string that holds JSON")
            return _document(inner, [])
        return inner
    wrapper = next((k for k in document if k.casefold() == "aigc"), "")
    found.append(f"`{wrapper}` in place of `AIGC`" if wrapper else "fields without the `AIGC` object around them")
    return document[wrapper] if wrapper else document


def _check(values: Mapping[str, object]) -> list[str]:
    """Deviations of the values from annex E."""
    found: list[str] = []
    for name in FIELDS:
        if name not in values:
            found.append(f"`{name}` is missing")
            continue
        value = values[name]
        if not isinstance(value, str):
            found.append(f"`{name}` is {'null' if value is None else type(value).__name__}, not a string")
        elif set(value) - ALLOWED:
            found.append(f"`{name}` has characters that annex E does not allow")
    label = values.get("Label")
    if label is not None and str(label).strip() not in LABELS:
        found.append("`Label` is not 1, 2 or 3")
    if values.get("ContentProducer") == "":
        found.append("`ContentProducer` is empty")
    return found


def compose(producer: str, produce_id: str, *, label: int = 1, propagator: str = "", propagate_id: str = "") -> str:
    """The JSON text of a valid label.

    Raises:
        ValueError: A value is empty where it must not be, or has characters that annex E does not allow.
    """
    values = dict.fromkeys(FIELDS, "")
    values |= {"Label": str(label), "ContentProducer": producer, "ProduceID": produce_id}
    values |= {"ContentPropagator": propagator, "PropagateID": propagate_id}
    if wrong := _check(values):
        raise ValueError(f"not a valid AIGC label: {wrong[0]}; use ASCII without spaces and backslashes")
    return json.dumps({"AIGC": values}, separators=(",", ":"))
