from __future__ import annotations

import json
import time
import zipfile
from collections import Counter
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import UsageError
from checker.text.gazetteer import Person
from checker.text.index import Index
from checker.text.normalise import fold, normalise
from checker.text.people import CAREFUL, CONTEXT, FULL, JOINED, People, load_csv, load_wikidata
from checker.text.spellings import Alias

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


# what a name alone means, with the twin in which it does not
ALONE = [
    pytest.param("Donald Trump", "i voted for trump three times", "i played my trump three times", id="no capitals"),
    pytest.param("Taylor Swift", "swifties, is that Taylor's voice", "is that a tailor, Taylor?", id="own words"),
    pytest.param("Nigel Farage", "So's Nigel. Join Reform today", "So's Nigel. Join us today", id="party"),
    pytest.param("Jannik Sinner", "Sinner serves an ace", "Sinner or saint", id="words of the trade"),
    pytest.param("Gustavo Petro", "vote por el presidente petro", "vote por el perro", id="title before"),
    pytest.param("Shigeru Ishiba", "石破氏が語った", "石を破った", id="title after"),
    pytest.param("Rachida Dati", "Dati en plein débat", "Dati contre la grippe", id="debate"),
    pytest.param("Lionel Messi", "messi scored two goals", "messy goals", id="a goal"),
    pytest.param("Aya Nakamura", "Aya arrive en retard #nakamura", "Aya arrive en retard", id="two halves"),
    pytest.param("François Ruffin", "RUFFIN 2027 debout", "RUFFIN ET FILS debout", id="campaign"),
    pytest.param("Alexandria Ocasio-Cortez", "doors at 4 with AOC", "doors at 4 with THE AOCS", id="abbreviation"),
    pytest.param("Kim Kardashian", "Kim K got fined", "Kim got fined", id="nickname"),
    pytest.param("Jackie Chan", "让成龙去送外卖", "变成龙去送外卖", id="two signs after a verb"),
    pytest.param("Rafał Trzaskowski", "głosuj na Trzaskowskiego", "głosuj na trzasko", id="Polish adjective"),
    pytest.param("Yulia Navalnaya", "Поддерживаю Юлию Навальную", "Поддерживаю Юлию", id="both words in a case"),
    pytest.param("Abdel Fattah el-Sisi", "صوتك للسيسي", "صوتك لسيس", id="Arabic article"),
    pytest.param("Kyriakos Mitsotakis", "στηρίζω Μητσοτάκη", "στηρίζω Μήτσο", id="Greek case"),
    pytest.param("Emmanuel Macron", "Macron spoke", "a shirt by Macron, the collar itches", id="brand"),
    pytest.param("Recep Tayyip Erdoğan", "Erdoğan konuştu", "bakkal Erdoğan amca konuştu", id="uncle"),
    pytest.param("Drake", "a song by Drake", "it was Drake the duck", id="pet"),
    pytest.param("Charles de Gaulle", "Charles de Gaulle parle", "place Charles de Gaulle", id="place"),
    pytest.param("Luiz Inácio Lula da Silva", "é Lula de novo", "Lula à dorê com limão", id="dish"),
]


@pytest.mark.parametrize(("name", "text", "twin"), TWINS + ALONE)
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


MISSPELT = [
    ("Emmanuel Macron", "when Emanuel Macron spoke", "when Manuel Marron spoke"),
    ("Kylian Mbappé", "a goal by Kilian Mbape", "a goal by Kilian Mbanda"),
    ("Cristiano Ronaldo", "Cristiano Rolando again", "Cristiana Orlandi again"),
    ("Selena Gomez", "a song of Selena Gomes", "a song of Helena Gomes"),
    ("Volodymyr Zelenskyy", "we heard Zelinsky today", "we heard Jelinsky today"),
    ("Elon Musk", "so Elon Mask tweeted", "so Ellen Mask tweeted"),
    ("Donald Trump", "donnald trump said it", "donald trumpet said it"),
]


@pytest.mark.parametrize(("name", "text", "twin"), MISSPELT, ids=[row[0] for row in MISSPELT])
def test_misspelt(name: str, text: str, twin: str) -> None:
    found = PEOPLE.find(normalise(text))
    assert [m.name for m in found] == [name]
    assert found[0].confidence < CONTEXT
    assert name not in names(twin)


def test_another_alphabet_without_an_alias() -> None:
    person = Person("Zora Quillmann", country="DE")
    assert names("говорит Зора Квиллманн", People((person,))) == []
    assert names("говорит Золдан Брекмен", People((Person("Zoldan Brekmen"),))) == ["Zoldan Brekmen"]


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
    start = time.process_time()
    PEOPLE.find(normal)
    assert time.process_time() - start < 2


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
            plain = Alias.parse(name).plain if name != person.name else name
            owners.setdefault(fold(plain).replace(" ", ""), set()).add(person.name)
    assert {alias: held for alias, held in owners.items() if len(held) > 1} == {}


def test_the_list_is_as_large_as_is_said() -> None:
    assert len(PEOPLE.persons) >= 11_000


# files


def compiled(folder: Path, *persons: Person) -> Path:
    path = folder / "mine.compiled"
    Index.build(persons).save(path)
    return path


def test_a_compiled_list_finds_what_the_list_finds(tmp_path: Path) -> None:
    zora = Person("Zora Quill", "private", "creator", "FR", ("^Quill", "#zq", "~Zo+quillers"), "2025")
    path = compiled(tmp_path, zora, Person("Elon Musk", "private", "executive"), Person("Ann Other"))
    both = People.load([path])
    for text in ("Zora Quill", "see Quill", "a quill", "#zq", "hey Zo", "hey Zo and quillers", "#zoraquill2026"):
        assert names(text, both) == names(text, People((zora,))), text
    assert names("Zora Quill met Taylor Swift", both) == ["Zora Quill", "Taylor Swift"]
    assert [m.kind for m in both.find(normalise("Elon Musk, also seen as Илон Маск"))] == ["private", "private"]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_compiled_file_is_refused_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: object) -> None:
    path = compiled(tmp_path_factory.mktemp("compiled"), Person("Zora Quill", aliases=("Zq Zq",)), Person("Ann Other"))
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):  # type: ignore[attr-defined]
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))  # type: ignore[attr-defined]
    path.write_bytes(whole)
    try:
        People.load([path]).find(normalise("Zora Quill and Ann Other"))
    except UsageError:
        pass


def test_a_compiled_file_whose_parts_disagree_is_refused(tmp_path: Path) -> None:
    good, other = compiled(tmp_path, Person("Zora Quill")), tmp_path / "other.compiled"
    mixed = tmp_path / "x.compiled"
    Index.build([Person(f"Ann Other{chr(97 + i)}{chr(97 + j)}") for i in range(9) for j in range(9)]).save(other)
    with (
        zipfile.ZipFile(good) as one,
        zipfile.ZipFile(other) as two,
        zipfile.ZipFile(tmp_path / "x.compiled", "w") as x,
    ):
        for name in one.namelist():
            x.writestr(name, (two if name == "automaton" else one).read(name))
    with pytest.raises(UsageError, match="no compiled list"):
        People.load([mixed]).find(normalise("hi Ann Otherii and Ann Otherhh"))


@pytest.mark.parametrize(
    "content", [b"", b"name\nZora Quill\n", b"PK\x05\x06" + bytes(18)], ids=["empty", "csv", "zip"]
)
def test_what_is_not_compiled_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.compiled"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="checker people import"):
        People.load([path])


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
    assert People.load() is People.load()


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
