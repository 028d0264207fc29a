"""Keyword search: what is listened for, what of it the words detector reads, what it finds in synthesised speech."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from checker.detector import Settings
from checker.detectors.language import Language
from checker.detectors.speech import _names
from checker.gallery import Gallery, Person
from checker.media import Media
from checker.post import Post
from checker.speech.keywords import CONFIDENCE, Keyword, keywords, pronunciations
from checker.speech.sphinx import Sphinx, _outermost
from checker.types import Observation, Segment, Strength
from tests.bench.bench_speech import listener, say

FLITE = pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
ENROLLED = Gallery(Path("people.gallery"), [Person("Agatha Example", "private"), Person("Bob", "private")])


def read(text: str, settings: Settings | None = None) -> list[Observation]:
    detector = Language()
    detector.load(settings or Settings())
    value = {"text": text, "source": "keywords", "language": "en"}
    heard = Observation("speech/1", "utterance", value, CONFIDENCE, Strength.ESTIMATED, Segment(1.0, 2.0))
    return list(detector.detect(cast(Media, None), Post(), [heard]))


@pytest.mark.parametrize("phrase", keywords(), ids=lambda k: k.text)
def test_every_phrase_is_read_as_what_it_is_listened_for(phrase: Keyword) -> None:
    (found,) = read(phrase.text)
    assert found.kind == {"label": "ai_label", "endorsement": "endorsement"}[phrase.kind]
    assert (found.confidence, found.strength) == (CONFIDENCE, Strength.ESTIMATED)
    assert (found.value["source"], found.value["of"], found.segment) == ("keywords", "speech/1", Segment(1.0, 2.0))


def test_names_of_gazetteer_and_gallery_are_mentions() -> None:
    settings = Settings(gallery=ENROLLED)
    names = list(_names(settings))
    assert {"Agatha Example", "Bob", "Donald Trump", "Taylor Swift"} <= set(names)
    listened = {k.text for k in keywords(names)}
    assert "Agatha Example" in listened and "Bob" not in listened, "one word is heard everywhere"
    (found,) = read("Agatha Example", settings)
    assert (found.kind, found.value["kind"], found.strength) == ("mention", "private", Strength.ESTIMATED)
    assert not read("Agatha Example")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("this video is AI generated", "this video is a.i. generated"),
        ("Beyoncé Knowles-Carter", "beyonce knowles carter"),
        ("Shaquille O'Neal", "shaquille o'neal"),
        ("泰勒·斯威夫特", ""),
    ],
)
def test_words_as_the_dictionary_writes_them(text: str, spoken: str) -> None:
    assert Keyword("name", text).spoken == spoken


def test_short_and_unknown_phrases_are_left_out_and_named() -> None:
    phrases = (Keyword("name", "Tim Cook"), Keyword("name", "Xqzw Blarghson"), Keyword("name", "Donald Trump"))
    ear = Sphinx(phrases)
    list(ear.transcribe(np.zeros(8000, np.float32), [Segment(0.0, 0.5)]))
    ear.close()
    assert [k.text for k in ear.skipped] == ["Tim Cook", "Xqzw Blarghson"]


def test_every_shipped_phrase_is_listened_for_and_every_pronunciation_is_one_of_the_model() -> None:
    skipped, _ = listener([*keywords(), *(Keyword("label", " ".join([word] * 8)) for word in pronunciations())])
    assert skipped == set()


def test_a_hit_within_a_longer_one_is_not_told() -> None:
    hits = [("sponsored by", 2.0, 2.6), ("this video is sponsored by", 1.4, 2.6), ("promo code", 5.0, 5.6)]
    assert [hit[0] for hit in _outermost(hits)] == ["this video is sponsored by", "promo code"]


@FLITE
@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (
            "Hello there, this video was created with artificial intelligence, see you.",
            "created with artificial intelligence",
        ),
        ("Yesterday I saw that Michael Jordan said something strange.", "Michael Jordan"),
        ("Thanks for watching, the link in the description has more.", "link in the description"),
        ("Three things nobody tells you about starting a small garden on your balcony.", ""),
    ],
)
def test_a_phrase_is_found_when_it_is_said(text: str, heard: str) -> None:
    sound = say("flite", "slt", text)
    ear = Sphinx(keywords(["Michael Jordan", "Leonardo DiCaprio"]))
    whole = Segment(0.0, len(sound) / 16_000)
    found = [s for s in ear.transcribe(sound, [whole]) if s.source == "keywords"]
    ear.close()
    assert [s.text for s in found] == ([heard] if heard else [])
    assert all(s.confidence == CONFIDENCE and whole.overlap_s(s.segment) == s.segment.seconds > 0.3 for s in found)
