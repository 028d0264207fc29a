"""One JSON object per line, written as each file is done."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from . import Report, v1


def write(reports: Iterable[Report], file: TextIO) -> None:
    for report in reports:
        file.write(json.dumps(v1.to_dict(report), ensure_ascii=False) + "\n")
        file.flush()
