from __future__ import annotations

import pytest

from checker.text import endorsement
from checker.text.normalise import normalise

CASES = [
    ("commercial", "Use my code SAVE20 for 20% off!"),
    ("commercial", "Achetez vite, lien en bio"),
    ("commercial", "#ad loving this new serum"),
    ("none", "Don't buy this serum, total scam"),
    ("none", "Nike shares fell 5% after earnings"),
    ("none", "N'achetez pas ce produit, arnaque"),
    ("political", "Vote for Jane Doe on November 5"),
    ("political", "Je soutiens Emmanuel Macron pour un second mandat"),
    ("none", "Who will you vote for?"),
    ("none", "The senate voted for the bill"),
    ("none", "Les députés ont voté contre la loi"),
]


@pytest.mark.parametrize(("kind", "text"), CASES, ids=[t for _, t in CASES])
def test_promotion_is_told_from_news_and_criticism(kind: str, text: str) -> None:
    assert ({c.kind for c in endorsement.find(normalise(text))} or {"none"}) == {kind}


def test_the_cue_is_quoted_and_the_target_named() -> None:
    text = "Please… Vote for Jane Doe on November 5"
    (cue,) = endorsement.find(normalise(text))
    assert (cue.target, text[cue.start : cue.end], cue.cue) == ("Jane Doe", "Vote for", "Vote for")
