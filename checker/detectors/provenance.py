"""What the file itself says of how it was made: C2PA, XMP, China's AIGC label, platform keys, generator traces."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..detector import Incomplete, Settings
from ..errors import DetectorUnavailable
from ..markings import aigc, c2pa, platform, tags, traces, xmp
from ..markings.formats import Format, sniff
from ..types import Observation, Strength
from ..weights import entry, present
from ..weights import path as weights_path

if TYPE_CHECKING:
    from ..media import Media
    from ..post import Post

logger = logging.getLogger(__name__)

Found = tuple[str, Mapping[str, Any], Strength, float]
"""Kind, value, strength, confidence."""


class Provenance:
    """Reads every marking of a file. Absence of a mark says nothing of how a file was made."""

    name: ClassVar[str] = "provenance"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"c2pa", "xmp", "aigc", "platform_key", "generator_trace"})
    needs: ClassVar[frozenset[str]] = frozenset()
    weights: ClassVar[tuple[str, ...]] = ("c2pa-trust-list", "c2pa-tsa-trust-list")
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._anchors = ""
        self._used: tuple[str, ...] = ()

    def applies_to(self, media: Media) -> bool:
        return True

    def load(self, settings: Settings) -> None:
        """Take the trust lists: the user's own, and the official ones where they were pulled."""
        pulled = [name for name in self.weights if present(name, settings.models)]
        files = [weights_path(name, settings.models) for name in pulled]
        self._used = tuple(f"{name}@sha256:{entry(name).files[0].sha256}" for name in pulled)
        if settings.trust_list is not None:
            files.append(settings.trust_list)
        self._anchors = "\n".join(_certificates(file) for file in files)

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        """One `c2pa` always and first, then whatever else is found."""
        format = sniff(media.path)
        found = tags.read(media.path, format)
        packets, damage = _packets(found)
        remote = next((packet.remote_url for packet, _ in packets if packet.remote_url), "")
        seen = [
            _c2pa(media.path, format, found, self._anchors, remote),
            *_xmp(packets),
            *_aigc(found, packets),
            *_platform(found),
            *_traces(media.path, format, found),
        ]
        for i, (kind, value, strength, confidence) in enumerate(seen):
            yield Observation(f"provenance/{i}", kind, value, confidence, strength)
        if damage:
            raise Incomplete("; ".join(damage))

    def used_weights(self) -> tuple[str, ...]:
        return self._used


def _certificates(file: Path) -> str:
    try:
        text = file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DetectorUnavailable(f"trust list `{file}` cannot be read: {error}; give a PEM file") from error
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise DetectorUnavailable(f"trust list `{file}` holds no certificate; give a PEM file")
    return text


def _packets(found: tags.Tags) -> tuple[list[tuple[xmp.Xmp, str]], list[str]]:
    """Parsed XMP packets with their place, and what could not be read."""
    packets: list[tuple[xmp.Xmp, str]] = []
    damage = [found.damage] if found.damage else []
    for packet, where in found.xmp:
        try:
            packets.append((xmp.parse(packet), where))
        except xmp.NotXmp as error:
            damage.append(f"{error} ({where})")
    return packets, damage


def _c2pa(path: Path, format: Format, found: tags.Tags, anchors: str, remote: str) -> Found:
    manifest = c2pa.read(path, format, anchors=anchors, embedded=found.has_c2pa)
    value = asdict(manifest)
    doubt = value.pop("ai_in_doubt")
    value["remote_url"] = value["remote_url"] or remote
    value = {k: list(v) if isinstance(v, tuple) else v for k, v in value.items()}
    shaky = manifest.ai != "none" and (manifest.state == "invalid" or doubt)
    return "c2pa", value, Strength.ESTIMATED if shaky else Strength.PROVEN, 1.0


def _xmp(packets: list[tuple[xmp.Xmp, str]]) -> Iterator[Found]:
    for packet, where in packets:
        types = packet.source_types or ([""] if packet.fields else [])
        for source_type in types:
            term = xmp.term(source_type)
            value = {
                "digital_source_type": term,
                "ai": term in xmp.AI_TERMS or bool(packet.fields.get("AISystemUsed")),
                "fields": {k: v[:500] for k, v in packet.fields.items()},
                "deviation": xmp.deviation(source_type) if source_type else "",
                "where": where,
            }
            yield "xmp", value, Strength.DECLARED, 1.0


def _aigc(found: tags.Tags, packets: list[tuple[xmp.Xmp, str]]) -> Iterator[Found]:
    """Every AIGC label, the surest first; more than one in a file is itself a deviation (GB 45438, 6.1 c)."""
    texts = [(tag.value, f"{tag.where}: {tag.key}") for tag in found.tags if aigc.is_key(tag.key)]
    texts += [(text, f"XMP in {where}") for packet, where in packets for text in packet.aigc]
    labels = [(aigc.parse(text), where) for text, where in dict.fromkeys(texts)]
    several = ("more than one label in the file",) if len(labels) > 1 else ()
    for label, where in sorted(labels, key=lambda pair: (not pair[0].certain, pair[0].label or 9)):
        value = {
            "label": label.label,
            "producer": label.producer,
            "produce_id": label.produce_id,
            "valid": label.valid and not several,
            "deviations": [*label.deviations, *several],
            "where": where,
        }
        yield "aigc", value, Strength.PROVEN if label.certain else Strength.ESTIMATED, 1.0


def _platform(found: tags.Tags) -> Iterator[Found]:
    for key in platform.keys(found.tags):
        value = {"key": key.key, "raw": key.raw, "label_type": key.label_type, "ai": key.ai}
        yield "platform_key", value, Strength.PROVEN, 1.0
        if key.product and key.product.casefold() != "capcut":
            trace = {"generator": key.product, "trace": f"`{key.key}` names the product"}
            strength = Strength.MATCHED if key.generated else Strength.ESTIMATED
            yield "generator_trace", trace, strength, 1.0 if key.generated else 0.5


def _traces(path: Path, format: Format, found: tags.Tags) -> Iterator[Found]:
    for trace in (*traces.in_picture(path, format), *traces.in_tags(found.tags)):
        strength = Strength.MATCHED if trace.specific else Strength.ESTIMATED
        yield "generator_trace", {"generator": trace.generator, "trace": trace.trace}, strength, trace.confidence
