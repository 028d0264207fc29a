"""What the network is worth on generators and speakers that it never heard; every table of MODEL_CARD.md."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import calibration
from ...nets import synthetic_voice
from . import augment, data, figures, training

SCORES = Path(__file__).with_name("held_out_scores.csv")
PRIOR = 0.1
"""Share of synthetic voices that the detector assumes."""
BAND = (0.40, 0.90)


def write_scores(table: data.Clips, score: NDArray[Any]) -> None:
    with SCORES.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", "label", "family", "generator", "source", "score"])
        columns = (table.file, np.where(table.fake, "fake", "real"), table.family, table.generator, table.source)
        writer.writerows([*row, f"{s:.4f}"] for *row, s in zip(*columns, score, strict=True))


def read_scores() -> dict[str, NDArray[Any]]:
    """Columns of the held-out scores, as committed."""
    with SCORES.open(encoding="utf-8") as stream:
        found = list(csv.DictReader(stream))
    columns = {name: np.array([r[name] for r in found]) for name in found[0]}
    return {**columns, "score": columns["score"].astype(float), "fake": columns["label"] == "fake"}


def calibrate(write: bool) -> dict[str, Any]:
    """A calibration row from the held-out scores; errors of one fitted without the family that it is measured on."""
    rows = read_scores()
    slope, offset = figures.platt(rows["score"], rows["fake"])
    limit = float(np.log((~rows["fake"]).sum() / 3))  # rule of three: what no real clip reached
    sha256 = hashlib.sha256(synthetic_voice.FILE.read_bytes()).hexdigest()
    row = {"slope": round(slope, 5), "offset": round(offset, 5), "limit": round(limit, 2), "sha256": sha256}
    row["by"] = "python -m checker.training.voices calibrate --write"
    if write:
        table = {**calibration.table(), synthetic_voice.LABEL: row}
        calibration.TABLE.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return row


def _crossed(rows: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Log-odds by calibrations that did not see the clip: two halves, divided by generator and source."""
    group = np.where(rows["fake"], rows["generator"], rows["source"])
    half = np.array([hashlib.sha256(str(g).encode()).digest()[0] & 1 for g in group])
    found = np.zeros(len(group))
    for side in (0, 1):
        slope, offset = figures.platt(rows["score"][half != side], rows["fake"][half != side])
        found[half == side] = slope * rows["score"][half == side] + offset
    return found


def report() -> None:
    """Everything that the committed scores say: needs no data and no training."""
    rows = read_scores()
    score, fake = rows["score"], rows["fake"]
    area = figures.auc(score, fake)
    print(f"{(~fake).sum()} real, {fake.sum()} synthetic; EER {figures.eer(score, fake):.1%} AUC {area:.3f}")
    for name in data.FAMILIES:
        family = rows["family"] == name
        mine = family | ~fake
        print(f"  {name}: {family.sum()} clips, EER against all reals {figures.eer(score[mine], fake[mine]):.1%}")
    even = 1 / (1 + np.exp(-_crossed(rows)))
    error = figures.calibration_error(even, fake)
    print(f"calibration error {error:.3f} (even odds, fitted on the other half of generators and sources)")
    for share, mean, true in figures.reliability(even, fake):
        print(f"  share {share:.3f}  said {mean:.2f}  was {true:.2f}")
    logistic = calibration.load(synthetic_voice.LABEL)
    p = np.array([logistic.probability(s, PRIOR) for s in score])
    for low, high in (BAND, (0.30, 0.70), (0.20, 0.80)):
        print(f"band [{low:.2f}, {high:.2f}) at prior {PRIOR}: {_in_band(p, fake, low, high)}")
    for allowed in (0.01, 0.1):
        cut = np.quantile(score[~fake], 1 - allowed)
        print(f"at {allowed:.0%} false accusations: {(score[fake] >= cut).mean():.1%} of the synthetic found")
        each = sorted(_found(rows, g, cut) for g in set(rows["generator"][fake]))
        print("  least: " + ", ".join(f"{g} {share:.0%}" for share, g in each[:14]))
    for source in sorted(set(rows["source"][~fake])):
        mine = p[~fake & (rows["source"] == source)]
        print(f"  reals of {source}: {len(mine)}, mean {mine.mean():.2f}, highest {mine.max():.2f}")


def _found(rows: dict[str, NDArray[Any]], generator: str, cut: float) -> tuple[float, str]:
    return float((rows["score"][rows["fake"] & (rows["generator"] == generator)] >= cut).mean()), generator


def _in_band(p: NDArray[Any], fake: NDArray[np.bool_], low: float, high: float) -> str:
    real, made = p[~fake], p[fake]
    count = int((real >= high).sum())
    least, most = figures.interval(count, len(real))
    between = [((side >= low) & (side < high)).mean() for side in (real, made)]
    return (
        f"reals above {count}/{len(real)} ({least:.2%} to {most:.2%}), between {between[0]:.1%}; "
        f"synthetic above {(made >= high).mean():.1%}, between {between[1]:.1%}"
    )


def corpora(table: data.Clips, rows: training.Rows) -> None:
    """Whole sources of real speech held out, with all their speakers: how they are taken."""
    logistic, plain = calibration.load(synthetic_voice.LABEL), rows.plain()
    for source in sorted(set(table.source[~table.fake])):
        test = ~table.fake & (table.source == source)
        if test.sum() < 15:
            continue
        machine = training.train(table, rows, data.apart(table, test) & (table.source != source))
        score = machine.scores(rows.traces[plain & test[rows.clip]])
        p = np.array([logistic.probability(float(s), PRIOR) for s in score])
        between = ((p >= BAND[0]) & (p < BAND[1])).sum()
        print(f"{source}: {len(p)} reals, above {(p >= BAND[1]).sum()}, between {between}, highest {p.max():.2f}")


def curve(table: data.Clips, rows: training.Rows) -> None:
    """EER over the number of generators that training hears."""
    fold, plain = data.folds(table), rows.plain()
    for count in (5, 10, 20, 40, 80):
        found = []
        for seed in (0, 1):
            score = np.zeros(len(table))
            for k in range(len(data.FAMILIES)):
                able = data.apart(table, fold == k)
                names = np.random.default_rng([seed, k]).permutation(sorted(set(table.generator[able & table.fake])))[
                    :count
                ]
                machine = training.train(table, rows, able & (~table.fake | np.isin(table.generator, names)))
                test = np.flatnonzero(plain & (fold[rows.clip] == k))
                score[rows.clip[test]] = machine.scores(rows.traces[test])
            found.append(figures.eer(score, table.fake))
        print(
            f"at most {count} generators: EER {np.mean(found):.1%} ({', '.join(f'{f:.1%}' for f in found)})", flush=True
        )


SETTINGS = tuple(
    training.Setting(copied, augmented, penalty, width)
    for copied, augmented in ((0.0, 0.0), (0.25, 0.0), (0.0, 0.6), (0.25, 0.6))
    for penalty, width in ((1.0, 0.3), (4.0, 0.15))
)


def nested(table: data.Clips, rows: training.Rows) -> None:
    """EER when each fold's setting is chosen on inner folds alone, which are other families of its own training."""
    fold, plain = data.folds(table), rows.plain()
    total = np.zeros(len(table))
    for k in range(len(data.FAMILIES)):
        able = data.apart(table, fold == k)
        inner: list[float] = []
        for setting in SETTINGS:
            score, tested = np.zeros(len(table)), np.zeros(len(table), dtype=bool)
            for j in set(range(len(data.FAMILIES))) - {k}:
                held = able & (fold == j)
                machine = training.train(table, rows, able & data.apart(table, held), setting)
                test = np.flatnonzero(plain & held[rows.clip])
                score[rows.clip[test]] = machine.scores(rows.traces[test])
                tested |= held
            inner.append(figures.eer(score[tested], table.fake[tested]))
        best = SETTINGS[int(np.argmin(inner))]
        test = np.flatnonzero(plain & (fold[rows.clip] == k))
        total[rows.clip[test]] = training.train(table, rows, able, best).scores(rows.traces[test])
        print(f"{data.FAMILIES[k]}: {best}, inner EER {min(inner):.1%} to {max(inner):.1%}", flush=True)
    print(f"EER with nested choice {figures.eer(total, table.fake):.1%}")


CONDITIONS: dict[str, Callable[[Any, np.random.Generator], Any]] = {
    "as it is": lambda x, r: x,
    "first 2 s": lambda x, r: x[:32_000],
    "first 1 s": lambda x, r: x[:16_000],
    "AAC 64k": lambda x, r: augment.through_codec(x, "aac", 64_000),
    "AAC 32k": lambda x, r: augment.through_codec(x, "aac", 32_000),
    "MP3 64k": lambda x, r: augment.through_codec(x, "mp3", 64_000),
    "Opus 24k": lambda x, r: augment.through_codec(x, "opus", 24_000),
    "8 kHz": lambda x, r: augment.resampled(x, 8_000),
    "24 kHz": lambda x, r: augment.resampled(x, 24_000),
    "noise 20 dB": lambda x, r: augment.added(x, augment.noise(r, len(x)), 20),
    "noise 10 dB": lambda x, r: augment.added(x, augment.noise(r, len(x)), 10),
    "music 10 dB": lambda x, r: augment.added(x, augment.music(r, len(x)), 10),
    "music 0 dB": lambda x, r: augment.added(x, augment.music(r, len(x)), 0),
    "room 0.4 s": lambda x, r: augment.room(x, r, 0.4),
}


def robustness(source: Path, table: data.Clips, rows: training.Rows, every: int) -> None:
    """AUC of the held-out machines on every n-th clip after what an upload may do to it."""
    _, machines = training.held_out(table, rows)
    logistic, fold = calibration.load(synthetic_voice.LABEL), data.folds(table)
    chosen = np.arange(len(table))[::every]
    clips = [data.decode(source / "voices" / table.file[i])[: data.LONGEST] for i in chosen]
    for name, change in CONDITIONS.items():
        traces = [training.vector(change(x, np.random.default_rng(int(i)))) for i, x in zip(chosen, clips, strict=True)]
        score = np.array([machines[fold[i]].scores(t[None])[0] for i, t in zip(chosen, traces, strict=True)])
        fake = table.fake[chosen]
        p = np.array([logistic.probability(float(s), PRIOR) for s in score])
        rates = f"AUC {figures.auc(score, fake):.3f} EER {figures.eer(score, fake):.1%}"
        print(f"{name}: {rates}; {_in_band(p, fake, *BAND)}", flush=True)


def speed() -> None:
    """Of the shipped network on 100 windows of noise, one thread."""
    network = synthetic_voice.load(1)
    batch = np.random.default_rng(0).normal(0, 0.1, (100, synthetic_voice.WINDOW)).astype(np.float32)
    network.scores(batch[:2])
    started = time.process_time()
    network.scores(batch)
    seconds = batch.size / synthetic_voice.RATE_HZ
    size = synthetic_voice.FILE.stat().st_size / 1e6
    print(f"{seconds / (time.process_time() - started):.0f} times real time; {size:.1f} MB")


def cues(source: Path, table: data.Clips) -> None:
    """AUC of what must not tell anything."""
    found: dict[str, list[float]] = {"loudness": [], "silence": [], "bandwidth": [], "duration": [], "file size": []}
    for file in table.file:
        path = source / "voices" / file
        x = data.decode(path)
        frames = x[: len(x) // 320 * 320].reshape(-1, 320)
        loud = 10 * np.log10((frames**2).mean(axis=1) + 1e-10)
        power = np.cumsum(np.abs(np.fft.rfft(x)) ** 2)
        found["loudness"].append(float(loud.mean()))
        found["silence"].append(float((loud < loud.max() - 40).mean()))
        found["bandwidth"].append(float(np.searchsorted(power, 0.995 * power[-1]) / len(power)))
        found["duration"].append(float(len(x)))
        found["file size"].append(path.stat().st_size / len(x))
    for name, values in found.items():
        value = figures.auc(np.array(values), table.fake)
        print(f"{name}: AUC {max(value, 1 - value):.3f}")


def published(source: Path, table: data.Clips, models: Path, every: int) -> None:
    """AASIST's published weights on every n-th clip, and ours (held out) on the same."""
    from ...nets import aasist

    network, rows = aasist.load("aasist", models), read_scores()
    chosen, score = np.arange(len(table))[::every], []
    for i in chosen:
        x = data.decode(source / "voices" / table.file[i])
        score.append(-float(aasist.scores(network, aasist.windows(x, 1))[0]))
    own, fake = rows["score"][chosen], table.fake[chosen]
    for name in ("all", *data.FAMILIES):
        mine = ~fake | (table.family[chosen] == name) | (name == "all")
        theirs, ours = (figures.eer(np.asarray(s)[mine], fake[mine]) for s in (score, own))
        print(f"{name}: {mine.sum()} clips, AASIST EER {theirs:.1%}, ours {ours:.1%}")
