"""XMP packets: IPTC's digital source type and AI fields, and pointers to remote C2PA manifests.

Source: IPTC Photo Metadata 2025.1 (Iptc4xmpExt), TC260-PG-20259A (TC260:AIGC), C2PA 2.2 section 11.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
C2PA_SOURCE_TYPE = "http://c2pa.org/digitalsourcetype/"
AI_TERMS = frozenset(
    ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic", "trainedAlgorithmicData")
)
"""Terms that state generative AI (IPTC newscodes; C2PA asset rubric 1.0, `$genai_dst_types`)."""
AI_FIELDS = ("AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName")
MAX_DEPTH = 64
MAX_NODES = 50_000

_PROVENANCE = "http://purl.org/dc/terms/ provenance"


class NotXmp(Exception):
    """The packet is no XML, or declares a document type or entities."""


@dataclass(slots=True)
class Xmp:
    """What one packet says that matters here."""

    source_types: list[str] = field(default_factory=list)
    """As written."""
    fields: dict[str, str] = field(default_factory=dict)
    """IPTC's AI fields that are present, by local name."""
    aigc: list[str] = field(default_factory=list)
    remote_url: str = ""


def term(source_type: str) -> str:
    """Bare term of a digital source type: ``http(s)://.../digitalsourcetype/trainedAlgorithmicMedia`` or the term."""
    bare = source_type.strip().rstrip("/").rsplit("/", 1)[-1]
    known = {t.casefold(): t for t in AI_TERMS}
    return known.get(bare.casefold(), bare)


def deviation(source_type: str) -> str:
    """How a source type differs from the form that IPTC asks for; empty when it does not."""
    text = source_type.strip()
    if text.startswith((SOURCE_TYPE, C2PA_SOURCE_TYPE)) and text.rsplit("/", 1)[-1] == term(text):
        return ""
    if text.startswith("https://"):
        return "`https` in place of `http`"
    return "another form than the full URI" if "/" in text else "bare term in place of the full URI"


def parse(packet: bytes) -> Xmp:
    """Read a packet; properties may be elements, attributes, lists or `rdf:resource`.

    Raises:
        NotXmp: It is not well-formed, declares a document type, or is absurdly deep or long.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(_trimmed(packet), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NotXmp(f"XMP packet is not XML: {error}") from error
    return reader.xmp


def _trimmed(packet: bytes) -> bytes:
    """As UTF-8, without the padding and NULs that writers leave around a packet."""
    if packet[:2] in (b"\xff\xfe", b"\xfe\xff"):
        packet = packet.decode("utf-16", "replace").encode()
    packet = packet.strip(b"\0 \t\r\n")
    begin, end = packet.find(b"<"), packet.rfind(b">")
    return packet[begin if begin >= 0 else 0 : end + 1 if end >= 0 else None]


def _refuse(*_: object) -> None:
    raise NotXmp("XMP packet declares a document type or an entity; such a packet is not read")


class _Reader:
    """Collects the text of properties by their full name, whatever they are wrapped in."""

    def __init__(self) -> None:
        self.xmp = Xmp()
        self._open: list[str] = []
        self._text: list[str] = []
        self._nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._nodes += 1 + len(attributes)
        if len(self._open) >= MAX_DEPTH or self._nodes > MAX_NODES:
            raise NotXmp("XMP packet is too deep or too long")
        for key, value in attributes.items():
            self._take(key, value)
        if resource := attributes.get(f"{RDF} resource"):
            self._take(name, resource)
        self._open.append(name)
        self._text = []

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        self._open.pop()
        if text := "".join(self._text).strip():
            self._take(next((n for n in [name, *reversed(self._open)] if not n.startswith(f"{RDF} ")), name), text)
        self._text = []

    def _take(self, name: str, value: str) -> None:
        space, _, local = name.rpartition(" ")
        if not value:
            return
        if space == IPTC and local == "DigitalSourceType":
            self.xmp.source_types.append(value)
        elif space == IPTC and local in AI_FIELDS:
            self.xmp.fields[local] = value
        elif local == "AIGC" and (space == TC260 or "tc260" in space):
            self.xmp.aigc.append(value)
        elif name == _PROVENANCE:
            self.xmp.remote_url = value


def packet(source_type: str, fields: dict[str, str] | None = None, aigc: str = "") -> bytes:
    """A packet that states a digital source type (bare term), AI fields, and an AIGC label."""
    rows = [f"<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPE}{escape(source_type)}</Iptc4xmpExt:DigitalSourceType>"]
    rows += [f"<Iptc4xmpExt:{k}>{escape(v)}</Iptc4xmpExt:{k}>" for k, v in (fields or {}).items()]
    if aigc:
        rows.append(f"<TC260:AIGC>{escape(aigc)}</TC260:AIGC>")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{IPTC}" xmlns:TC260="{TC260}">'
        f'{"".join(rows)}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()
