from __future__ import annotations

import json
import time
from collections import Counter
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import UsageError
from checker.text.gazetteer import Person
from checker.text.normalise import fold, normalise
from checker.text.people import CAREFUL, FULL, JOINED, People, load_csv, load_wikidata

PEOPLE = People.load()
SHIPPED = sorted(Path(str(files("checker.text") / "data" / "people")).glob("*.csv"))


def names(text: str, people: People = PEOPLE) -> list[str]:
    return [mention.name for mention in people.find(normalise(text))]


def quotes(text: str, people: People = PEOPLE) -> list[str]:
    normal = normalise(text)
    return [normal.quote(mention.start, mention.end) for mention in people.find(normal)]


# each text with its negative twin
TWINS = [
    pytest.param("Donald Trump", "Donald Trump says hi", "Donald Trumpington says hi", id="full name, boundary"),
    pytest.param("Donald Trump", "DONALD\n  TRUMP", "DONALD: TRUMPED", id="line break"),
    pytest.param("Donald Trump", "so Trump said", "so the trumpet and a trump card", id="capital asked for"),
    pytest.param("Donald Trump", "#trump2026", "#trumpets", id="tag with a year"),
    pytest.param("Donald Trump", "#TeamTrump", "#teamtrumpet", id="humps in a tag"),
    pytest.param("Donald Trump", "#donaldtrumpedit", "#adonaldtrump", id="full name opens a tag"),
    pytest.param("Elon Musk", "made with @elonmusk", "made with @elonm", id="handle"),
    pytest.param("Elon Musk", "#elon_musk", "#elan_musky", id="underscore"),
    pytest.param("Elon Musk", "Elon-Musk's rocket", "elon's musky rocket", id="possessive and hyphen"),
    pytest.param("Elon Musk", "Elon Musks neues Auto", "Elon Muskstadt", id="genitive"),
    pytest.param("Elon Musk", "ЕLОN MUSK", "ЕLОN MUST", id="lookalike letters"),
    pytest.param("Elon Musk", "3l0n Mu5k says", "3l0n says", id="figures for letters"),
    pytest.param("Tom Hanks", "a Tom H@nks ad", "a tom h@nd", id="signs for letters"),
    pytest.param("Beyoncé", "beyonce live", "beyonces live", id="accents folded"),
    pytest.param("Kylian Mbappé", "GOAL BY MBAPPE", "mbapp", id="distinctive surname"),
    pytest.param("Drake", "listening to Drake again", "a drake and two ducks", id="ordinary word"),
    pytest.param("Drake", "a song by Drake", "Drake is a male duck", id="ordinary word opens a sentence"),
    pytest.param("Drake", "#drake", "#pink", id="tag of an ordinary word where told"),
    pytest.param("Elon Musk", "by @elonmusk!", "by me@musk.example", id="e-mail address"),
    pytest.param("Will Smith", "Will Smith again", "will the smith mend it", id="name made of words"),
    pytest.param("Emmanuel Macron", "president Macron spoke", "Thomas Macron spoke", id="somebody else's surname"),
    pytest.param("Emmanuel Macron", "To Macron: go, to macron", "Eric Macron and Gloria Macron", id="no first name"),
    pytest.param("Emmanuel Macron", "речь Макрона", "речь макроэкономиста", id="Russian case"),
    pytest.param("Donald Trump", "przemówienie Trumpa", "to trumpa i trumpem", id="Polish case"),
    pytest.param("Vladimir Putin", "despre putin acum", "foarte puţin acum", id="accent makes it another word"),
    pytest.param("Volodymyr Zelenskyy", "речь Зеленского", "речь зеленая", id="Russian case of an adjective"),
    pytest.param("Donald Trump", "قال ترامب", "قال ترا", id="Arabic"),
    pytest.param("Donald Trump", "وترامب قال", "سسترامب قال", id="Arabic prefix"),
    pytest.param("Benjamin Netanyahu", "דברי נתניהו", "דברי נתן", id="Hebrew"),
    pytest.param("Xi Jinping", "国家主席习近平出席", "国家主席出席", id="Chinese"),
    pytest.param("Elon Musk", "今日イーロン・マスクが", "今日マスクを着用", id="Japanese"),
    pytest.param("Lee Jae-myung", "오늘 이재명이 말했다", "오늘 이재 말했다", id="Korean"),
    pytest.param("Narendra Modi", "आज मोदी ने कहा", "आज मोद ने कहा", id="Hindi"),
    pytest.param("J. K. Rowling", "by J.K. Rowling", "jk growling", id="initials"),
]


@pytest.mark.parametrize(("name", "text", "twin"), TWINS)
def test_named(name: str, text: str, twin: str) -> None:
    assert set(names(text)) == {name}
    assert name not in names(twin)


@pytest.mark.parametrize(
    "text",
    [
        "smith and jordan went to the bank to cook",
        "she has rose gold and a star",
        "the future is pink and the prince will sting",
        "Mask on! Musky smell; messing about",
        "may the mark grant bill a chase",
        "ich mag Musik und Merzbau",
        "変成龍", "变成龙",
        "café au lait; mon cher ami",
    ],
)  # fmt: skip
def test_ordinary_words(text: str) -> None:
    assert names(text) == []


def test_order_quotes_and_confidence() -> None:
    text = "Taylor Swift & #elonmusk met listening to Drake"
    found = PEOPLE.find(normalise(text))
    assert [m.name for m in found] == ["Taylor Swift", "Elon Musk", "Drake"]
    assert [m.confidence for m in found] == [FULL, JOINED, CAREFUL]
    assert quotes(text) == ["Taylor Swift", "elonmusk", "Drake"]
    assert {m.kind for m in found} == {"public_figure"}
    assert [m.role for m in found] == ["musician", "executive", "musician"]


def test_leftmost_longest() -> None:
    assert names("Ivanka Trump and Donald Trump Jr. came") == ["Ivanka Trump", "Donald Trump Jr."]


def test_quotes_are_the_original_characters() -> None:
    assert quotes("hey 𝐃𝐨𝐧𝐚𝐥𝐝 𝐓𝐫𝐮𝐦𝐩!") == ["𝐃𝐨𝐧𝐚𝐥𝐝 𝐓𝐫𝐮𝐦𝐩"]
    assert quotes("KYLIAN   MBAPPÉ wow") == ["KYLIAN   MBAPPÉ"]


def test_alias_of_two_people_counts_for_neither() -> None:
    one, two = Person("Ann Zorbo", aliases=("Zorbo",)), Person("Bea Zorbo", aliases=("Zorbo",))
    assert names("there is Zorbo", People((one,))) == ["Ann Zorbo"]
    assert names("there is Zorbo", People((one, two))) == []
    assert names("Bea Zorbo", People((one, two))) == ["Bea Zorbo"]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_never_fails_and_spans_fit(before: str, after: str) -> None:
    normal = normalise(f"{before} Donald Trump {after}")
    found = PEOPLE.find(normal)
    assert all(0 <= m.start < m.end <= len(normal.text) for m in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize("piece", ["$", "a$", "trump", "Trump ", "#", "#trump_", "a1", " ", "特朗普", "a.", "'s"])
def test_hostile_text_is_read_in_time(piece: str) -> None:
    normal = normalise(piece * (5_000 // len(piece)))
    start = time.perf_counter()
    PEOPLE.find(normal)
    assert time.perf_counter() - start < 2


def test_every_shipped_full_name_is_found() -> None:
    full = [person.name for person in PEOPLE.persons if " " in person.name]
    assert [name for name in full if names(f"abc {name}! #fyp") != [name]] == []
    asked = {alias[2:] for person in PEOPLE.persons for alias in person.aliases if alias.startswith("^^")}
    assert [name for name in full if name not in asked and names(f"{name.upper()}'S") != [name]] == []


# the shipped lists


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_rows_are_complete(path: Path) -> None:
    roles = {
        *("politician", "head_of_state", "head_of_government", "party_leader", "minister", "executive", "athlete"),
        *("musician", "actor", "artist", "author", "creator", "journalist", "scientist", "activist", "royal"),
        "religious_leader",
    }
    for person in load_csv(path):
        assert person.kind == "public_figure", person
        assert person.role in roles, person
        assert len(person.country) == 2 and person.country.isupper(), person
        assert person.as_of, person


def test_nobody_is_shipped_twice() -> None:
    counted = Counter(fold(person.name) for path in SHIPPED for person in load_csv(path))
    assert [name for name, count in counted.items() if count > 1] == []


def test_no_shipped_alias_belongs_to_two() -> None:
    owners: dict[str, set[str]] = {}
    for person in PEOPLE.persons:
        for name in (person.name, *person.aliases):
            owners.setdefault(fold(name.lstrip("^#")).replace(" ", ""), set()).add(person.name)
    assert {alias: held for alias, held in owners.items() if len(held) > 1} == {}


# files


def csv_file(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_file_adds_and_replaces(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "name,role,aliases\nZora Quill,creator,#zq|^Quill\nElon Musk,politician,\n")
    people = People.load([path])
    assert names("#zq", people) == ["Zora Quill"] and names("zq", people) == []
    assert names("by Quill", people) == ["Zora Quill"] and names("by quill", people) == []
    assert people.find(normalise("Elon Musk"))[0].role == "politician"
    assert PEOPLE.find(normalise("Elon Musk"))[0].role == "executive"
    assert People.load([path]) is people
    assert People.load() is PEOPLE


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("person,role\nA B,x\n", 1, "name columns"),
        ("name,role\nAnn Zorbo\n", 2, "cells"),
        ("name,kind\nAnn Zorbo,friend\n", 2, "kind `friend`"),
        ("name,as_of\nAnn Zorbo,yesterday\n", 2, "as_of"),
        ("name\n12345\n", 2, "no name"),
        ("name\n" + "x" * 500 + "\n", 2, "no name"),
        ("name,aliases\nAnn Zorbo," + "|".join(f"Zor{i}" for i in range(99)) + "\n", 2, "aliases"),
        ("name\nAnn Zorbo\nann zorbo\n", 3, "already in line 2"),
        ('name\n"Ann', 2, "not CSV"),
        ("", 1, "name columns"),
    ],
)
def test_bad_rows_name_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = csv_file(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        People.load([path])
    assert f"mine.csv:{line}: " in str(caught.value) and says in str(caught.value)


def test_bad_files(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"name\nAnn Zorbo\nJos\xe9 Zorbo\n")
    with pytest.raises(UsageError, match=r"latin.csv:3: not UTF-8"):
        load_csv(tmp_path / "latin.csv")
    with pytest.raises(UsageError, match="cannot read people"):
        People.load([tmp_path / "absent.csv"])


def binding(**cells: str) -> dict[str, dict[str, str]]:
    return {key: {"type": "literal", "value": value} for key, value in cells.items()}


def test_wikidata_query(tmp_path: Path) -> None:
    rows = [
        binding(personLabel="Zora Quill", occupationLabel="singer", countryLabel="Chile", altLabel="Zorita, Z. Quill"),
        binding(personLabel="Zora Quill", occupationLabel="actor", altLabel="Зора Квилл"),
        binding(personLabel="Kid Quill", birthDate="2025-01-01T00:00:00Z"),
        binding(personLabel="Q12345"),
    ]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"head": {}, "results": {"bindings": rows}}), encoding="utf-8")
    zora, kid = load_wikidata(path)
    assert zora == Person("Zora Quill", "public_figure", "musician", "Chile", ("^^Zorita", "Z. Quill", "Зора Квилл"))
    assert (kid.name, kid.kind) == ("Kid Quill", "minor")
    assert names("и Зора Квилл тоже", People.load([path])) == ["Zora Quill"]


def test_wikidata_entities(tmp_path: Path) -> None:
    def claim(value: object) -> list[dict[str, object]]:
        return [{"mainsnak": {"datavalue": {"value": value}}}]

    human = {
        "labels": {"en": {"value": "Zora Quill"}, "ru": {"value": "Зора Квилл"}},
        "aliases": {"en": [{"value": "Z. Quill"}]},
        "claims": {"P31": claim({"id": "Q5"}), "P106": claim({"id": "Q33999"})},
    }
    city = {"labels": {"en": {"value": "Quillton"}}, "claims": {"P31": claim({"id": "Q515"})}}
    path = tmp_path / "entities.json"
    path.write_text(json.dumps({"entities": {"Q1": human, "Q2": city}}), encoding="utf-8")
    assert load_wikidata(path) == [Person("Zora Quill", "public_figure", "actor", "", ("Зора Квилл", "Z. Quill"))]


@pytest.mark.parametrize(
    "text",
    ["", "{", "7", "null", '"x"', '{"entities": 3}', "[" * 100_000],
    ids=["empty", "cut off", "number", "null", "string", "odd", "deep"],
)
def test_hostile_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad.json:\d+: "):
        load_wikidata(path)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["results", "bindings", "labels", "aliases", "claims", "P31", "P569", "value", "en"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: object) -> None:
    path = tmp_path_factory.mktemp("json") / "any.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    try:
        load_wikidata(path)
    except UsageError:
        pass
