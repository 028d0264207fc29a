"""The embedded synthetic-voice network: how likely a window of speech was made by a machine.

Trained in `checker.training.voices`, whose model card says on what, how well it does, and where it fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsError
from . import label as _label
from . import voice_traces

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = Path(__file__).with_name("synthetic_voice.onnx")
RATE_HZ = voice_traces.RATE_HZ
WINDOW = 64_000
"""Samples that it listens to at once, 4 s."""
LABEL = "synthetic-voice"


def label() -> str:
    """``synthetic-voice@sha256:...`` of the weights."""
    return _label(LABEL, FILE)


class Network:
    """An opened network."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._inputs: Sequence[str] = [i.name for i in session.get_inputs()]

    def scores(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) logits for (n, WINDOW) samples at 16 kHz: higher is more likely synthetic."""
        if windows.ndim != 2 or windows.shape[1] != WINDOW:
            raise ValueError(f"windows have to be (n, {WINDOW}), not {windows.shape}")
        found = [self._session.run(None, self._feed(w))[0].reshape(-1) for w in np.asarray(windows, np.float32)]
        return np.concatenate(found).astype(np.float32) if found else np.zeros(0, np.float32)

    def _feed(self, window: NDArray[np.float32]) -> dict[str, Any]:
        return {"traces": voice_traces.vector(window)[None]}


def _errors(onnxruntime: Any) -> tuple[type[BaseException], ...]:
    """onnxruntime's own errors, which have no common base."""
    found = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    return tuple(e for e in found if isinstance(e, type) and issubclass(e, Exception))


def load(threads: int) -> Network:
    """The network on `threads` threads.

    Raises:
        WeightsError: Its file is missing or damaged.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    errors: tuple[type[BaseException], ...] = (OSError, RuntimeError, ValueError, *_errors(onnxruntime))
    try:
        session = onnxruntime.InferenceSession(str(FILE), options, providers=["CPUExecutionProvider"])
    except errors as error:
        raise WeightsError(f"weights `{FILE.name}` cannot be read; install the package again: {error}") from error
    return Network(session)


def windows(speech: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """(n, WINDOW) windows, at most `most`, evenly spread over `speech`; shorter speech is repeated."""
    if len(speech) < WINDOW:
        return np.resize(np.asarray(speech, np.float32), (1, WINDOW))
    count = min(most, max(1, round(len(speech) / WINDOW)))
    starts = np.linspace(0, len(speech) - WINDOW, count).round().astype(int)
    return np.stack([speech[s : s + WINDOW] for s in starts]).astype(np.float32)
