from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from checker.cli.people import app
from checker.gallery import Gallery
from checker.text.normalise import normalise
from checker.text.people import People
from tests.portrait import CLIP, portrait, scene

SPEECH = CLIP.parents[1] / "no-ai" / "clip.mp4"
NO_MODELS = "no-such-folder"


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    return tmp_path / "people.gallery"


def run(gallery: Path, *command: str) -> Result:
    return CliRunner().invoke(app, [*command, "--gallery", str(gallery)])


def add(gallery: Path, name: str, *options: str, kind: str = "private") -> Result:
    return run(gallery, "add", name, "--kind", kind, "--models", NO_MODELS, *options)


def picture(path: Path, image: np.ndarray) -> str:
    Image.fromarray(image).save(path)
    return str(path)


def test_enrol_a_face_and_a_voice_then_list_export_and_remove(gallery: Path, tmp_path: Path) -> None:
    face = picture(tmp_path / "face.png", portrait())
    done = add(gallery, "Ada Lovelace", "--face", face, "--voice", str(SPEECH), kind="public_figure")
    assert done.exit_code == 0, done.output
    line = "Ada Lovelace  public_figure  1 faces  1 voices  no consent on record\n"
    assert done.output == line and run(gallery, "list").output == line
    person = Gallery.open(gallery).person("ada lovelace")
    assert person.faces.shape == (1, 128) and person.voices.shape == (1, 256)  # type: ignore[union-attr]
    record = json.loads(run(gallery, "export", "Ada Lovelace").output)[0]
    assert record["kind"] == "public_figure" and len(record["faces"]) == len(record["voices"]) == 1
    assert run(gallery, "remove", "Ada Lovelace").exit_code == 0
    assert run(gallery, "list").output == "" and b"Lovelace" not in gallery.read_bytes()


def test_consent_is_shown_with_its_end(gallery: Path, tmp_path: Path) -> None:
    paper = tmp_path / "consent.txt"
    paper.write_text("I agree")
    tomorrow, yesterday = date.today() + timedelta(1), date.today() - timedelta(1)
    held = add(gallery, "Ada", "--consent", str(paper), "--until", tomorrow.isoformat())
    assert f"until {tomorrow}\n" in held.output
    ended = add(gallery, "Bob", "--consent", str(paper), "--until", yesterday.isoformat())
    assert "(expired)" in ended.output


def test_a_second_picture_is_added_to_the_person(gallery: Path, tmp_path: Path) -> None:
    first = picture(tmp_path / "a.png", portrait())
    second = picture(tmp_path / "b.png", portrait()[:, ::-1])
    add(gallery, "Ada", "--face", first, "--face", second)
    assert "3 faces" in add(gallery, "ada", "--face", first).output


@pytest.mark.parametrize(
    ("image", "says"),
    [
        pytest.param(scene(360, 640), "shows no face", id="no face"),
        pytest.param(scene(640, 480, (40, 150, 180), (400, 150, 180)), "shows 2 faces", id="two faces"),
    ],
)
def test_a_picture_without_exactly_one_face_is_refused(
    gallery: Path, tmp_path: Path, image: np.ndarray, says: str
) -> None:
    done = add(gallery, "Ada", "--face", picture(tmp_path / "x.png", image))
    assert done.exit_code == 2 and says in done.stderr and "exactly one" in done.stderr
    assert not gallery.exists()


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        pytest.param(["--voice", str(CLIP)], 2, "s of speech", id="no speech"),
        pytest.param(["--face", "no-such-file.jpg"], 4, "no-such-file", id="missing picture"),
        pytest.param(["--consent", "no-such-file"], 2, "no consent file", id="missing consent"),
        pytest.param(["--until", "2030-01-01"], 2, "name its file", id="until alone"),
    ],
)
def test_what_cannot_be_used_is_said(gallery: Path, options: list[str], code: int, says: str) -> None:
    done = add(gallery, "Ada", *options)
    assert done.exit_code == code and says in done.stderr
    assert not gallery.exists()


def test_a_person_by_name_only(gallery: Path) -> None:
    done = add(gallery, "Ada")
    assert done.exit_code == 0 and "recognised by name only" in done.stderr


def test_an_unknown_kind_or_person_is_refused(gallery: Path) -> None:
    assert add(gallery, "Ada", kind="robot").exit_code == 2
    add(gallery, "Ada")
    gone = run(gallery, "remove", "Bob")
    assert gone.exit_code == 2 and "nobody named `Bob`" in gone.stderr


def imported(*command: str) -> Result:
    return CliRunner().invoke(app, ["import", *command])


def test_import_merges_lists_and_saves_them_for_a_scan(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.json"
    one.write_text("name,kind\nZora Quill,private\nAnn Other,private\n")
    rows = [{"personLabel": {"value": "Zora Quill"}, "occupationLabel": {"value": "singer"}}]
    two.write_text(json.dumps({"results": {"bindings": rows}}))
    done = imported(str(one), str(two))
    assert done.exit_code == 0, done.output
    target = tmp_path / "one.compiled"
    assert done.output.startswith("2 people, ") and done.output.endswith(f": {target}\n")
    found = People.load([target]).find(normalise("Zora Quill and Ann Other"))
    assert [(m.name, m.kind, m.role) for m in found] == [
        ("Zora Quill", "public_figure", "musician"),
        ("Ann Other", "private", ""),
    ]


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        pytest.param("name\n", [], "nobody is listed", id="nobody"),
        pytest.param("name\nA\n", [], "list.csv:2", id="no name"),
        pytest.param("name\nZora Quill\n", ["--output", "x.csv"], "must end in `.compiled`", id="ending"),
        pytest.param("name\nZora Quill\n", ["--output", "no/such/x.compiled"], "cannot write", id="folder"),
    ],
)
def test_import_says_what_is_wrong(tmp_path: Path, content: str, options: list[str], says: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(content)
    done = imported(str(path), *options)
    assert done.exit_code == 2 and says in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["list.csv"]
