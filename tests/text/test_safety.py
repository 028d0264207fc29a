from __future__ import annotations

import pytest

from checker.facts.vocabulary import SAFETY
from checker.text import cues
from checker.text.normalise import normalise

_HIGH = 0.6

CASES = [
    ("hate", "Immigrants are vermin", "Hate speech against immigrants is rising"),
    ("hate", "Les migrants sont des parasites, il faut les éliminer", "Les migrants ont été secourus en mer"),
    ("harassment", "Nobody likes you, kill yourself", "nobody expected rain"),
    ("self_harm", "I want to end my life tonight", "Suicide prevention hotline: call 988"),
    ("self_harm", "je veux me suicider ce soir", "Numéro national de prévention du suicide : 3114"),
    ("violence", "I'm going to kill him tonight", "this joke killed me"),
    ("violence", "je vais te tuer", "ce film m'a fait rire"),
    ("sexual", "my nudes are on OnlyFans", "painting the nude in art history"),
    ("minor_safety", "trading nudes of 13 year old girls", "how to protect children from online predators"),
    ("dangerous_acts", "Try the blackout challenge", "Doctors warn: never try the blackout challenge"),
    ("regulated_goods", "selling weed, dm me", "The senate debates legal cannabis"),
    ("scam", "Double your bitcoin in 24 hours", "Police warn: no site can double your bitcoin"),
    ("scam", "Doublez votre argent, gains garantis", "Attention aux arnaques aux gains garantis"),
    ("misinformation", "Vaccines contain microchips", "Fact check: it is false that vaccines contain microchips"),
]


def _sure(text: str) -> set[str]:
    return {found.name for found in cues.safety(normalise(text)) if found.confidence >= _HIGH}


@pytest.mark.parametrize(("category", "text", "twin"), CASES, ids=[f"{c}: {t}" for c, t, _ in CASES])
def test_a_category_and_its_twin(category: str, text: str, twin: str) -> None:
    assert category in _sure(text)
    assert not _sure(twin)


@pytest.mark.parametrize("text", ["I fucking hate Mondays", "this homework is killing me", "dying of laughter"])
def test_swearing_and_figures_of_speech_are_no_risk(text: str) -> None:
    assert not _sure(text)


def test_every_category_of_the_vocabulary_has_a_case() -> None:
    assert {category for category, _, _ in CASES} == set(SAFETY)
