"""Speaker embedding: the GE2E network of Wan et al. (arXiv:1710.10467) with the weights that Resemblyzer ships.

A voice is embedded from windows of 1.6 s of mel spectrogram (not logarithmic), each to 256 numbers of length 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from . import label, one_thread, packaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDER = "resemblyzer-ge2e"
RATE_HZ = 16_000
FFT, HOP, MELS = 400, 160, 40
WINDOW = 160
"""Frames of 10 ms that one embedding sees."""
STEP = 80
"""Frames between two windows."""
LEVEL_DBFS = -30.0
"""Quieter speech is raised to this level, louder speech is left alone, as in training."""
BATCH = 64


@cache
def mel_filters() -> NDArray[np.float32]:
    """(40, 201) triangles on Slaney's mel scale, each of unit area."""
    import numpy as np

    knee_hz, knee_mel, step = 1000.0, 15.0, np.log(6.4) / 27.0
    top = knee_mel + np.log(RATE_HZ / 2 / knee_hz) / step
    mels = np.linspace(0.0, top, MELS + 2)
    hz = np.where(mels < knee_mel, mels * knee_hz / knee_mel, knee_hz * np.exp(step * (mels - knee_mel)))
    bins = np.linspace(0.0, RATE_HZ / 2, FFT // 2 + 1)
    up = (bins - hz[:-2, None]) / (hz[1:-1] - hz[:-2])[:, None]
    down = (hz[2:, None] - bins) / (hz[2:] - hz[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(up, down))
    return np.asarray(triangles * (2.0 / (hz[2:] - hz[:-2]))[:, None], np.float32)


def mel_spectrogram(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frames, 40) power in mel bands, a frame every 10 ms, centred, for (n,) samples at 16 kHz."""
    import numpy as np

    padded = np.pad(samples, FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    power = np.abs(np.fft.rfft(frames * window.astype(np.float32), axis=1)) ** 2
    return (power.astype(np.float32) @ mel_filters().T).astype(np.float32)


def level(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Quiet samples raised to -30 dBFS."""
    import numpy as np

    rms = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    gain = 10 ** (LEVEL_DBFS / 20) / rms if rms > 0 else 1.0
    return samples * np.float32(max(1.0, gain))


class Encoder:
    """Embeds windows of speech."""

    def __init__(self) -> None:
        import torch

        file = packaged("resemblyzer", "pretrained.pt")
        state = torch.load(file, map_location="cpu", weights_only=True)["model_state"]
        self._lstm = torch.nn.LSTM(MELS, 256, 3, batch_first=True)
        self._linear = torch.nn.Linear(256, 256)
        for name, part in (("lstm.", self._lstm), ("linear.", self._linear)):
            part.load_state_dict({k.removeprefix(name): v for k, v in state.items() if k.startswith(name)})
            part.eval()
        self.weights = (label(EMBEDDER, file),)

    def windows(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 256): an embedding of each window, one every 0.8 s; the last may reach past the end by a quarter."""
        import numpy as np

        count = max(1, 1 + (len(samples) // HOP - 3 * WINDOW // 4) // STEP)
        needed = ((count - 1) * STEP + WINDOW) * HOP
        mels = mel_spectrogram(np.pad(samples, (0, max(0, needed - len(samples)))))
        return self._embed([mels[i * STEP : i * STEP + WINDOW] for i in range(count)])

    def voice(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(256,) embedding, of length 1, of one person's speech."""
        return mean(self.windows(level(samples)))

    def _embed(self, mels: Sequence[Any]) -> NDArray[np.float32]:
        import numpy as np
        import torch

        rows = []
        with one_thread():
            for start in range(0, len(mels), BATCH):
                batch = torch.from_numpy(np.stack(mels[start : start + BATCH]))
                hidden = self._lstm(batch)[1][0][-1]
                rows.append(torch.nn.functional.normalize(torch.relu(self._linear(hidden)), dim=1).numpy())
        return np.concatenate(rows)


def mean(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean direction of (n, 256) embeddings."""
    import numpy as np

    middle = rows.mean(axis=0)
    return np.asarray(middle / max(1e-9, float(np.linalg.norm(middle))), np.float32)
