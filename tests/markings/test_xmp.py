from __future__ import annotations

import pytest

from checker.markings import xmp

from .files import AI

RDF = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:t="http://www.tc260.org.cn/ns/AIGC/1.0/" xmlns:d="http://purl.org/dc/terms/"{attributes}>{body}'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def packet(body: str = "", attributes: str = "") -> bytes:
    return RDF.format(body=body, attributes=attributes).encode()


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (packet(f"<i:DigitalSourceType>{AI}</i:DigitalSourceType>"), AI),
        (packet(attributes=f' i:DigitalSourceType="{AI}"'), AI),
        (packet(f'<i:DigitalSourceType rdf:resource="{AI}"/>'), AI),
        (packet(f"<i:DigitalSourceType><rdf:Bag><rdf:li>{AI}</rdf:li></rdf:Bag></i:DigitalSourceType>"), AI),
        (
            packet(f'<i:DigitalSourceType><rdf:Alt><rdf:li xml:lang="x">{AI}</rdf:li></rdf:Alt></i:DigitalSourceType>'),
            AI,
        ),
        (b"\0\0" + packet(f"<i:DigitalSourceType>{AI}</i:DigitalSourceType>") + b"   \0", AI),
        (packet(f"<i:DigitalSourceType>{AI}</i:DigitalSourceType>").decode().encode("utf-16"), AI),
    ],
    ids=["element", "attribute", "resource", "bag", "alt", "padding", "utf-16"],
)
def test_all_forms_of_a_property(content: bytes, written: str) -> None:
    assert xmp.parse(content).source_types == [written]


@pytest.mark.parametrize(
    ("source_type", "term", "deviates"),
    [
        (AI, "trainedAlgorithmicMedia", False),
        (AI.replace("http:", "https:"), "trainedAlgorithmicMedia", True),
        ("trainedAlgorithmicMedia", "trainedAlgorithmicMedia", True),
        ("TRAINEDALGORITHMICMEDIA", "trainedAlgorithmicMedia", True),
        ("http://c2pa.org/digitalsourcetype/trainedAlgorithmicData", "trainedAlgorithmicData", False),
        (AI.replace("trainedAlgorithmicMedia", "digitalCapture"), "digitalCapture", False),
    ],
)
def test_terms(source_type: str, term: str, deviates: bool) -> None:
    assert xmp.term(source_type) == term
    assert bool(xmp.deviation(source_type)) is deviates


@pytest.mark.parametrize(
    ("term", "ai"),
    [
        ("trainedAlgorithmicMedia", True),
        ("compositeSynthetic", True),
        ("algorithmicMedia", False),
        ("composite", False),
        ("digitalArt", False),
    ],
)
def test_which_terms_say_generative_ai(term: str, ai: bool) -> None:
    assert (term in xmp.AI_TERMS) is ai


def test_other_properties() -> None:
    found = xmp.parse(
        packet(
            "<i:AISystemUsed>Sora</i:AISystemUsed><t:AIGC>{&quot;AIGC&quot;:{}}</t:AIGC><d:provenance>x:y</d:provenance>"
        )
    )
    assert found.fields == {"AISystemUsed": "Sora"}
    assert found.aigc == ['{"AIGC":{}}']
    assert found.remote_url == "x:y"


def test_a_property_of_another_namespace_is_none_of_ours() -> None:
    other = packet(f"<i:DigitalSourceType>{AI}</i:DigitalSourceType>").replace(xmp.IPTC.encode(), b"http://other/")
    assert xmp.parse(other).source_types == []


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "content",
    [
        BOMB + packet("<i:AISystemUsed>&b;</i:AISystemUsed>"),
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + packet("<i:AISystemUsed>&e;</i:AISystemUsed>"),
        b"<!DOCTYPE x>" + packet(),
        b"<a>" * 10_000,
        b"<a>" + b"<b/>" * 60_000 + b"</a>",
        b"no xml",
        b"",
        packet()[:-10],
        b'<?xml version="1.0" encoding="no-such"?>' + packet(),
    ],
    ids=["expansion", "external", "doctype", "deep", "long", "text", "empty", "cut", "encoding"],
)
def test_hostile_and_broken_packets_are_refused(content: bytes) -> None:
    with pytest.raises(xmp.NotXmp):
        xmp.parse(content)


def test_what_is_written_is_read() -> None:
    found = xmp.parse(xmp.packet("compositeSynthetic", {"AISystemUsed": "A & <B>"}, aigc='{"AIGC":{}}'))
    assert [xmp.term(t) for t in found.source_types] == ["compositeSynthetic"]
    assert found.fields == {"AISystemUsed": "A & <B>"}
    assert found.aigc == ['{"AIGC":{}}']
