from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker import weights
from checker.cli.models import app
from checker.errors import DetectorUnavailable, WeightsError

from .shared import models as shared_models

CONTENT = b"weights of a network" * 1000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the URL under which a local server hands out its files."""
    root = tmp_path / "server"
    root.mkdir()
    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield root, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def toy(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Registers weights `toy` of two files; returns the folder of the server that has them."""
    root, url = served
    files = []
    for path in ("toy/net.bin", "toy/net.json"):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(CONTENT + path.encode())
        sha256 = hashlib.sha256(CONTENT + path.encode()).hexdigest()
        files.append(weights.File(path, f"{url}/{path}", sha256, len(CONTENT) + len(path)))
    row = weights.Weights("toy", "test", "MIT", False, "", tuple(files))
    monkeypatch.setattr(weights, "REGISTRY", {"toy": row})
    return root


def left(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_pull_over_http_then_path(toy: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    pulled = weights.pull("toy", tmp_path / "models", progress=seen.append)
    assert pulled == weights.path("toy", tmp_path / "models") == tmp_path / "models/toy/net.bin"
    assert left(tmp_path / "models") == ["toy/net.bin", "toy/net.json"]
    assert sum(seen) == sum(file.size_bytes or 0 for file in weights.REGISTRY["toy"].files)


def test_pull_from_mirror_uses_no_network(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights.urllib.request, "urlopen", lambda *a, **k: pytest.fail("network used"))
    weights.pull("toy", tmp_path / "models", mirror=toy)
    assert weights.path("toy", tmp_path / "models").read_bytes().startswith(CONTENT)


@pytest.mark.parametrize(
    ("served_content", "says"),
    [
        pytest.param(b"other weights" * 10, "expected", id="wrong hash"),
        pytest.param(CONTENT * 2, "longer than", id="too long"),
        pytest.param(b"", "expected", id="empty"),
        pytest.param(None, "cannot be had", id="missing"),
    ],
)
def test_pull_keeps_nothing_that_is_wrong(toy: Path, tmp_path: Path, served_content: bytes | None, says: str) -> None:
    if served_content is None:
        (toy / "toy/net.bin").unlink()
    else:
        (toy / "toy/net.bin").write_bytes(served_content)
    with pytest.raises(WeightsError, match=says):
        weights.pull("toy", tmp_path / "models")
    assert left(tmp_path / "models") == []


def test_pull_replaces_what_is_damaged(toy: Path, tmp_path: Path) -> None:
    weights.pull("toy", tmp_path / "models")
    (tmp_path / "models/toy/net.json").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="checker models pull toy"):
        weights.path("toy", tmp_path / "models")
    weights.pull("toy", tmp_path / "models")
    weights.path("toy", tmp_path / "models")


def test_missing_weights_name_the_remedy(toy: Path, tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="run `checker models pull toy`"):
        weights.path("toy", tmp_path)
    with pytest.raises(WeightsError, match="checker models list"):
        weights.path("no-such", tmp_path)


def test_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKER_MODELS", str(tmp_path))
    assert weights.folder() == tmp_path
    assert weights.folder(tmp_path / "given") == tmp_path / "given"
    monkeypatch.delenv("CHECKER_MODELS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert weights.folder() == tmp_path / "share/checker/models"


def test_registry_is_sound() -> None:
    assert {"aasist", "yunet-dynamic", "c2pa-trust-list", "whisper-tiny", "whisper-turbo"} <= set(weights.REGISTRY)
    for row in weights.REGISTRY.values():
        assert row.licence and row.job and row.files
        for file in row.files:
            assert re.fullmatch(r"[0-9a-f]{64}", file.sha256) and file.url.startswith("https://")
            assert not Path(file.path).is_absolute() and ".." not in Path(file.path).parts


def test_registry_matches_the_mirror() -> None:
    folder = shared_models()
    here = [name for name in weights.REGISTRY if weights.present(name, folder)]
    assert "aasist" in here
    for name in here:
        weights.path(name, folder)
        assert weights.REGISTRY[name].size_bytes == sum(
            (folder / file.path).stat().st_size for file in weights.REGISTRY[name].files
        )


def test_cli_shows_licence_pulls_and_verifies(toy: Path, tmp_path: Path) -> None:
    run, models = CliRunner(), ["--models", str(tmp_path / "models")]
    done = run.invoke(app, ["pull", "toy", *models, "--from", str(toy)])
    assert done.exit_code == 0 and "licence MIT" in done.stderr and "39 KiB" in done.stderr
    assert run.invoke(app, ["verify", *models]).output == "toy: ok\n"
    assert " here " in run.invoke(app, ["list", *models]).output
    (tmp_path / "models/toy/net.bin").write_bytes(b"damaged")
    failed = run.invoke(app, ["verify", *models])
    assert failed.exit_code == 2 and "expected" in failed.output


def test_cli_refuses_a_restricted_licence_until_accepted(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = weights.REGISTRY["toy"]
    row = weights.Weights("toy", "test", "research only", True, "", free.files)
    monkeypatch.setattr(weights, "REGISTRY", {"toy": row})
    command = ["pull", "toy", "--models", str(tmp_path / "models"), "--from", str(toy)]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2 and "--accept-licence" in refused.stderr
    assert not (tmp_path / "models").exists()
    assert CliRunner().invoke(app, [*command, "--accept-licence"]).exit_code == 0


def test_cli_says_what_does_not_exist_in_one_line(toy: Path) -> None:
    done = CliRunner().invoke(app, ["pull", "no-such"])
    assert done.exit_code == 2 and "no weights `no-such`" in done.stderr and "Traceback" not in done.stderr
