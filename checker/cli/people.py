"""`checker people`: enrol, list, remove and export people of a gallery; compile lists of names."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import gallery as galleries
from ..errors import UsageError
from ..gallery import PERSON_KINDS, Gallery
from . import guard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

app = typer.Typer(no_args_is_help=True, help="Enrolled people: their faces, voices and consent.")

LEAST_FACE = 40
"""Pixels: a face with a smaller box is a poor reference."""
LEAST_SPEECH_S = 2.0
Where = Annotated[Path, typer.Option("--gallery", envvar="CHECKER_GALLERY", help="The gallery file.")]
Name = Annotated[str, typer.Argument(help="Name of the person.")]


@app.command()
@guard
def add(
    name: Name,
    gallery: Where,
    kind: Annotated[str, typer.Option(help=" | ".join(PERSON_KINDS))],
    face: Annotated[list[Path] | None, typer.Option(help="Picture with this one face; repeatable.")] = None,
    voice: Annotated[list[Path] | None, typer.Option(help="Sound with this one voice; repeatable.")] = None,
    consent: Annotated[Path | None, typer.Option(help="File with the consent to an AI likeness.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the consent.")] = None,
    models: Annotated[Path | None, typer.Option(help="Folder of weights; default CHECKER_MODELS.")] = None,
) -> None:
    """Enrol a person, or add references and consent to one who is enrolled."""
    faces, voices = _faces(face or [], models), _voices(voice or [], models)
    if not faces and not voices and not (gallery.exists() and _is_enrolled(gallery, name)):
        typer.echo(f"no `--face` and no `--voice`: `{name}` is recognised by name only", err=True)
    galleries.add(gallery, name, kind, faces, voices, consent, until.date() if until else None)
    typer.echo(_line(Gallery.open(gallery).person(" ".join(name.split()))))


@app.command("list")
@guard
def list_people(gallery: Where) -> None:
    """Everybody in the gallery."""
    for person in Gallery.open(gallery).people():
        typer.echo(_line(person))


@app.command()
@guard
def remove(name: Name, gallery: Where) -> None:
    """Delete a person; nothing of them stays in the file."""
    galleries.remove(gallery, name)
    typer.echo(f"removed {name}")


@app.command()
@guard
def export(
    gallery: Where, name: Annotated[str | None, typer.Argument(help="One person; default: everybody.")] = None
) -> None:
    """All that the gallery holds, as JSON; embeddings as base64 of little-endian float32."""
    opened = Gallery.open(gallery)
    people = [opened.person(name)] if name else opened.people()
    typer.echo(json.dumps([_record(person) for person in people], indent=1, ensure_ascii=False))


@app.command("import")
@guard
def import_people(
    files: Annotated[list[Path], typer.Argument(help="CSV, or JSON from Wikidata; a later file replaces a name.")],
    output: Annotated[Path | None, typer.Option(help="Default: the first file with the ending `.compiled`.")] = None,
) -> None:
    """Check lists of people, merge them, and save them compiled for `checker scan --people`."""
    from ..text.gazetteer import load
    from ..text.index import SUFFIX, Index
    from ..text.normalise import fold

    target = output or files[0].with_suffix(SUFFIX)
    if target.suffix != SUFFIX:
        raise UsageError(f"`{target}` must end in `{SUFFIX}`: `checker scan --people` knows it by that")
    people = {fold(person.name): person for path in files for person in load(path)}
    if not people:
        raise UsageError(f"nobody is listed in `{files[0]}`")
    index = Index.build(tuple(people.values()))
    try:
        index.save(target)
    except OSError as error:
        raise UsageError(f"cannot write `{target}`: {error.strerror}") from error
    typer.echo(f"{len(people)} people, {len(index.keys)} spellings: {target}")


def _is_enrolled(gallery: Path, name: str) -> bool:
    return any(person.name.casefold() == name.casefold() for person in Gallery.open(gallery).people())


def _line(person: galleries.Person) -> str:
    consent = "no consent on record"
    if person.consent:
        until = f" until {person.until}" if person.until else ""
        held = "" if person.consents(date.today()) else " (expired)"
        consent = f"consent {person.consent}{until}{held}"
    return f"{person.name}  {person.kind}  {len(person.faces)} faces  {len(person.voices)} voices  {consent}"


def _record(person: galleries.Person) -> dict[str, Any]:
    def encoded(rows: Any) -> list[str]:
        return [base64.b64encode(row.tobytes()).decode() for row in rows]

    return {
        "name": person.name,
        "kind": person.kind,
        "consent": person.consent or None,
        "consent_sha256": person.consent_sha256 or None,
        "until": person.until.isoformat() if person.until else None,
        "faces": encoded(person.faces),
        "voices": encoded(person.voices),
    }


def _faces(paths: list[Path], models: Path | None) -> list[NDArray[np.float32]]:
    """An embedding of the one face in each picture."""
    if not paths:
        return []
    from ..media import Media
    from ..nets.face import Embedder, Finder

    finder, embedder, found = Finder(models), Embedder(), []
    for path in paths:
        with Media.open(path) as media:
            if media.kind == "audio":
                raise UsageError(f"`{path}` has no picture")
            image = media.frame_at(0.0).image
        faces = [f for f in finder.find(image, short_side=720) if finder.sure(f)]
        if len(faces) != 1:
            count = "no face" if not faces else f"{len(faces)} faces"
            raise UsageError(f"`{path}` shows {count}; give a picture with exactly one, seen from the front")
        if faces[0].side < LEAST_FACE:
            raise UsageError(
                f"the face in `{path}` is {faces[0].side:.0f} pixels high; give one of {LEAST_FACE} or more"
            )
        found.append(embedder.embed([image], faces)[0])
    return found


def _voices(paths: list[Path], models: Path | None) -> list[NDArray[np.float32]]:
    """An embedding of the one voice in each recording."""
    if not paths:
        return []
    from ..detector import Settings
    from ..detectors.voices import Voices
    from ..media import Media
    from ..post import Post
    from ..speech.vad import VoiceActivity
    from ..types import Observation

    activity, detector, found = VoiceActivity(), Voices(), []
    detector.load(Settings(models=models))
    for path in paths:
        with Media.open(path) as media:
            if media.audio is None:
                raise UsageError(f"`{path}` has no sound")
            regions = activity.regions(media.samples())
            speech = [Observation(f"speech/{i}", "speech", {}, segment=s) for i, (s, _) in enumerate(regions)]
            heard = list(detector.detect(media, Post(), speech))
        seconds = [float(o.value["seconds"]) for o in heard]
        if sum(seconds) < LEAST_SPEECH_S:
            raise UsageError(f"`{path}` holds {sum(seconds):.1f} s of speech; give {LEAST_SPEECH_S:g} s or more")
        if len(heard) != 1 and max(seconds) < 0.8 * sum(seconds):
            raise UsageError(f"`{path}` has {len(heard)} speakers; give a recording with exactly one")
        found.append(heard[seconds.index(max(seconds))].data["embedding"])
    return found
