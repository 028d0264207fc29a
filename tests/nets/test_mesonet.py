from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from checker import weights
from checker.errors import DetectorUnavailable, WeightsError
from checker.nets import mesonet

from ..portrait import head
from ..shared import models

h5py = pytest.importorskip("h5py", reason="MesoNet's weights are read with h5py")


def crops() -> np.ndarray:
    crop = cv2.resize(head(), (192, 192))
    return np.stack([crop, crop[:, ::-1], np.zeros_like(crop)])


@pytest.mark.parametrize("name", ["meso4-df", "mesoinception-df", "mesoinception-f2f"])
def test_every_weight_of_the_published_files_is_used(name: str) -> None:
    network = mesonet.load(name, models())
    with h5py.File(weights.path(name, models())) as file:
        published = sum(
            v[()].size
            for group in file
            if isinstance(file[group], h5py.Group) and len(file[group])
            for v in file[group][group].values()
        )
    ours = sum(p.numel() for p in network.parameters()) + sum(
        b.numel() for n, b in network.named_buffers() if "num_batches" not in n
    )
    assert ours == published
    found = mesonet.scores(network, crops())
    assert found.shape == (3,) and np.isfinite(found).all()


def test_keras_kernels_are_turned_the_right_way() -> None:
    """A convolution by hand, in Keras' layout, against the network's first layer."""
    network = mesonet.load("meso4-df", models())
    image = crops()[:1].astype(np.float32) / 255.0
    with h5py.File(weights.path("meso4-df", models())) as file:
        kernel, bias = (file["conv2d_5/conv2d_5"][k][()] for k in ("kernel:0", "bias:0"))
    by_hand = sum(image[0, 50 + i - 1, 60 + j - 1] @ kernel[i, j] for i in range(3) for j in range(3)) + bias
    import torch

    with torch.inference_mode():
        ours = network.convs[0](torch.from_numpy(image).permute(0, 3, 1, 2))[0, :, 50, 60].numpy()
    assert ours == pytest.approx(by_hand, abs=1e-5)


def test_without_weights_it_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnavailable, match="checker models pull meso4-df"):
        mesonet.load("meso4-df", tmp_path)


@pytest.mark.parametrize("content", [b"no h5", b""])
def test_damaged_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    (tmp_path / "x.h5").write_bytes(content)
    monkeypatch.setattr(weights, "path", lambda name, models: tmp_path / "x.h5")
    with pytest.raises(WeightsError, match="do not fit"):
        mesonet.load("meso4-df", tmp_path)


def test_weights_of_another_network_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = weights.path("meso4-df", models())
    monkeypatch.setattr(weights, "path", lambda name, models: other)
    with pytest.raises(WeightsError, match="do not fit"):
        mesonet.load("mesoinception-df", models())
