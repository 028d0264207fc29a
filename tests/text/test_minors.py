from __future__ import annotations

import pytest

from checker.text import minors
from checker.text.normalise import normalise


@pytest.mark.parametrize(
    ("minor", "twin"),
    [
        ("my 9 year old loves it", "my 9 year old car loves it"),
        ("my 16-year-old son", "my 36-year-old son"),
        ("ma fille de 8 ans", "un whisky de 8 ans"),
        ("j'ai 14 ans", "quand j'avais 14 ans"),
        ("a cute toddler dances", "hey baby, dance"),
        ("my daughter is eleven", "my kids are grown-up"),
        ("entrée en CE2", "entrée en scène"),
        ("meine 5-jährige Tochter", "5 Jahre Garantie"),
        ("我女儿9岁", "我妈妈59岁"),
        ("a teen of 15 built this", "a team of 15 built this"),
        ("at just thirteen, she won", "at just thirty, she won"),
        ("souffle ses 3 bougies", "souffle sur les braises"),
        ("mes jumeaux ont 5 ans", "mes chats ont 5 ans"),
        ("ma fille a 6 ans", "un contrat de six mois"),
        ("la petite fête ses 9 ans", "l'entreprise fête ses 9 ans"),
        ("Er geht in die dritte Klasse", "Er wurde zu 5 Jahren Haft verurteilt"),
        ("моей дочери 8 лет", "мне 30 лет"),
        ("7歳の娘", "30歳になりました"),
        ("Our baby turned 2 today", "Our baby turned 2 today. Happy birthday Biscuit, best golden retriever"),
        ("Joyeux anniversaire à mon bébé, 4 ans déjà", "Joyeux anniversaire à mon bébé poilu, 4 ans déjà 🐱"),
        ("Kayla, 13, fixed the roof", "Kayla, 31, fixed the roof"),
        ("Noah, 11, scored twice", "Level, 11, unlocked"),
        ("i'm nine and this is my worm farm", "i'm nine and a half feet under the ceiling"),
        ("my sister is in 5th grade", "Teaching 5th grade for 10 years"),
        ("i just turned fifteen and i weld", "my marriage just turned fifteen and i cry"),
        ("we are the under elevens from Bramley", "we are under eleven from the line"),
    ],
)
def test_a_minor_and_its_twin(minor: str, twin: str) -> None:
    assert minors.find(normalise(minor))
    assert not minors.find(normalise(twin))
