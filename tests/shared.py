"""Where weights and data for tests lie: `CHECKER_MODELS` and `CHECKER_DATA`, else a folder beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SIBLING = Path(__file__).parents[2] / "shared"


def models() -> Path:
    """The folder of weights; skips the test when there is none."""
    return _folder("CHECKER_MODELS", SIBLING / "models")


def data() -> Path:
    """The folder with voices/ and faces/; skips the test when there is none."""
    return _folder("CHECKER_DATA", SIBLING / "data")


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable) or default)
    if not folder.is_dir():
        pytest.skip(f"no folder `{folder}`; set {variable}")
    return folder
