"""Who endorses, and who is only named."""

from __future__ import annotations

import pytest

from checker.text import attribution, findings
from checker.text.normalise import normalise
from checker.text.people import People

ENDORSES, SPEAKS = attribution.ENDORSES, attribution.SPEAKS


def parts(text: str) -> dict[str, str]:
    normal = normalise(text)
    people = People.load().find(normal)
    places = [(p.start, p.end) for p in people]
    found = attribution.parts(normal, places, promotes=findings.find(normal).promotes)
    return dict(zip([p.name for p in people], found, strict=True))


@pytest.mark.parametrize(
    ("text", "name", "part"),
    [
        ("Hi, I'm Emma Watson and I use Glow Serum every morning.", "Emma Watson", ENDORSES),
        ("I'm Emma Watson and I never use Glow Serum.", "Emma Watson", SPEAKS),
        ("I'm Kamala Harris and I approve this message", "Kamala Harris", ENDORSES),
        ("hey it's me. My name is Elon Musk. I personally trust this platform", "Elon Musk", ENDORSES),
        ("Hello, I am Elon Musk, here is my new giveaway", "Elon Musk", SPEAKS),
        ("I'm Emma Watson's biggest fan and I use Glow Serum", "Emma Watson", ""),
        ("I'm Barack Obama and I support this candidate for president", "Barack Obama", ENDORSES),
        ("Taylor Swift here and I am giving away free cookware sets just click the button", "Taylor Swift", SPEAKS),
        ("Hey guys, Taylor Swift here!", "Taylor Swift", SPEAKS),
        ("I saw Taylor Swift here, and we cried", "Taylor Swift", ""),
        ("Taylor Swift here in London, get your tickets now", "Taylor Swift", ""),
        ("Elon Musk is giving back double, click the link in bio", "Elon Musk", ENDORSES),
        ("Elon Musk is giving back the company's award", "Elon Musk", ""),
        ("If I'm Elon Musk, I use this app", "Elon Musk", ""),
        ("Messi recommends this app", "Lionel Messi", ENDORSES),
        ("Lionel Messi doesn't recommend this app", "Lionel Messi", ""),
        ("Does Lionel Messi recommend this app?", "Lionel Messi", ""),
        ("Lionel Messi recommends against this app", "Lionel Messi", ""),
        ("A deepfake in which Lionel Messi recommends a betting app is going round", "Lionel Messi", ""),
        ("Lionel Messi told me to buy this, code LEO20", "Lionel Messi", ENDORSES),
        ("I told Lionel Messi to buy this, code LEO20", "Lionel Messi", ""),
        ("The serum recommended by Zendaya", "Zendaya", ENDORSES),
        ("Not affiliated with or endorsed by Taylor Swift.", "Taylor Swift", ""),
        ("As used by Zendaya! Use my code GLOW20 for 20% off", "Zendaya", ENDORSES),
        ("The dress worn by Zendaya at the Met Gala", "Zendaya", ""),
        ("Loved by Zendaya and Taylor Swift, use my code GLOW20", "Taylor Swift", ENDORSES),
        ("Use my code ANNA20 for 20% off. Taylor Swift has a new album", "Taylor Swift", ""),
        ("Vote for Kamala Harris on November 5", "Kamala Harris", ""),
        ("Vote against Donald Trump", "Donald Trump", ""),
        ("Donald Trump is a liar, vote him out", "Donald Trump", ""),
        ("Kylian Mbappé vous recommande cette application", "Kylian Mbappé", ENDORSES),
        ("Kylian Mbappé ne recommande pas cette application", "Kylian Mbappé", ""),
        ("Bonjour, je suis Emmanuel Macron et j'utilise cette plateforme", "Emmanuel Macron", ENDORSES),
        ("Je suis Emmanuel Macron depuis 2017", "Emmanuel Macron", ""),
        ("Une montre recommandée par Kylian Mbappé", "Kylian Mbappé", ENDORSES),
        ("Votez pour Emmanuel Macron", "Emmanuel Macron", ""),
        ("Emmanuel Macron soutient l'Ukraine", "Emmanuel Macron", ""),
        ("Shakira recomienda esta app", "Shakira", ENDORSES),
        ("Shakira no recomienda esta app", "Shakira", ""),
        ("Hola, soy Shakira y uso esta crema", "Shakira", ENDORSES),
        ("Shakira saca disco nuevo. Usa mi código ANA20", "Shakira", ""),
        ("Heidi Klum empfiehlt diese Creme", "Heidi Klum", ENDORSES),
        ("Heidi Klum empfiehlt nicht jede Creme", "Heidi Klum", ""),
        ("Ich bin Heidi Klum und ich empfehle diese Creme", "Heidi Klum", ENDORSES),
        ("Consigliato da Chiara Ferragni", "Chiara Ferragni", ENDORSES),
        ("Chiara Ferragni a Milano, ecco le foto", "Chiara Ferragni", ""),
        ("Neymar recomenda este app", "Neymar", ENDORSES),
        ("Neymar não recomenda este app", "Neymar", ""),
    ],
)
def test_a_figure_who_is_named_is_not_one_who_endorses(text: str, name: str, part: str) -> None:
    found = parts(text)
    assert name in found, f"not named: {found}"
    assert found[name] == part
