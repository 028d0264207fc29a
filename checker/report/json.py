"""One JSON object for one file, an array for several."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from . import Report, v1


def write(reports: Iterable[Report], file: TextIO) -> None:
    found = [v1.to_dict(report) for report in reports]
    json.dump(found[0] if len(found) == 1 else found, file, ensure_ascii=False, indent=2)
    file.write("\n")
