from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from checker import nets, weights
from checker.errors import DetectorUnavailable, WeightsError
from checker.nets import aasist, rawgat

from ..shared import models


def chirp() -> np.ndarray:
    """(64600,) samples, the same on every machine."""
    t = np.arange(aasist.SAMPLES) / aasist.RATE_HZ
    return (0.3 * np.sin(2 * np.pi * (200 + 50 * t) * t) * np.cos(2 * np.pi * 3 * t)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "logits"),
    # of the authors' network on the same samples, with their weights
    [pytest.param("aasist", (11.9272, -11.9730), id="aasist"), pytest.param("aasist-l", (9.3356, -8.2186), id="light")],
)
def test_published_weights_give_the_published_scores(name: str, logits: tuple[float, float]) -> None:
    network = aasist.load(name, models())
    with nets.one_thread():
        found = network(torch.from_numpy(chirp()[None]))[0]
    assert found.tolist() == pytest.approx(logits, abs=1e-4)
    assert aasist.scores(network, chirp()[None])[0] == pytest.approx(logits[1], abs=1e-4)


def test_rawgat_loads_key_by_key_and_its_scores_stay_what_they_are() -> None:
    network = rawgat.load("rawgat-st", models())
    assert rawgat.scores(network, chirp()[None])[0] == pytest.approx(-7.04056, abs=1e-4)


def test_a_batch_gives_what_single_windows_give() -> None:
    torch.manual_seed(1)
    network = aasist.Aasist(aasist.SIZES["aasist-l"])
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    network.eval()
    batch = torch.randn(2, aasist.SAMPLES) * 0.1
    with nets.one_thread():
        together = network(batch)
        assert together.shape == (2, 2)
        assert torch.allclose(together[1], network(batch[1:])[0], atol=1e-4)


@pytest.mark.parametrize(
    ("seconds", "most", "count"),
    [
        pytest.param(1.0, 5, 1, id="short: repeated"),
        pytest.param(4.1, 5, 1, id="one"),
        pytest.param(12.2, 5, 3, id="three"),
        pytest.param(60.0, 5, 5, id="capped"),
    ],
)
def test_windows(seconds: float, most: int, count: int) -> None:
    samples = np.arange(round(seconds * 16_000), dtype=np.float32)
    found = aasist.windows(samples, most)
    assert found.shape == (count, aasist.SAMPLES)
    assert found[0, 0] == 0 and (found[-1, -1] == samples[-1] or count == 1)


def test_without_weights_it_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="checker models pull aasist"):
        aasist.load("aasist", tmp_path)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"first_bn.weight": torch.zeros(1)}, tmp_path / "AASIST.pth")
    monkeypatch.setattr(weights, "path", lambda name, models: tmp_path / "AASIST.pth")
    with pytest.raises(WeightsError, match="do not fit"):
        aasist.load("aasist", tmp_path)


def test_pickled_code_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]

    torch.save({"first_bn.weight": Trap()}, tmp_path / "AASIST.pth")
    monkeypatch.setattr(weights, "path", lambda name, models: tmp_path / "AASIST.pth")
    with pytest.raises(WeightsError, match="not a file of tensors"):
        aasist.load("aasist", tmp_path)
    assert not (tmp_path / "ran").exists()
