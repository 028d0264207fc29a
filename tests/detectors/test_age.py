from __future__ import annotations

from pathlib import Path

import pytest

from checker.detector import Settings
from checker.detectors.age import Age
from checker.errors import DetectorUnavailable


def test_without_a_network_age_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="age"):
        Age().load(Settings(models=tmp_path))
