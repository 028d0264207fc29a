from __future__ import annotations

import pytest

from checker.text import ages, concepts
from checker.text.normalise import normalise


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("she is 7 years old", "age17"),
        ("she is 37 years old", "age18"),
        ("ma fille a trente-cinq ans", "age18"),
        ("ma fille a cinq ans", "age17"),
        ("mio nonno ha ottantotto anni", "age18"),
        ("meine Tochter ist sieben Jahre alt", "age17"),
        ("Levi ist 7 Monate alt und sabbert", "agemonths"),
        ("7歳の娘", "age17"),
        ("37歳になりました", "age18"),
        ("我今年八岁", "age17"),
        ("他今年十九岁", "age18"),
        ("일곱 살 딸", "age17"),
        ("스무 살 대학생", "age18"),
        ("we moved here six years ago", "lasts"),
        ("Kayla, 13, last seen", "name17"),
        ("Kayla, 31, last seen", "name18"),
        ("happy birthday 🐕", "pet"),
        ("eleven coffees", "n17"),
    ],
)
def test_a_number_is_read_as_an_age(text: str, name: str) -> None:
    assert name in _read(text)


@pytest.mark.parametrize("text", ["from $12.50", "call 5551234567", "", "no numbers here"])
def test_no_age(text: str) -> None:
    assert not {n for n in _read(text) if n.startswith(("age", "name"))}


def test_the_bearer_is_who_stands_nearest() -> None:
    normal = normalise("my son is 7 years old and the whisky is 18")
    cut = concepts.cut(normal)
    hits = concepts.find(normal, cut)
    assert "age17 kin" in set(ages.bearers(cut, ages.read(normal, cut, hits), hits))


def test_a_wall_of_numbers_is_cut() -> None:
    normal = normalise("my son is 7. " * 900)
    cut = concepts.cut(normal)
    assert len(ages.read(normal, cut, concepts.find(normal, cut))) == ages.MOST


def _read(text: str) -> set[str]:
    normal = normalise(text)
    cut = concepts.cut(normal)
    return {h.name for h in ages.read(normal, cut, concepts.find(normal, cut))}
