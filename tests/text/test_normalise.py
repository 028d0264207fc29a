from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.text.normalise import fold, normalise


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("A I  G E N E R A T E D", "ai  generated"),
        ("A.I. generated", "ai generated"),
        ("ＡＩ生成", "ai生成"),
        ("Généré par l’IA", "genere par l'ia"),
        ("Aі-gеnеrаtеd", "ai-generated"),
        ("ᴀɪ ɢᴇɴ", "ai gen"),
        ("a\u200bi gen", "ai gen"),
        ("a i tak", "a i tak"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert normalise(text).text.replace("  ", " ") == folded.replace("  ", " ")


FAMILIES = {
    "NFKC": [("Ⓜⓐⓓⓔ with 𝐀𝐈", "made with ai"), ("２０％ ｏｆｆ", "20% off"), ("ﬁne", "fine"), ("20 % of", "20 % of")],
    "confusables": [
        ("mаdе with ΑΙ", "made with ai"),
        ("Сделано с помощью ИИ", "сделано с помощью ии"),
        ("Αθήνα", "αθηνα"),
    ],
    "invisible": [("co\u200bde", "code"), ("ma\u00adde w\u2060ith", "made with"), ("a b", "a b")],
    "spaced out": [
        ("p r o m o code", "promo code"),
        ("m-a-d-e w-i-t-h A-I", "made with ai"),
        ("c_o_d_e", "code"),
        ("T.R.U.M.P", "trump"),
        ("plan a or b", "plan a or b"),
        ("1 2 3 4 5", "1 2 3 4 5"),
        ("a-b test", "a-b test"),
    ],
    "leetspeak": [
        ("use my c0de ANNA20", "use my code anna20"),
        ("m4de w1th", "made with"),
        ("5p0n50r3d, fr33 $ale", "sponsored, free sale"),
        ("k1ll p0rn s3x", "kill porn sex"),
        ("mp4 covid19 b2b gr8 2nd 4ever ps5 h264", "mp4 covid19 b2b gr8 2nd 4ever ps5 h264"),
        ("@c0de #c0de mail@c0de.com", "@c0de #c0de mail@c0de.com"),
        ("www.c0de.com c0de.com", "www.c0de.com c0de.com"),
        ("$ave, b1tc0in on wh4ts4pp", "save, bitcoin on whatsapp"),
        ("$20 deal!", "$20 deal!"),
    ],
    "misread": [
        ("rnade vvith", "made with"),
        ("Iink in bio", "link in bio"),
        ("2O% and l0 % off", "20% and 10 % off"),
        ("prorno vldeo", "promo video"),
        ("modern corner, born to learn, Kili, lo %", "modern corner, born to learn, kili, lo %"),
        ("100% oil", "100% oil"),
        ("ANNA2O", "anna2o"),
    ],
    "accents": [("Généré, Straße, İstanbul", "genere, strasse, istanbul"), ("おとうさんとがく", "おとうさんとがく")],
}


@pytest.mark.parametrize(
    ("text", "folded"), [pytest.param(*row, id=f"{name}: {row[0]}") for name, rows in FAMILIES.items() for row in rows]
)
def test_each_family_and_what_it_leaves_alone(text: str, folded: str) -> None:
    assert normalise(text).text == folded


@pytest.mark.parametrize(
    ("text", "word", "quote"),
    [
        ("🎉 use my c0de", "code", "c0de"),
        ("é rnade by", "made", "rnade"),
        ("so m-a-d-e w-i-t-h it", "with", "w-i-t-h"),
        ("ﬁne 2O% off", "20%", "2O%"),
        ("ma\u200bde", "made", "ma\u200bde"),
    ],
)
def test_a_match_quotes_the_original(text: str, word: str, quote: str) -> None:
    normal = normalise(text)
    at = normal.text.index(word)
    assert normal.quote(at, at + len(word)) == quote


_LETTERS = "abcdeimnorstvw ABCDEIMORST0134580.-_|!@$#%\n'éüßаеоіΑΙ\u200b\u00adＡｂ"
_TEXT = st.one_of(
    st.text(max_size=60),
    st.text(_LETTERS, max_size=60),
    st.lists(
        st.sampled_from("c0de rnade 2O% m-a-d-e A.I. A I Ａ１ é\u0301 ﬁ w1th #c0de ½ ".split(" ")), max_size=12
    ).map(" ".join),
)


@given(_TEXT)
def test_places_go_forward_and_quotes_are_of_the_original(text: str) -> None:
    normal = normalise(text)
    assert list(normal.starts) == sorted(normal.starts)
    assert list(normal.ends) == sorted(normal.ends)
    for end in range(1, len(normal.text) + 1):
        assert normal.quote(end - 1, end) in text
        assert normal.quote(0, end) == text[normal.starts[0] : normal.ends[end - 1]]


@given(st.text(_LETTERS, max_size=60))
def test_what_is_normal_stays_so(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(_TEXT)
def test_every_folded_character_has_its_place_in_the_original(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.starts) == len(normal.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(normal.starts, normal.ends, strict=True))
