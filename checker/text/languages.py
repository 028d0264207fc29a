"""Which language a text is in. py3langid (BSD-3-Clause), limited to the languages that rules exist for."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

CODES = (
    "en fr es pt it de nl pl ro sv da no fi cs hu tr ru uk el ar he fa hi bn id vi tl th zh ja ko"
).split()  # fmt: skip
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("bn", re.compile(r"[\u0980-\u09ff]")),
)
_NOISE = re.compile(r"https?://\S+|[@#]\S+|[^\w\s']|\d")


@cache
def _identifier() -> Any:
    import py3langid

    py3langid.set_languages(list(CODES))
    return py3langid


def rank(text: str) -> tuple[str, ...]:
    """Codes from the most to the least likely; empty for a text without letters."""
    return _rank(_NOISE.sub(" ", text).strip().lower())


@lru_cache(maxsize=1024)
def _rank(plain: str) -> tuple[str, ...]:
    if not any(c.isalpha() for c in plain):
        return ()
    scores = _identifier().rank(plain)
    return tuple(code for code, _ in scores)


def identify(text: str) -> tuple[str, float] | None:
    """ISO 639-1 code and how sure; None where there is too little to tell."""
    plain = _NOISE.sub(" ", text).strip()
    letters = sum(c.isalpha() for c in plain)
    if letters < 2:
        return None
    for code, script in _SCRIPTS:
        if len(script.findall(plain)) >= max(1, letters * (0.1 if code == "ja" else 0.3)):
            return code, 0.95
    order = rank(text)
    if not order or letters < 4:
        return None
    words = len(plain.split())
    return order[0], 0.9 if words >= 6 else 0.7 if words >= 3 else 0.5
