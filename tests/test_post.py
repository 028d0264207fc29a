"""Sidecars: every format, what is unknown, and what is wrong with file, line and key."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.errors import UsageError
from checker.facts.vocabulary import FACTS, PERSON_KINDS
from checker.post import Context, Cue, DeclaredPerson, Post, hashtags, read_post
from checker.post.formats import OwnContext, OwnPerson, OwnPost
from checker.types import Segment


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return tmp_path / "clip.mp4"


def beside(clip: Path, suffix: str, content: Any) -> Path:
    path = clip.with_name(f"clip{suffix}")
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# --- formats ------------------------------------------------------------------------------------------------------

DIRECT_POST = {"title": "Hi #AI", "privacy_level": "SELF_ONLY", "is_aigc": True, "brand_content_toggle": False}
TIKTOK = {"platform": "tiktok", "caption": "Hi #AI", "hashtags": ("AI",)}
RESEARCH = {"video_description": "Hi", "hashtag_names": ["ai", "Sunrise"]}
FORMATS = {
    "direct post": (
        {"post_info": DIRECT_POST, "source_info": {"source": "FILE_UPLOAD"}},
        {**TIKTOK, "ai_declared": True, "brand_declared": False, "own_brand_declared": None, "privacy": "private"},
    ),
    "bare post_info": (DIRECT_POST, {**TIKTOK, "ai_declared": True, "privacy": "private"}),
    "direct post without toggles": (
        {"post_info": {"title": "Hi", "privacy_level": "PUBLIC_TO_EVERYONE"}},
        {"ai_declared": None, "brand_declared": None, "own_brand_declared": None, "privacy": "public"},
    ),
    "photo post": ({"post_info": {"title": "A", "description": "B", "is_aigc": False}}, {"caption": "A\nB"}),
    "research, labelled by its creator": (
        {**RESEARCH, "video_tag": {"type": "AIGC Type", "number": 1}},
        {"platform": "tiktok", "hashtags": ("ai", "Sunrise"), "ai_declared": True, "brand_declared": None},
    ),
    "research, labelled by TikTok": (
        {"data": {"videos": [{**RESEARCH, "video_tag": [{"type": "AIGC Type", "number": 2}]}]}},
        {"ai_declared": True},
    ),
    "research, paid partnership": (
        {**RESEARCH, "video_tag": [{"type": "Branded Type", "number": 1}]},
        {"ai_declared": None, "brand_declared": True},
    ),
    "research, no tag": (RESEARCH, {"ai_declared": None, "brand_declared": None}),
    "research, heard": (
        {**RESEARCH, "voice_to_text": "hello there", "video_duration": 8},
        {"subtitles": (Cue(Segment(0, 8), "hello there"),), "subtitles_automatic": True},
    ),
    "youtube": (
        {
            "items": [
                {
                    "snippet": {"title": "T", "description": "D #x", "tags": ["hidden"]},
                    "status": {"privacyStatus": "unlisted", "containsSyntheticMedia": True},
                    "paidProductPlacementDetails": {"hasPaidProductPlacement": False},
                }
            ]
        },
        {
            "platform": "youtube",
            "caption": "T\nD #x",
            "hashtags": ("x",),
            "ai_declared": True,
            "brand_declared": False,
            "privacy": "public",
        },
    ),
    "youtube without the toggle": (
        {"snippet": {"title": "T"}, "status": {"privacyStatus": "private"}},
        {"ai_declared": None, "brand_declared": None, "privacy": "private"},
    ),
    "instagram": (
        {"caption": "Hi #a", "is_ai_generated": False, "media_type": "REELS"},
        {"platform": "instagram", "caption": "Hi #a", "hashtags": ("a",), "ai_declared": False},
    ),
    "own": (
        {"platform": "x", "caption": "Hi #a", "hashtags": ["#b", "A"], "ai_declared": False, "is_ad": True},
        {"platform": "x", "hashtags": ("a", "b"), "ai_declared": False, "brand_declared": None, "is_ad": True},
    ),
}


@pytest.mark.parametrize("suffix", [".post.json", ".post.yaml", ".post.yml"])
@pytest.mark.parametrize("case", FORMATS)
def test_formats(clip: Path, case: str, suffix: str) -> None:
    said, expected = FORMATS[case]
    beside(clip, suffix, said)  # JSON is YAML
    post = read_post(clip)
    assert {name: getattr(post, name) for name in expected} == expected
    assert post.sources == (f"clip{suffix}",)
    assert Post.from_json(json.loads(json.dumps(post.to_json()))) == post


@pytest.mark.parametrize(
    ("site", "platform"),
    [("TikTok", "tiktok"), ("Youtube", "youtube"), ("Instagram", "instagram"), ("Twitter", "x"), ("Generic", "other")],
)
def test_ytdlp_knows_no_toggles(clip: Path, site: str, platform: str) -> None:
    beside(clip, ".info.json", {"extractor_key": site, "title": "T", "description": "D #x", "formats": [{"fps": 30}]})
    post = read_post(clip)
    assert post.platform == platform and post.hashtags == ("x",)
    assert post.caption == ("T\nD #x" if site == "Youtube" else "D #x")
    assert post.ai_declared is post.brand_declared is post.own_brand_declared is None


def test_declaration_file(clip: Path) -> None:
    beside(
        clip,
        ".context.yaml",
        "realistic: true\nrole: deployer\njurisdictions: [NO, US-NY]\ndepicts_nobody: false\npeople:\n"
        "  - {name: Ann, kind: private, consent: true, until: 2027-01-31}\n  - {name: Bo, kind: minor}\n",
    )
    context = read_post(clip).context
    assert context == Context(
        realistic=True,
        role="deployer",
        jurisdictions=("NO", "US-NY"),
        depicts_nobody=False,
        people=(DeclaredPerson("Ann", "private", True, date(2027, 1, 31)), DeclaredPerson("Bo", "minor")),
    )
    post = read_post(clip)
    assert Post.from_json(json.loads(json.dumps(post.to_json()))) == post


def test_our_keys_are_those_of_the_values_and_of_the_vocabulary() -> None:
    assert set(OwnPost.model_fields) == set(Post.__slots__) - {"subtitles", "sources"}
    assert set(OwnContext.model_fields) == set(Context.__slots__)
    assert set(OwnPerson.model_fields) == set(DeclaredPerson.__slots__)
    for model, name, values in (
        (OwnPost, "platform", FACTS.groups["post"]["platform"].values),
        (OwnPost, "privacy", FACTS.groups["post"]["privacy"].values),
        (OwnContext, "role", FACTS.groups["context"]["role"].values),
        (OwnPerson, "kind", PERSON_KINDS[:-1]),
    ):
        assert all(f"'{value}'" in str(model.model_fields[name].annotation) for value in values)


# --- finding ------------------------------------------------------------------------------------------------------


def test_no_sidecar_says_nothing(clip: Path) -> None:
    assert read_post(clip) == Post()
    assert read_post(clip.parent / "no such folder" / "a.mp4") == Post()


def test_sidecars_of_other_clips_are_left_alone(clip: Path) -> None:
    (clip.parent / "clip2.post.yaml").write_text("caption: x")
    (clip.parent / "other.srt").write_text("bad")
    assert read_post(clip) == Post()


def test_name_with_signs_that_mean_something_to_a_glob(tmp_path: Path) -> None:
    (tmp_path / "a[1]*.post.yaml").write_text("caption: mine")
    (tmp_path / "a1x.post.yaml").write_text("caption: other")
    assert read_post(tmp_path / "a[1]*.mp4").caption == "mine"


def test_post_is_completed_from_ytdlp(clip: Path) -> None:
    beside(clip, ".post.yaml", "ai_declared: true")
    beside(clip, ".info.json", {"extractor": "TikTok", "description": "D #x", "availability": "public"})
    post = read_post(clip)
    assert (post.ai_declared, post.caption, post.hashtags, post.privacy) == (True, "D #x", ("x",), "public")
    assert post.sources == ("clip.post.yaml", "clip.info.json")


def test_given_paths_win(clip: Path, tmp_path: Path) -> None:
    beside(clip, ".post.yaml", "caption: beside")
    beside(clip, ".context.yaml", "artistic: false")
    (tmp_path / "other.json").write_text('{"caption": "given"}')
    (tmp_path / "other.yaml").write_text("artistic: true")
    post = read_post(clip, post=tmp_path / "other.json", context=tmp_path / "other.yaml")
    assert post.caption == "given" and post.context.artistic is True


@pytest.mark.parametrize(
    ("suffixes", "told"),
    [
        ((".post.yaml", ".post.json"), "keep one"),
        ((".context.yaml", ".context.json"), "keep one"),
    ],
)
def test_two_of_a_kind_are_refused(clip: Path, suffixes: tuple[str, str], told: str) -> None:
    for suffix in suffixes:
        beside(clip, suffix, {})
    with pytest.raises(UsageError, match=told):
        read_post(clip)


@pytest.mark.parametrize("argument", ["post", "context"])
def test_given_file_that_is_not_there(clip: Path, argument: str) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_post(clip, **{argument: clip.parent / "none.yaml"})


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ((".srt", ".en.vtt"), "clip.srt"),
        ((".en.vtt", ".fr.vtt"), "clip.en.vtt"),
        ((".en.vtt", ".fr-orig.vtt"), "clip.fr-orig.vtt"),
    ],
)
def test_which_subtitles_are_read(clip: Path, there: tuple[str, ...], taken: str) -> None:
    for suffix in there:
        head = "WEBVTT\n\n" if suffix.endswith("vtt") else ""
        beside(clip, suffix, f"{head}00:00:01.000 --> 00:00:02.000\n{suffix}\n")
    assert read_post(clip).sources == (taken,)


# --- mistakes -----------------------------------------------------------------------------------------------------

MISTAKES = {
    "toggle": (
        ".post.yaml",
        "title: Hi\n\nis_aigc: yes please\n",
        3,
        "`is_aigc` must be true or false, not `yes please`",
    ),
    "toggle yes": (".post.yaml", "is_aigc: yes", 1, "not `yes`"),
    "toggle 1": (".post.json", '{"post_info": {\n"is_aigc": 1}}', 2, "`is_aigc` must be true or false, not `1`"),
    "toggle as text": (".post.json", '{"caption": "x",\n\n"ai_declared": "true"}', 3, "true or false, not `true`"),
    "unknown key": (".post.yaml", "platform: tiktok\ncaptoin: hi", 2, "did you mean `caption`?"),
    "our key among TikTok's": (".post.yaml", "is_aigc: true\ncaption: hi", 2, "TikTok's `post_info`"),
    "platform": (".post.yaml", "platform: tikok", 1, "must be one of `tiktok`"),
    "caption a number": (".post.yaml", "caption: 2024", 1, "put it in quotes"),
    "hashtags a text": (".post.yaml", "hashtags: a b", 1, "`hashtags` must be a list"),
    "twice in YAML": (".post.yaml", "caption: a\ncaption: b", 2, "`caption` is there twice"),
    "twice in JSON": (".post.json", '{"title": "a",\n"title": "b"}', 2, "`title` is there twice"),
    "not JSON": (".post.json", '{"title": "a",\n}', 2, "not JSON"),
    "NaN": (".post.json", '{"title": NaN}', 1, "not a JSON number"),
    "not YAML": (".post.yaml", "caption: a\n  b: [", 2, "not YAML"),
    "alias": (".post.yaml", "platform: &a x\ncaption: *a", 2, "aliases are not read"),
    "tag": (".post.yaml", "caption: !!python/object/apply:os.system [ls]", 1, "tags are not read"),
    "two documents": (".post.yaml", "caption: a\n---\ncaption: b", 2, "a second document"),
    "a list": (".post.yaml", "- caption: a", 1, "keys with values"),
    "nothing": (".post.yaml", "# nothing", 1, "keys with values"),
    "deep JSON": (".post.json", "[" * 100_000, 1, "nested too deeply"),
    "deep YAML": (".post.yaml", "[" * 100_000, 1, "nested too deeply"),
    "a hashtag that YAML would swallow": (".post.yaml", "caption: so sweet #AI", 1, "is a comment in YAML"),
    "not UTF-8": (".post.yaml", b"platform: x\ncaption: caf\xe9", 2, "not UTF-8"),
    "several videos": (".post.json", {"data": {"videos": [{}, {}]}}, 1, "holds 2 videos"),
    "date": (".context.yaml", "people:\n- name: A\n  kind: self\n  until: 2026-13-01", 4, "`until`: `2026-13-01`"),
    "date as a number": (".context.yaml", "people:\n- {name: A, kind: self, until: 20260101}", 2, "write a date as"),
    "person without a kind": (".context.yaml", "people:\n- name: A", 2, "`kind` is missing"),
    "person of no kind": (".context.yaml", "people:\n- name: A\n  kind: celebrity", 3, "must be one of"),
    "key of a person": (
        ".context.yaml",
        "people:\n- name: A\n  kind: self\n  consnt: true",
        4,
        "did you mean `consent`?",
    ),
    "place": (".context.yaml", "jurisdictions: [EU, Norway]", 1, "a code such as"),
    "role": (".context.yaml", "role: boss", 1, "must be one of `creator`"),
    "arrow": (
        ".srt",
        "1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:03,000 -> 00:00:04,000\nb\n",
        6,
        "not the time of a cue",
    ),
    "number without a time": (".srt", "1\n00:00:01,000 --> 00:00:02,000\na\n\n2\nb\n", 5, "not the time of a cue"),
    "no cue at all": (".srt", "hello\n", 1, "not the time of a cue"),
    "backwards": (".srt", "1\n00:00:05,000 --> 00:00:02,000\na\n", 2, "ends before it begins"),
    "no blank line": (
        ".srt",
        "00:00:01,000 --> 00:00:02,000\na\n00:00:03,000 --> 00:00:04,000\nb",
        3,
        "a blank line before",
    ),
    "no WEBVTT": (".vtt", "00:01.000 --> 00:02.000\na", 1, "begins with `WEBVTT`"),
    "time of WebVTT": (".vtt", "WEBVTT\n\n00:01 -> 00:02\na", 3, "not the time of a cue"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told_with_file_line_and_key(clip: Path, case: str) -> None:
    suffix, content, line, told = MISTAKES[case]
    path = beside(clip, suffix, content)
    with pytest.raises(UsageError) as error:
        read_post(clip)
    assert str(error.value).startswith(f"`{path}`:{line}: ") and told in str(error.value)
    assert error.value.exit_code == 2


def test_all_mistakes_are_told_in_order(clip: Path) -> None:
    beside(clip, ".context.yaml", "artistic: 1\nroles: x\npeople:\n- kind: self\n")
    with pytest.raises(UsageError) as error:
        read_post(clip)
    assert [int(n) for n in re.findall(r"yaml`:(\d+):", str(error.value))] == [1, 2, 4]


def test_comments_and_quoted_hashtags_are_fine(clip: Path) -> None:
    beside(clip, ".post.yaml", "# a post\nai_declared: true # the setting\ncaption: 'so sweet #AI' #quoted\n")
    assert read_post(clip).hashtags == ("AI",)


def test_too_large(clip: Path) -> None:
    beside(clip, ".post.yaml", "#" * (2**20 + 1))
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        read_post(clip)


def test_many_aliases_of_hostile_yaml_are_never_expanded(clip: Path) -> None:
    rows = ["a: &a [x]"] + [
        f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    beside(clip, ".post.yaml", "\n".join(rows))
    with pytest.raises(UsageError, match="aliases"):
        read_post(clip)


@given(
    st.binary(max_size=300),
    st.sampled_from([".post.json", ".post.yaml", ".context.yaml", ".srt", ".vtt", ".info.json"]),
)
def test_anything_is_a_post_or_a_usage_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    clip = tmp_path_factory.getbasetemp() / "clip.mp4"
    path = beside(clip, suffix, data)
    try:
        assert isinstance(read_post(clip), Post)
    except UsageError as error:
        assert "clip" in str(error)
    finally:
        path.unlink()


# --- subtitles ----------------------------------------------------------------------------------------------------

SRT = (
    "1\n00:00:01,500 --> 00:00:02,000\n<i>héllo</i>\nworld\n\n2\n01:00:03,000 --> 01:00:04,250 X1:1\n{\\an8}b &amp; c\n"
)
CUES = (Cue(Segment(1.5, 2.0), "héllo\nworld"), Cue(Segment(3603.0, 3604.25), "b & c"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_srt_in_its_encodings(clip: Path, encoding: str, newline: str) -> None:
    beside(clip, ".srt", SRT.replace("\n", newline).encode(encoding))
    post = read_post(clip)
    assert post.subtitles == CUES and not post.subtitles_automatic


def test_srt_with_a_blank_line_within_a_cue(clip: Path) -> None:
    beside(clip, ".srt", "1\n00:00:01,000 --> 00:00:02,000\na\n\nand more\n\n2\n00:00:03,000 --> 00:00:04,000\nb\n")
    assert [cue.text for cue in read_post(clip).subtitles] == ["a\nand more", "b"]


def test_webvtt(clip: Path) -> None:
    beside(
        clip,
        ".vtt",
        "\ufeffWEBVTT - title\nKind: captions\n\nNOTE\nnot a cue\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:05.000 --> 00:06.000 align:start position:10%\n<v Ann>late</v>\n\n"
        "00:00:01.000 --> 00:00:02.000\nearly\n",
    )
    assert read_post(clip).subtitles == (Cue(Segment(1, 2), "early"), Cue(Segment(5, 6), "late"))


def test_captions_that_roll_up_are_unrolled(clip: Path) -> None:
    beside(
        clip,
        ".en.vtt",
        "WEBVTT\n\n00:00.000 --> 00:02.000\n \nhello<00:00:01.000><c> there</c>\n\n"
        "00:02.000 --> 00:02.010\nhello there\n\n"
        "00:02.010 --> 00:04.000\nhello there\nmy<00:00:03.000><c> friend</c>\n",
    )
    post = read_post(clip)
    assert [cue.text for cue in post.subtitles] == ["hello there", "my friend"] and post.subtitles_automatic


def test_blank_lines_without_end_take_no_time(clip: Path) -> None:
    beside(clip, ".srt", "1\n00:00:01,000 --> 00:00:02,000\na" + "\n" * 500_000 + "b")
    assert read_post(clip).subtitles[0].text == "a\nb"


# --- hashtags, and the way back -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi #AI #ai #Été_2", ("AI", "Été_2")),
        ("＃人工智能 和#生成", ("人工智能", "生成")),
        ("#हिन्दी_भाषा", ("हिन्दी_भाषा",)),
        ("#ذكاء_اصطناعي!", ("ذكاء_اصطناعي",)),
        ("C#, F#m and &#39; or page.html#top/#x", ()),
        ("#1 #2024 #", ()),
        ("#a#b", ("a",)),
        ("#notAI, (#AIart)", ("notAI", "AIart")),
    ],
)
def test_hashtags(text: str, expected: tuple[str, ...]) -> None:
    assert hashtags(text) == expected


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
BOOL = st.sampled_from([None, True, False])


@given(
    st.builds(
        Post,
        caption=st.none() | TEXT,
        hashtags=st.lists(TEXT).map(tuple),
        ai_declared=BOOL,
        is_ad=BOOL,
        subtitles=st.lists(st.builds(Cue, st.floats(0, 9).map(lambda s: Segment(s, s + 1)), TEXT)).map(tuple),
        context=st.builds(
            Context,
            artistic=BOOL,
            jurisdictions=st.none() | st.lists(TEXT).map(tuple),
            people=st.lists(
                st.builds(DeclaredPerson, TEXT, st.sampled_from(PERSON_KINDS), BOOL, st.none() | st.dates())
            ).map(tuple),
        ),
    )
)
def test_json_holds_everything(post: Post) -> None:
    assert Post.from_json(json.loads(json.dumps(post.to_json()))) == post


def test_a_stored_post_of_fewer_fields_is_unknown_in_the_rest() -> None:
    assert Post.from_json({"caption": "x"}) == Post(caption="x")


def test_passing_a_post_around_needs_no_parser() -> None:
    code = "import sys, checker.post; sys.exit(bool({'pydantic', 'yaml'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
