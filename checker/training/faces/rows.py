"""The rows of `faces/manifest.csv`: which are trained on, and which validate.

What decides is the `licence` of a row, by the first rule below that fits it. A row that no rule fits is never trained
on. Whatever is not trained on validates.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Terms:
    """Whether rows of which `licence|generator|path` has `pattern` may be trained on, and why."""

    pattern: str
    train: bool
    why: str


TERMS = (
    Terms(r"FaceForensics|FF\+\+ ToU", False, "terms of use: non-commercial research"),
    Terms(r"DFDC", False, "terms of the challenge: research"),
    Terms(r"UADFV", False, "research; redistributed without a licence"),
    Terms(r"^MEAD", False, "research; an MIT repository cannot relicense it"),
    Terms(r"VoxCeleb|LRS2", False, "research clips; a repository's licence does not cover them"),
    Terms(r"FFHQ", False, "compilation under CC BY-NC-SA 4.0; and networks trained on it under non-commercial terms"),
    Terms(r"TPDNE", False, "made by NVIDIA's network under non-commercial terms, whatever the repository says"),
    Terms(r"^GPL", False, "copyleft on a repository of code: what it means for pictures and weights is open"),
    Terms(r"SkyReels", False, "a licence of its own, and the driving videos are not the repository's"),
    Terms(r"none stated", False, "no licence, no permission"),
    Terms(r"CC BY-SA", False, "share-alike: what it means for weights is open"),
    Terms(r"^CC BY 4\.0|HDTF CC BY 4\.0", True, "attribution, given in the model card"),
    Terms(r"^Apache-2\.0", True, "permissive"),
    Terms(r"^(README:? )?MIT", True, "permissive, as the repository states; it did not take the photographs"),
    Terms(r"^Pixabay", True, "use and change are free; the pictures are not redistributed"),
    Terms(r"US-Gov.*/manual/", False, "of unknown origin"),
    Terms(r"US-Gov", True, "works of the US government, or old enough; learnt from, not redistributed"),
)


@dataclass(frozen=True)
class Row:
    """One crop or clip."""

    file: str
    kind: str
    label: str
    method: str
    generator: str
    identity: str
    repo: str
    path: str
    licence: str
    group: str

    @property
    def fake(self) -> bool:
        return self.label == "fake"

    @cached_property
    def terms(self) -> Terms | None:
        """The rule that decides on this row."""
        told = f"{self.licence}|{self.generator}|{self.path}"
        return next((t for t in TERMS if re.search(t.pattern, told)), None)

    @property
    def permitted(self) -> bool:
        """Whether its terms allow to train on it."""
        return self.terms is not None and self.terms.train

    @property
    def trains(self) -> bool:
        """Real crops alone: what is trained against are fakes made from them, so every generator here is unseen."""
        return self.kind == "crop" and not self.fake and self.permitted

    @property
    def track(self) -> str:
        """Crops of one video share it; a still has its own."""
        path, frame, _ = self.path.partition("#frame")
        return f"{self.repo}/{path}" if frame else self.file

    @property
    def from_video(self) -> bool:
        return "#frame" in self.path or self.group == "ecuador" or self.kind == "clip"

    @property
    def source(self) -> str:
        """What is balanced: the group of a real one, the generator of a fake one."""
        return self.generator if self.fake else self.group.partition(":")[0]


def trained_groups(rows: Iterable[Row]) -> set[str]:
    """Groups of which some rows train: no row of theirs, real or fake, crop or clip, is ever asked about."""
    return {row.group for row in rows if row.trains}


def data_folder(given: str | None = None) -> Path:
    """The folder with faces/: `given`, else `CHECKER_DATA`.

    Raises:
        SystemExit: There is none.
    """
    folder = Path(given or os.environ.get("CHECKER_DATA") or "data")
    if not (folder / "faces" / "manifest.csv").is_file():
        raise SystemExit(f"no `faces/manifest.csv` in `{folder}`; name the folder with --data or CHECKER_DATA")
    return folder / "faces"


def read(folder: Path) -> list[Row]:
    """All rows of the manifest in `folder`."""
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        return [
            Row(
                r["file"], r["kind"], r["label"], r["method"], r["generator"], r["identity"],
                r["source_repo"], r["source_path"], r["licence"], r["group"],
            )
            for r in csv.DictReader(file)
        ]  # fmt: skip


def picture(folder: Path, row: Row) -> NDArray[np.uint8]:
    """(192, 192, 3) RGB of a crop."""
    import cv2
    import numpy as np

    image = cv2.imread(str(folder / row.file), cv2.IMREAD_COLOR)
    if image is None:
        raise SystemExit(f"`{row.file}` is no picture that can be read")
    return np.ascontiguousarray(image[:, :, ::-1])


def summary(rows: Iterable[Row]) -> str:
    """Rows per licence and decision, as a table."""
    count: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        use = "train" if row.trains else "validate (permitted)" if row.permitted else "validate"
        why = row.terms.why if row.terms else "no rule fits"
        key = (use, row.licence, row.label, why)
        count[key] = count.get(key, 0) + 1
    lines = ["| use | licence | label | rows | why |", "|---|---|---|---|---|"]
    lines += [f"| {u} | {li} | {la} | {n} | {w} |" for (u, li, la, w), n in sorted(count.items())]
    return "\n".join(lines)
