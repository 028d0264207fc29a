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
    ("political", "Never vote for Jones, he sold us out"),
    ("none", "Go vote! Polls close at 8 pm"),
    ("political", "Make your voice heard: vote Smith"),
    ("none", "Vote for your favourite outfit in the comments"),
    ("political", "Votez Marine Dupont dimanche"),
    ("none", "Votez pour votre tenue préférée en commentaire"),
    ("political", "Ne votez jamais pour ce parti"),
    ("none", "Allez voter dimanche, peu importe pour qui"),
    ("commercial", "big thanks to Squarespace for supporting the channel"),
    ("none", "thanks to my mum for the cake"),
    ("commercial", "Téléchargez l'application Finly, premier mois offert"),
    ("none", "Aucun code ne marche, quelle perte de temps"),
    ("commercial", "Colaboración pagada con Adidas"),
    ("none", "No compréis este móvil, es malísimo"),
    ("political", "Este domingo vota PSOE"),
    ("none", "¿Por quién vas a votar?"),
    ("commercial", "Anzeige | Meine neue Lieblingscreme von Nivea"),
    ("none", "Die Preise für Butter sind um 20 % gestiegen"),
    ("political", "Wählt Anna Schmidt zur Bürgermeisterin"),
    ("none", "Wen werdet ihr wählen?"),
    ("commercial", "Usa il codice GIULIA15 per uno sconto"),
    ("none", "Il prezzo del pane è salito del 10%"),
    ("commercial", "Usem o cupom ANA10, link na bio"),
    ("none", "O preço do arroz subiu 15%"),
    ("commercial", "Z moim kodem rabatowym OLA10 masz 10% zniżki"),
    ("none", "Ceny masła wzrosły o 20%"),
    ("commercial", "İndirim kodum AYSE20, link profilde"),
    ("none", "Yumurta fiyatları yüzde 20 arttı"),
    ("commercial", "استخدموا كود الخصم سارة10"),
    ("none", "ارتفعت أسعار البيض هذا العام"),
    ("commercial", "新作リップ #PR"),
    ("none", "卵の値段が20%上がりました"),
    ("commercial", "#협찬 이 크림 정말 좋아요"),
    ("none", "계란 값이 20% 올랐습니다"),
    ("commercial", "使用我的优惠码ANA20立减20%"),
    ("none", "鸡蛋价格上涨了20%"),
]


@pytest.mark.parametrize(("kind", "text"), CASES, ids=[t for _, t in CASES])
def test_promotion_is_told_from_news_and_criticism(kind: str, text: str) -> None:
    assert ({c.kind for c in endorsement.find(normalise(text))} or {"none"}) == {kind}


def test_the_cue_is_quoted_and_the_target_named() -> None:
    text = "Please… Vote for Jane Doe on November 5"
    (cue,) = endorsement.find(normalise(text))
    assert (cue.target, text[cue.start : cue.end], cue.cue) == ("Jane Doe", "Vote for", "Vote for")
