from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from checker.cli import compare, label
from tests.markings.files import clip, detect, of

app = typer.Typer()
app.command("label")(label.label)
app.command("compare")(compare.compare)


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to write"),
        (["--xmp"], "give `--output FILE`"),
        (["--xmp", "-o", "{in}"], "never overwritten"),
        (["--c2pa", "-o", "{out}"], "`--c2pa` needs `--cert FILE --key FILE`"),
        (["--xmp", "--cert", "{in}", "-o", "{out}"], "are for `--c2pa`"),
        (["--c2pa", "--test-cert", "--key", "{in}", "-o", "{out}"], "not both"),
        (["--c2pa", "--cert", "no.pem", "--key", "no.pem", "-o", "{out}"], "cannot be read"),
        (["--text", "", "-o", "{out}"], "printable"),
    ],
)
def test_usage_errors_exit_with_2(arguments: list[str], message: str, tmp_path: Path) -> None:
    source, target = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    done = call("label", source, *(a.replace("{in}", str(source)).replace("{out}", str(target)) for a in arguments))
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert not target.exists()


def test_label_reads_back_what_it_wrote_and_compare_tells_what_an_upload_loses(tmp_path: Path) -> None:
    source, target, uploaded = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", tmp_path / "c.mp4"
    done = call("label", source, "-o", target, "--xmp", "--aigc", "somebody", "--test-cert")
    assert done.exit_code == 0, done.stderr
    assert "TEST CERTIFICATE" in done.stderr
    assert "reads back  c2pa: manifest = valid, AI full" in done.stdout
    assert "reads back  aigc: label = 1 by somebody" in done.stdout
    assert of(detect(target), "xmp")
    simulated = call("label", target, "--simulate-upload", "-o", uploaded)
    assert simulated.exit_code == 0, simulated.stderr
    assert simulated.stdout.count("lost") == 3


@pytest.mark.slow
def test_the_exit_code_of_compare_says_whether_something_was_lost(tmp_path: Path) -> None:
    source, target = clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    assert call("label", source, "-o", target, "--xmp").exit_code == 0
    assert call("compare", target, source).exit_code == 10
    assert call("compare", source, target).exit_code == 0


def test_compare_of_what_is_no_media(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").write_bytes(b"nothing")
    assert call("compare", clip(tmp_path / "a.mp4"), tmp_path / "b.mp4").exit_code == 4
