"""Enrolled people: reference embeddings of faces and voices, who they are, and their consent.

One SQLite file that the user owns, mode 0600. Deleted rows are overwritten and the file rebuilt, so that nothing of a
person remains in it. Identification is open-set: nobody is a possible answer, and a probable one when the gallery is
large and the likeness small.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import calibration
from .errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PERSON_KINDS = ("public_figure", "private", "minor", "self")
DIMENSIONS = {"face": 128, "voice": 256}
CALIBRATION = {"face": "face-likeness", "voice": "voice-likeness"}
MAX_NAME = 200
MAX_FILE_BYTES = 4 * 2**30
FORMAT = "checker.gallery/1"
SCHEMA = (
    "CREATE TABLE format (name TEXT NOT NULL)",
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, kind TEXT NOT NULL, "
    "consent TEXT, consent_sha256 TEXT, until TEXT)",
    "CREATE TABLE reference (person INTEGER NOT NULL REFERENCES person (id), modality TEXT NOT NULL, "
    "embedding BLOB NOT NULL)",
    "CREATE INDEX reference_person ON reference (person)",
)


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One enrolled person."""

    name: str
    kind: str
    """One of `PERSON_KINDS`."""
    consent: str = ""
    """The file with the consent to an AI likeness; empty when there is none."""
    consent_sha256: str = ""
    until: date | None = None
    """Last day on which the consent holds."""
    faces: NDArray[np.float32] | tuple[()] = ()
    """(n, 128)"""
    voices: NDArray[np.float32] | tuple[()] = ()
    """(n, 256), each of length 1."""

    def consents(self, day: date) -> bool:
        """Whether a consent is on record that holds on `day`."""
        return bool(self.consent) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Match:
    """Who somebody resembles most; a likeness, never an identity."""

    person: Person
    distance: float
    """Euclidean for faces, 1 - cosine for voices; to the nearest reference."""
    probability: float
    """That it is this person, given everybody enrolled and the chance that it is nobody of them."""


class Gallery:
    """What one file holds. Reading is safe from several threads."""

    def __init__(self, path: Path, people: Sequence[Person] = ()) -> None:
        self.path = path
        self._people = tuple(people)
        self._index = {modality: _Index(people, modality) for modality in DIMENSIONS}

    @classmethod
    def open(cls, path: str | Path) -> Gallery:
        """Read a gallery.

        Raises:
            UsageError: It does not exist or is not a gallery.
        """
        path = Path(path)
        if not path.is_file():
            raise UsageError(f"no gallery `{path}`; `checker people add NAME --gallery {path}` makes one")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"gallery `{path}` is larger than {MAX_FILE_BYTES} bytes")
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
                db.execute("PRAGMA trusted_schema = OFF")
                return cls(path, _read(db))
        except (sqlite3.Error, ValueError, OverflowError) as error:
            raise UsageError(f"`{path}` is not a gallery: {error}") from error

    def people(self) -> tuple[Person, ...]:
        """Everybody, by name."""
        return self._people

    def person(self, name: str) -> Person:
        """One person, upper and lower case alike.

        Raises:
            UsageError: Nobody of this name is enrolled.
        """
        for person in self._people:
            if person.name.casefold() == name.casefold():
                return person
        raise UsageError(f"nobody named `{name}` in `{self.path}`; `checker people list` shows who is")

    def identify_face(self, embedding: NDArray[np.float32], fits: Path | None = None) -> Match | None:
        """Whom a face (128,) resembles most; None when no face is enrolled. `fits`: a file of `checker calibrate`."""
        return self._index["face"].identify(embedding, fits)

    def identify_voice(self, embedding: NDArray[np.float32], fits: Path | None = None) -> Match | None:
        """Whom a voice (256,) of length 1 resembles most; None when no voice is enrolled."""
        return self._index["voice"].identify(embedding, fits)


class _Index:
    """The references of one modality, side by side."""

    def __init__(self, people: Sequence[Person], modality: str) -> None:
        import numpy as np

        self._people = people
        rows = [person.faces if modality == "face" else person.voices for person in people]
        self._owner = np.repeat(np.arange(len(people)), [len(r) for r in rows])
        self._rows = np.concatenate([r for r in rows if len(r)]) if len(self._owner) else None
        self._squares = (self._rows**2).sum(axis=1) if self._rows is not None else None
        self._modality = modality

    def identify(self, embedding: NDArray[np.float32], fits: Path | None = None) -> Match | None:
        """Bayes over all references: it is nobody with probability 1/2, else each reference is equally likely."""
        import numpy as np

        if self._rows is None or self._squares is None:
            return None
        vector = np.asarray(embedding, np.float32)
        inner = self._rows @ vector
        if self._modality == "face":
            distances = np.sqrt(np.maximum(0.0, self._squares + float(vector @ vector) - 2 * inner))
        else:
            distances = 1.0 - inner
        fit = calibration.load(CALIBRATION[self._modality], fits)
        odds = np.exp(np.clip(fit.slope * distances + fit.offset, -fit.limit, fit.limit))
        per_person = np.bincount(self._owner, odds, minlength=len(self._people))
        best = int(per_person.argmax())
        share = float(per_person[best] / (len(odds) + odds.sum()))
        return Match(self._people[best], float(distances[self._owner == best].min()), min(1.0, share))


def add(
    path: str | Path,
    name: str,
    kind: str,
    faces: Sequence[NDArray[np.float32]] = (),
    voices: Sequence[NDArray[np.float32]] = (),
    consent: Path | None = None,
    until: date | None = None,
) -> None:
    """Enrol a person, or add references to one who is enrolled; makes the gallery if there is none.

    Raises:
        UsageError: Kind or name is not usable, the consent file does not exist, or the kind differs from the one on
            record.
    """
    name = " ".join(name.split())
    if kind not in PERSON_KINDS:
        raise UsageError(f"kind `{kind}` is not one of {', '.join(PERSON_KINDS)}")
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise UsageError(f"a name has 1 to {MAX_NAME} printable characters")
    if until is not None and consent is None:
        raise UsageError("`until` says how long a consent holds; name its file too")
    if consent is not None and not consent.is_file():
        raise UsageError(f"no consent file `{consent}`")
    blobs = [("face", _blob(e, "face")) for e in faces] + [("voice", _blob(e, "voice")) for e in voices]
    with _writing(Path(path), make=True) as db:
        row = db.execute("SELECT id, kind FROM person WHERE name = ?", (name,)).fetchone()
        if row is None:
            number = db.execute("INSERT INTO person (name, kind) VALUES (?, ?)", (name, kind)).lastrowid
        else:
            number, before = row
            if before != kind:
                raise UsageError(f"`{name}` is enrolled as `{before}`, not `{kind}`; remove and enrol again")
        if consent is not None:
            digest = hashlib.sha256(consent.read_bytes()).hexdigest()
            db.execute(
                "UPDATE person SET consent = ?, consent_sha256 = ?, until = ? WHERE id = ?",
                (str(consent), digest, until.isoformat() if until else None, number),
            )
        db.executemany("INSERT INTO reference VALUES (?, ?, ?)", [(number, m, blob) for m, blob in blobs])


def remove(path: str | Path, name: str) -> None:
    """Delete a person for good.

    Raises:
        UsageError: Nobody of this name is enrolled.
    """
    person = Gallery.open(path).person(name)
    with _writing(Path(path), make=False) as db:
        db.execute("DELETE FROM reference WHERE person = (SELECT id FROM person WHERE name = ?)", (person.name,))
        db.execute("DELETE FROM person WHERE name = ?", (person.name,))


@contextmanager
def _writing(path: Path, make: bool) -> Iterator[sqlite3.Connection]:
    """One transaction; afterwards the file is rebuilt without what was deleted."""
    new = not path.exists()
    if new:
        if not make:
            raise UsageError(f"no gallery `{path}`")
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    else:
        Gallery.open(path)  # refuses what is not a gallery before it is touched
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("BEGIN IMMEDIATE")
            if new:
                for statement in SCHEMA:
                    db.execute(statement)
                db.execute("INSERT INTO format VALUES (?)", (FORMAT,))
            yield db
            db.execute("COMMIT")
            db.execute("VACUUM")
    except (sqlite3.Error, UsageError) as error:
        if new:
            path.unlink(missing_ok=True)
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"gallery `{path}` cannot be written: {error}") from error


def _blob(embedding: NDArray[np.float32], modality: str) -> bytes:
    import numpy as np

    vector = np.ascontiguousarray(embedding, "<f4")
    if vector.shape != (DIMENSIONS[modality],) or not np.isfinite(vector).all():
        raise UsageError(f"not an embedding of a {modality}: shape {vector.shape}")
    return vector.tobytes()


def _read(db: sqlite3.Connection) -> list[Person]:
    """Everybody, by name; ValueError for anything that `add` would not have written."""
    found = {sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if found != set(SCHEMA) or db.execute("SELECT name FROM format").fetchall() != [(FORMAT,)]:
        raise ValueError(f"its tables are not those of {FORMAT}")
    references: dict[tuple[int, str], list[bytes]] = {}
    for number, modality, blob in db.execute("SELECT person, modality, embedding FROM reference"):
        references.setdefault((number, str(modality)), []).append(blob)
    people = []
    for number, name, kind, consent, digest, until in db.execute("SELECT * FROM person ORDER BY name"):
        if kind not in PERSON_KINDS or not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
            raise ValueError("a person has no usable name or kind")
        people.append(
            Person(
                name,
                kind,
                str(consent or ""),
                str(digest or ""),
                date.fromisoformat(until) if until else None,
                _matrix(references.get((number, "face"), []), "face"),
                _matrix(references.get((number, "voice"), []), "voice"),
            )
        )
    return people


def _matrix(blobs: list[Any], modality: str) -> NDArray[np.float32]:
    import numpy as np

    size = 4 * DIMENSIONS[modality]
    if any(not isinstance(blob, bytes) or len(blob) != size for blob in blobs):
        raise ValueError(f"an embedding of a {modality} has the wrong size")
    matrix = np.frombuffer(b"".join(blobs), "<f4").reshape(len(blobs), DIMENSIONS[modality])
    if not np.isfinite(matrix).all():
        raise ValueError(f"an embedding of a {modality} is not finite")
    return matrix.astype(np.float32)
