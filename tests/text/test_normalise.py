from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.text.normalise import normalise


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


@given(st.text(max_size=60))
def test_every_folded_character_has_its_place_in_the_original(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.starts) == len(normal.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(normal.starts, normal.ends, strict=True))
