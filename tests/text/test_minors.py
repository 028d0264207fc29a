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
    ],
)
def test_a_minor_and_its_twin(minor: str, twin: str) -> None:
    assert minors.find(normalise(minor))
    assert not minors.find(normalise(twin))
