"""Rules about the code itself: layers, light imports, sizes, one place that catches everything."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "checker"
SOURCES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {"torch", "cv2", "spacy", "av", "onnxruntime", "transformers", "whisper", "dlib", "numpy", "pydantic"}


@pytest.mark.parametrize(
    "statement",
    [
        "import checker",
        "import checker.cli",
        "from checker import load_policy, evaluate",
        "import checker.registry; checker.registry.detectors()",
    ],
)
def test_importing_is_light(statement: str) -> None:
    code = f"import sys; {statement}; print(*({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_files_and_functions_stay_readable() -> None:
    long_files = {str(p.relative_to(PACKAGE)): n for p in SOURCES if (n := len(p.read_text().splitlines())) > 450}
    assert long_files == {}
    long_functions = {
        f"{path.relative_to(PACKAGE)}:{node.name}": length
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (length := (node.end_lineno or 0) - node.lineno + 1) > 75
    }
    assert long_functions == {}


def test_only_the_pipeline_catches_everything() -> None:
    broad = re.compile(r"except\s*(\(?.*\b(Base)?Exception\b.*)?:")
    places = {str(p.relative_to(PACKAGE)) for p in SOURCES for line in p.read_text().splitlines() if broad.search(line)}
    assert places == {"pipeline.py"}


def test_only_the_command_line_prints() -> None:
    printing = {
        str(path.relative_to(PACKAGE))
        for path in SOURCES
        if path.parent.name != "cli" and "training" not in path.parts  # scripts that are run by hand
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing == set()
