from __future__ import annotations

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.markings import aigc

FULL = {
    "Label": "1",
    "ContentProducer": "001191110102MAD55U9H0F10002",
    "ProduceID": "a-1",
    "ReservedCode1": "",
    "ContentPropagator": "",
    "PropagateID": "",
    "ReservedCode2": "",
}


def text(**changes: object) -> str:
    return json.dumps({"AIGC": {k: v for k, v in {**FULL, **changes}.items() if v is not ...}})


def test_what_annex_e_asks_for_is_valid() -> None:
    label = aigc.parse(text())
    assert (label.label, label.valid, label.certain, label.deviations) == (1, True, True, ())
    assert label.producer == FULL["ContentProducer"]


@pytest.mark.parametrize(
    ("value", "label", "certain", "named"),
    [
        (text(Label="2"), 2, False, None),
        (text(Label="3"), 3, False, None),
        (text(Label=1), 1, True, "`Label` is int, not a string"),
        (text(Label="AIGC"), None, False, "`Label` is not 1, 2 or 3"),
        (text(Label="0"), None, False, "`Label` is not 1, 2 or 3"),
        (text(Label=True), None, False, "`Label` is bool, not a string"),
        (text(Label=...), None, False, "`Label` is missing"),
        (text(ReservedCode1=None, ReservedCode2=None), 1, True, "`ReservedCode1` is null, not a string"),
        (text(ContentProducer=""), 1, False, "`ContentProducer` is empty"),
        (text(ContentProducer=...), 1, False, "`ContentProducer` is missing"),
        (text(ProduceID="a b"), 1, True, "`ProduceID` has characters that annex E does not allow"),
        (text(ProduceID="生"), 1, True, "`ProduceID` has characters that annex E does not allow"),
        (text(Time="1"), 1, True, "unknown field `Time`"),
        (json.dumps(FULL), 1, True, "fields without the `AIGC` object around them"),
        (json.dumps({"aigc": FULL}), 1, True, "`aigc` in place of `AIGC`"),
        (json.dumps({"AIGC": {k.lower(): v for k, v in FULL.items()}}), 1, True, "`label` in place of `Label`"),
        (html.escape(text()), 1, True, "HTML-escaped"),
        (html.escape(html.escape(text())), 1, True, "HTML-escaped"),
        (json.dumps(text()), 1, True, "a string that holds JSON"),
        (json.dumps({"AIGC": json.dumps(FULL)}), 1, True, "`AIGC` is a string that holds JSON"),
        ("\ufeff" + text() + "\0\0", 1, True, None),
        ('{"AIGC": {"Label": "1", "Label": "2"}}', 2, False, "a field occurs twice"),
        ("", None, False, "not a JSON object"),
        ("[1]", None, False, "not a JSON object"),
        ("{" * 100_000, None, False, "not a JSON object"),
        ('{"AIGC": 7}', None, False, "`AIGC` is not an object"),
    ],
)
def test_each_deviation_has_a_name(value: str, label: int | None, certain: bool, named: str | None) -> None:
    found = aigc.parse(value)
    assert (found.label, found.certain) == (label, certain)
    if named is None:
        assert found.valid
    else:
        assert named in found.deviations
        assert not found.valid


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (text(ProduceID="x").encode(), 1),
        (text(ProduceID="x").encode("utf-16-be"), 2),
        (text(ProduceID="x").encode("utf-16"), 1),
        (text(ProduceID="生成").replace("\\u751f\\u6210", "生成").encode("gb18030"), 1),
    ],
    ids=["utf-8", "utf-16 by type", "utf-16 by mark", "gb18030"],
)
def test_encodings(value: bytes, code: int) -> None:
    assert aigc.parse(aigc.decode(value, code)).label == 1


@pytest.mark.parametrize(
    ("key", "is_key"),
    [("AIGC", True), ("com.example.AIGC", True), ("aigc", True), ("TC260_AIGC", True), ("aigc_info", False)],
)
def test_keys(key: str, is_key: bool) -> None:
    assert aigc.is_key(key) is is_key


@given(st.text(alphabet=sorted(aigc.ALLOWED), min_size=1, max_size=40), st.text(sorted(aigc.ALLOWED), max_size=40))
def test_what_is_composed_is_valid(producer: str, produce_id: str) -> None:
    label = aigc.parse(aigc.compose(producer, produce_id))
    assert label.valid
    assert (label.producer, label.produce_id) == (producer, produce_id)


@pytest.mark.parametrize("producer", ["", "two words", "生成", "back\\slash"])
def test_what_would_not_be_valid_is_not_composed(producer: str) -> None:
    with pytest.raises(ValueError, match="not a valid AIGC label"):
        aigc.compose(producer, "1")


@given(st.text(max_size=300))
def test_any_text_gives_a_label(value: str) -> None:
    found = aigc.parse(value)
    assert found.label in (None, 1, 2, 3)
    assert found.label is not None or not found.valid
