from __future__ import annotations

import pytest

from checker.facts.vocabulary import TOPICS
from checker.text import cues
from checker.text.normalise import normalise


@pytest.mark.parametrize(
    ("topic", "text", "twin"),
    [
        ("news", "BREAKING NEWS: the prime minister has resigned", "breaking in my new boots"),
        ("crisis", "An earthquake struck the coast", "my room is a mess after the party"),
        ("crisis", "Inondations dans le sud", "on danse sous la pluie"),
        ("health", "The vaccine protects against measles", "this song makes me happy"),
        ("health", "Le vaccin contre la grippe", "un gâteau au chocolat"),
        ("elections", "Les bureaux ouvrent, l'élection présidentielle commence", "mon chat dort"),
        ("finance", "Investir en bourse et dans le bitcoin", "marcher en forêt"),
        ("commerce", "50% off, free shipping", "off to the beach"),
        ("commerce", "buy it in our store", "I bought flowers at the store"),
        ("elections", "Election day: go vote", "I love to vote for songs"),
        ("crisis", "地震で多くの人が避難", "猫が寝ています"),
    ],
)
def test_a_topic_and_its_twin(topic: str, text: str, twin: str) -> None:
    assert topic in {found.name for found in cues.topics(normalise(text))}
    assert not [found for found in cues.topics(normalise(twin)) if found.confidence >= 0.4]


def test_topics_are_those_of_the_vocabulary() -> None:
    named = {
        found.name for text in ("news war vaccine election bitcoin coupon",) for found in cues.topics(normalise(text))
    }
    assert named <= set(TOPICS)
    assert len(named) >= 4
