from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from checker import calibration
from checker.errors import WeightsError
from checker.nets import synthetic_voice, voice_traces

from ..shared import data as shared_data

WINDOW = synthetic_voice.WINDOW
GOLDEN = (2.060, 0.031)
"""Scores of `hum` and `hiss` by the shipped weights; they change with every training."""


def hum() -> np.ndarray:
    """A buzz with a moving pitch and three formants, in pulses of half a second; the same on every machine."""
    t = np.arange(WINDOW) / synthetic_voice.RATE_HZ
    phase = 2 * np.pi * (120 * t + 4 * np.sin(2 * np.pi * 0.7 * t))
    formants = sum(np.exp(-(((np.arange(1, 50) * 120 - f) / 250) ** 2)) for f in (600, 1500, 2600))
    voiced = sum((0.02 + a) * np.sin(k * phase) for k, a in zip(range(1, 50), formants, strict=True))
    return (0.1 * voiced * (np.sin(2 * np.pi * t) > -0.6)).astype(np.float32)


def hiss() -> np.ndarray:
    """Uniform noise from a congruential generator that is spelt out here."""
    state, found = 1, []
    for _ in range(WINDOW):
        state = (1103515245 * state + 12345) % 2**31
        found.append(state / 2**30 - 1)
    return (0.1 * np.array(found)).astype(np.float32)


@pytest.fixture(scope="module")
def network() -> synthetic_voice.Network:
    return synthetic_voice.load(1)


def test_scores_are_one_logit_per_window(network: synthetic_voice.Network) -> None:
    found = network.scores(np.stack([hum(), hiss(), hum()]))
    assert found.shape == (3,) and found.dtype == np.float32
    assert np.isfinite(found).all() and found[0] == found[2] != found[1]
    assert network.scores(np.zeros((0, WINDOW), np.float32)).shape == (0,)


@pytest.mark.parametrize("shape", [(WINDOW,), (1, WINDOW - 1)], ids=["no batch", "too short"])
def test_windows_of_another_shape_are_refused(network: synthetic_voice.Network, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="64000"):
        network.scores(np.zeros(shape, np.float32))


def test_silence_and_clipping_give_finite_scores(network: synthetic_voice.Network) -> None:
    extreme = np.stack([np.zeros(WINDOW), np.sign(hum()), np.full(WINDOW, 0.5)]).astype(np.float32)
    assert np.isfinite(network.scores(extreme)).all()


def test_golden_scores(network: synthetic_voice.Network) -> None:
    assert network.scores(np.stack([hum(), hiss()])).tolist() == pytest.approx(GOLDEN, abs=0.02)


def test_loudness_and_offset_say_nothing(network: synthetic_voice.Network) -> None:
    first, quiet, shifted = network.scores(np.stack([hum(), 0.05 * hum(), hum() + 0.2]))
    assert quiet == pytest.approx(first, abs=0.02) and shifted == pytest.approx(first, abs=0.02)


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
    speech = np.arange(round(seconds * synthetic_voice.RATE_HZ), dtype=np.float32)
    found = synthetic_voice.windows(speech, most)
    assert found.shape == (count, WINDOW) and found.dtype == np.float32
    if count > 1:
        assert found[0, 0] == speech[0] and found[-1, -1] == speech[-1]


def test_twenty_times_faster_than_speech(network: synthetic_voice.Network) -> None:
    batch = np.stack([hum()] * 4)
    network.scores(batch[:1])
    started = time.process_time()
    network.scores(batch)
    assert 4 * WINDOW / synthetic_voice.RATE_HZ / (time.process_time() - started) > 20


def test_calibration_is_of_these_weights() -> None:
    sha256 = hashlib.sha256(synthetic_voice.FILE.read_bytes()).hexdigest()
    assert calibration.table()["synthetic-voice"]["sha256"] == sha256
    assert synthetic_voice.label() == f"synthetic-voice@sha256:{sha256}"
    assert synthetic_voice.FILE.stat().st_size <= 8e6


def test_damaged_weights_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.onnx").write_bytes(b"no network")
    monkeypatch.setattr(synthetic_voice, "FILE", tmp_path / "net.onnx")
    with pytest.raises(WeightsError, match="install the package again"):
        synthetic_voice.load(1)


def test_nothing_of_training_is_imported_at_run_time() -> None:
    code = (
        "import sys, checker.nets.synthetic_voice as s; s.load(1); "
        "print([m for m in sys.modules if m.split('.')[0] in ('torch', 'sklearn', 'pyworld') or 'training' in m])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert found.stdout.strip() == "[]"


def test_traces_are_finite_and_see_what_moves() -> None:
    steady, moving = voice_traces.vector(np.tile(hiss()[:1600], 40)), voice_traces.vector(hiss())
    assert len(moving) == voice_traces.COUNT and np.isfinite(moving).all()
    assert np.abs(steady - moving).max() > 0.5


def test_held_out_scores_bear_the_figures_of_the_card() -> None:
    from checker.training.voices import data, figures, validate

    rows = validate.read_scores()
    score, fake = rows["score"], rows["fake"]
    assert len(score) == 1639 and fake.sum() == 1009
    assert figures.eer(score, fake) < 0.24
    for name in data.FAMILIES:
        mine = (rows["family"] == name) | ~fake
        assert figures.eer(score[mine], fake[mine]) < 0.32
    logistic = calibration.load("synthetic-voice")
    accused = sum(logistic.probability(s, validate.PRIOR) >= 0.9 for s in score[~fake])
    assert accused / (~fake).sum() <= 0.01


def test_training_learns_what_is_there_and_exports_it(tmp_path: Path) -> None:
    import onnxruntime

    from checker.training.voices import kernel

    random = np.random.default_rng(1)
    fake = np.arange(80) % 2 == 1
    traces = random.normal(size=(80, 12)).astype(np.float32) + 1.5 * fake[:, None] * (np.arange(12) < 3)
    traces = traces.astype(np.float32)
    machine = kernel.fit(traces[:60], fake[:60], np.ones(60))
    assert ((machine.scores(traces[60:]) > 0) == fake[60:]).mean() >= 0.8
    assert np.array_equal(machine.scores(traces), kernel.fit(traces[:60], fake[:60], np.ones(60)).scores(traces))
    machine.export(tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"))
    assert session.run(None, {"traces": traces})[0] == pytest.approx(machine.scores(traces), abs=5e-3)


@pytest.mark.parametrize("maker", ["griffin-lim", "phase-error", "codebook"])
def test_copies_keep_length_and_loudness(maker: str) -> None:
    from checker.training.voices import copies

    x = hum()[:16_000]
    y = copies.make(x, maker, np.random.default_rng(3))
    assert y.shape == x.shape and np.isfinite(y).all() and not np.array_equal(x, y)
    assert float((y**2).mean()) == pytest.approx(float((x**2).mean()), rel=0.05)


@pytest.mark.parametrize(("codec", "rate"), [("aac", 64_000), ("mp3", 64_000), ("opus", 24_000)])
def test_codecs_give_back_what_went_in(codec: str, rate: int) -> None:
    from checker.training.voices import augment

    x = hum()[:32_000]
    y = augment.through_codec(x, codec, rate)
    assert y.shape == x.shape and 0.9 < np.corrcoef(x, y)[0, 1] < 1


def test_folds_share_neither_family_nor_generator_nor_speaker() -> None:
    from checker.training.voices import data

    table = data.clips(shared_data())
    fold = data.folds(table)
    for k, family in enumerate(data.FAMILIES):
        test = fold == k
        train = data.apart(table, test)
        assert set(table.family[test]) == {family, "real"} and family not in set(table.family[train])
        assert not set(table.speaker[test]) & set(table.speaker[train])
        assert not set(table.generator[test & table.fake]) & set(table.generator[train & table.fake])


def test_shipped_weights_know_the_clips_that_they_were_trained_on(network: synthetic_voice.Network) -> None:
    from checker.training.voices import data, figures

    table = data.clips(shared_data())
    chosen = np.arange(len(table))[::8]
    clips = [data.decode(shared_data() / "voices" / table.file[i]) for i in chosen]
    score = network.scores(np.concatenate([synthetic_voice.windows(x[:WINDOW], 1) for x in clips]))
    assert figures.auc(score, table.fake[chosen]) > 0.87
