from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest

from checker.detector import Incomplete, Settings
from checker.detectors.language import Language, passages
from checker.media import Media
from checker.post import Post
from checker.types import Box, Observation, Segment


def observed(post: Post, *prior: Observation) -> list[Observation]:
    detector = Language()
    detector.load(Settings())
    return list(detector.detect(cast(Media, None), post, prior))


def kinds(found: list[Observation], kind: str) -> list[dict[str, Any]]:
    return [dict(o.value) for o in found if o.kind == kind]


def heard(text: str, source: str = "whisper") -> Observation:
    return Observation("speech/1", "utterance", {"text": text, "source": source}, segment=Segment(1.0, 3.0))


def test_a_caption_label_has_its_span_in_the_original() -> None:
    caption = "Look! 🤖 Vidéo générée par l’IA."
    (label,) = kinds(observed(Post(caption=caption)), "ai_label")
    start, end = label["span"]
    assert caption[start:end] == label["quote"] == "générée par l’IA"
    assert (label["where"], label["language"], label["denied"]) == ("caption", "fr", False)


def test_a_hashtag_of_the_caption_is_counted_once_and_as_hashtag() -> None:
    found = observed(Post(caption="so pretty #AIgenerated", hashtags=("AIgenerated", "notAI")))
    assert [(x["where"], x["quote"], x["denied"]) for x in kinds(found, "ai_label")] == [
        ("hashtag", "#AIgenerated", False),
        ("hashtag", "#notAI", True),
    ]


def test_place_and_time_are_those_of_the_text_it_was_found_in() -> None:
    box = Box(0.1, 0.1, 0.4, 0.2)
    text = Observation("screen_text/0", "screen_text", {"text": "AI"}, segment=Segment(0.0, 2.0), box=box)
    (label,) = [o for o in observed(Post(), text) if o.kind == "ai_label"]
    assert (label.segment, label.box, label.value["of"]) == (text.segment, box, "screen_text/0")
    assert not kinds(observed(Post(caption="AI")), "ai_label"), "only on screen is the lone acronym a label"


@pytest.mark.parametrize("source", ["whisper", "pocketsphinx"])
def test_what_pocketsphinx_heard_is_worth_less(source: str) -> None:
    (label,) = [o for o in observed(Post(), heard("this video was made with AI", source)) if o.kind == "ai_label"]
    assert (label.confidence < 0.5) == (source == "pocketsphinx")
    assert label.value.get("source", "whisper") == source


def test_ids_are_unique_and_an_empty_post_says_nothing() -> None:
    found = observed(Post(caption="made with AI #aiart"), heard("hello everybody out there"))
    assert len({o.id for o in found}) == len(found) > 2
    assert {o.kind for o in found} <= Language.emits
    assert observed(Post()) == observed(Post(caption="  \u200b ")) == []


def test_who_is_named_and_what_is_promoted() -> None:
    found = observed(Post(caption="Donald Trump says: use my code TRUMP20 for 20% off! My 9 year old loves it"))
    assert [x["name"] for x in kinds(found, "mention")] == ["Donald Trump"]
    assert {x["kind"] for x in kinds(found, "endorsement")} == {"commercial"}
    assert [x["quote"] for x in kinds(found, "minor_mention")] == ["9 year old"]
    assert all(o.strength == "estimated" for o in found if o.kind == "safety")


def test_a_users_own_people_are_recognised(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("name,kind,role,country,aliases,as_of\nZora Quillfeather,private,,,,2026\n", encoding="utf-8")
    detector = Language()
    detector.load(Settings(people=(own,)))
    found = list(detector.detect(cast(Media, None), Post(caption="with Zora Quillfeather"), []))
    assert [(x["name"], x["kind"]) for x in kinds(found, "mention")] == [("Zora Quillfeather", "private")]


def test_the_rules_import_no_torch() -> None:
    code = (
        "import sys; from checker.text import labels, cues, endorsement, minors;"
        "from checker.text.people import People;"
        "from checker.text.normalise import normalise; n = normalise('Trump: made with AI');"
        "labels.find(n); People.load().find(n); assert not {'torch', 'spacy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "unit",
    [
        "A I ",
        "ai ",
        "特朗普",
        "мир ",
        "made with ai ",
        "#ad ",
        "no ",
        "vote ",
        "my 9 year old ",
        "a",
        "@",
        "аb",
        "a.i ",
        "(",
    ],
)
def test_a_wall_of_words_is_read_in_time_and_said_to_be_cut(unit: str) -> None:
    detector = Language()
    detector.load(Settings())
    list(detector.detect(cast(Media, None), Post(caption="warm up"), []))
    started = time.perf_counter()
    with pytest.raises(Incomplete, match="longer than 6000 characters"):
        list(detector.detect(cast(Media, None), Post(caption=unit * (20_000 // len(unit))), []))
    assert time.perf_counter() - started < 5


def lines(*said: tuple[str, float, float], source: str = "subtitles", language: str = "en") -> list[Observation]:
    return [
        Observation(
            f"speech/{i}", "utterance", {"text": text, "source": source, "language": language}, segment=Segment(a, b)
        )
        for i, (text, a, b) in enumerate(said)
    ]


CODE = (("and you can now go and use my", 2.0, 4.0), ("code ANNA20 for twenty", 4.1, 6.0), ("percent off", 6.1, 7.0))


def test_a_sentence_that_is_split_over_subtitles_is_read_as_one() -> None:
    found = [o for o in observed(Post(), *lines(("so this is my kitchen", 0.0, 1.9), *CODE)) if o.kind == "endorsement"]
    (cue,) = found
    assert cue.value["kind"] == "commercial"
    assert cue.value["quote"].startswith("use my code ANNA20")
    assert (cue.value["of"], cue.segment) == ("speech/1", Segment(2.0, 4.0)), "where the words begin"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param((("please vote", 0.0, 1.0), ("for Kamala Harris", 2.5, 4.0)), id="a pause between"),
        pytest.param((("please vote.", 0.0, 1.0), ("For Kamala Harris it is late", 1.1, 4.0)), id="the sentence ended"),
        pytest.param((("please vote", 0.0, 1.0), ("- for Kamala Harris", 1.1, 4.0)), id="another speaker"),
        pytest.param((("word " * 60 + "please vote", 0.0, 9.0), ("for Kamala Harris", 9.1, 11.0)), id="too long"),
        pytest.param((("for Kamala Harris", 5.0, 6.0), ("please vote", 0.0, 1.0)), id="out of order"),
    ],
)
def test_utterances_that_do_not_go_on_are_read_alone(said: tuple[tuple[str, float, float], ...]) -> None:
    texts = [p.normal.original for p in passages(Post(), lines(*said))]
    assert texts == [text for text, _, _ in said]


def test_utterances_of_different_ears_are_not_joined() -> None:
    first, _ = lines(*CODE[:2])
    _, second = lines(*CODE[:2], source="whisper")
    assert len(list(passages(Post(), [first, second]))) == 2
    assert len(list(passages(Post(), lines(*CODE[:2], source="keywords")))) == 2


def test_joined_utterances_say_each_thing_once_and_where() -> None:
    said = lines(
        ("hello everybody", 0.0, 1.0), ("this video was made", 1.2, 2.0), ("with AI by Taylor\nSwift", 2.1, 3.0)
    )
    found = observed(Post(), *said)
    (label,) = [o for o in found if o.kind == "ai_label"]
    (mention,) = [o for o in found if o.kind == "mention"]
    assert label.value["of"] == "speech/1"
    start, end = label.value["span"]
    assert "this video was made with AI"[start:end] == label.value["quote"]
    assert (mention.value["of"], mention.value["quote"], mention.segment) == (
        "speech/2",
        "Taylor Swift",
        Segment(2.1, 3.0),
    )


def test_a_denial_that_is_split_over_subtitles_is_no_label() -> None:
    found = observed(Post(), *lines(("and this video was not", 0.0, 1.0), ("made with AI", 1.1, 2.0)))
    assert [x["denied"] for x in kinds(found, "ai_label") if x.get("by") != "classifier"] == [True]
