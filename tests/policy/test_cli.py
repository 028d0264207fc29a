"""`checker policy`, as typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker.cli.policy import app

run = CliRunner()


def test_list() -> None:
    text = run.invoke(app, ["list"])
    assert text.exit_code == 0 and "tiktok" in text.stdout
    rows = json.loads(run.invoke(app, ["list", "--format", "json"]).stdout)
    assert {row["id"]: row for row in rows}["tiktok"]["rules"][0] == "tt-aigc-label"
    assert all(set(row) == {"id", "title", "version", "rules"} for row in rows)


def test_show() -> None:
    shown = run.invoke(app, ["show", "us-ny-396b"]).stdout
    assert shown.startswith("# New York GBL 396-b")
    assert "- **applies when**: (`context.jurisdictions` is US-NY and (`post.is_ad` or `context.commercial`))" in shown


def test_facts() -> None:
    assert "label.present" in run.invoke(app, ["facts"]).stdout
    rows = json.loads(run.invoke(app, ["facts", "--format", "json"]).stdout)
    assert {"fact": "faces[].synthetic", "type": "bool"}.items() <= {r["fact"]: r for r in rows}[
        "faces[].synthetic"
    ].items()


def test_check(tmp_path: Path) -> None:
    good = run.invoke(app, ["check", "tiktok", "youtube"])
    assert good.exit_code == 0 and "tiktok: 14 rules" in good.stdout
    bad = tmp_path / "bad.yaml"
    bad.write_text('policy: bad\nversion: "1"\ntitle: Bad\nrules:\n- {id: r, title: R, verdict: flag, when: ai.usde}\n')
    result = run.invoke(app, ["check", "tiktok", str(bad)])
    assert result.exit_code == 2
    assert "bad.yaml:5:" in result.output.replace("\n", "") and "did you mean" in result.output


def test_test() -> None:
    result = run.invoke(app, ["test", "tiktok", "x"])
    assert result.exit_code == 0
    assert [line.split(",")[0] for line in result.stdout.splitlines()] == ["ok: tiktok", "ok: x"]


def test_test_fails(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("policy: x\ncases:\n- {name: nothing, verdict: pass}\n")
    result = run.invoke(app, ["test", "x", "--cases", str(tmp_path / "c.yaml")])
    assert result.exit_code == 1
    assert "verdict is flag, not pass" in result.stdout and "no case in which it is violated" in result.stdout


def test_schema() -> None:
    assert json.loads(run.invoke(app, ["schema"]).stdout)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize("module", ["checker.policy"])
def test_importing_the_engine_is_light(module: str) -> None:
    heavy = ["cel_expr_python", "google.protobuf", "pydantic", "yaml", "numpy", "torch", "typer", "rich"]
    code = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
