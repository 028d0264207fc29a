"""How well the loudness of music under speech is estimated, and what it does to the networks for voices.

    python -m tests.bench.noise [--every 8]

Clips of `CHECKER_DATA` (voices/), by default beside the checkout, with chords and drums made here mixed under them.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from checker.detectors.synthetic_voice import LEAST_SNR_DB, MOST_WINDOWS
from checker.errors import DetectorUnavailable
from checker.evaluation.measure import auc
from checker.nets import panel
from checker.speech.noise import snr_db
from checker.types import Segment
from tests.bench.likeness import MODELS, rows, samples

RATE_HZ = 16_000
LEVELS_DB = (None, 20, 10, 5, 0, -5)


def music(length: int, seed: int) -> NDArray[np.float32]:
    """(n,) chords that change every half second, a bass and a drum, at unit power."""
    rng = np.random.default_rng(seed)
    t = np.arange(length) / RATE_HZ
    out = np.zeros(length)
    beat = RATE_HZ // 2
    for start in range(0, length, beat):
        part = slice(start, start + beat)
        here = t[part]
        root = 110 * 2 ** (rng.integers(0, 12) / 12)
        for ratio in (1.0, 2.0, 2.52, 3.0, 4.0):
            for k in range(1, 5):
                out[part] += np.sin(2 * np.pi * root * ratio * k * here + rng.uniform(0, 6)) / k**1.5
        decay = np.exp(-8 * (here - here[0]))
        out[part] += 4 * decay * rng.standard_normal(len(here)) * 0.5
    return np.asarray(out / np.sqrt(np.mean(out**2)), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=8, help="take every n-th clip")
    parser.add_argument("--models", action="store_true", help="ask pulled networks too")
    asked = parser.parse_args()
    table = list(rows("voices"))[:: asked.every]
    clips = [samples(row["file"]) for row in table]
    fake = [row["label"] == "fake" for row in table]
    try:
        judges = panel.voices(MODELS if asked.models else None, 1)
    except DetectorUnavailable as error:
        print(error)
        judges = None
    print(f"{len(clips)} clips; estimate: median and 5 to 95 % of dB; judged: at {LEAST_SNR_DB:g} dB or more")
    for level in LEVELS_DB:
        mixed = []
        for i, clip in enumerate(clips):
            power = float(np.sqrt(np.mean(clip**2)))
            gain = 0.0 if level is None else power * 10 ** (-level / 20)
            mixed.append(clip + np.float32(gain) * music(len(clip), i))
        seen = [snr_db(clip, Segment(0, len(clip) / RATE_HZ)) for clip in mixed]
        judged = np.mean(np.array(seen) >= LEAST_SNR_DB)
        low, middle, high = np.percentile(seen, [5, 50, 95])
        line = f"{'clean' if level is None else f'{level} dB':8} estimate {middle:5.1f} ({low:.1f} to {high:.1f})"
        line += f"  judged {judged:.0%}"
        if judges is not None:
            said = [
                judges.opinion({m.name: float(m.scores(clip, MOST_WINDOWS).mean()) for m in judges.members})
                for clip in mixed
            ]
            real = np.array([o.probability for o, f in zip(said, fake, strict=True) if not f])
            line += f"  AUC {auc([o.log_odds for o in said], fake) or 0.5:.3f}"
            line += f"  real: median {np.median(real):.2f}, 95 % below {np.percentile(real, 95):.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
