"""Calibration and the tables of the model card, all from groups of which no row ever trained."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...evaluation.measure import calibration_error
from . import degrade, measure
from .export import fit
from .measure import SEAMS, Track, auc, interval, per_track
from .network import Front, views
from .prepare import Copies

SCORES = Path(__file__).with_name("scores.csv")
PRIOR, LOW, HIGH = 0.1, 0.35, 0.85
"""What the detector `synthetic_face` assumes, and the band of the packs."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Tracks of groups that never trained, crops before clips, and the mean score of each."""

    tracks: list[Track]
    score: NDArray[np.float64]

    def crops(self) -> Answers:
        """Without the clips, which are of the same videos as many of the crops."""
        n = sum(t.row.kind == "crop" for t in self.tracks)
        return Answers(self.tracks[:n], self.score[:n])

    def seams(self) -> Answers:
        """Crops of the families that the network is made for, and of all reals."""
        mine = self.crops()
        kept = [i for i, t in enumerate(mine.tracks) if not t.row.fake or t.row.method in SEAMS]
        return Answers([mine.tracks[i] for i in kept], mine.score[kept])

    def fake(self) -> NDArray[np.bool_]:
        return np.array([t.row.fake for t in self.tracks])


def ask(data: Path, score: measure.Scores) -> Answers:
    """All tracks, scored by the shipped network or by another's."""
    found = [*measure.tracks(data, "crop"), *measure.tracks(data, "clip")]
    return Answers(found, per_track(score, found))


def _weights(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """One over the root of how many tracks a source has, so that large ones do not decide alone."""
    sources = [t.row.source for t in tracks]
    return np.array([sources.count(s) ** -0.5 for s in sources])


def calibrate(answers: Answers) -> dict[str, float]:
    """The row of `calibration.json`; its `auc` is that of swaps and reenactments against reals from video."""
    mine = answers.seams()
    fake, video = mine.fake(), np.array([t.row.from_video for t in mine.tracks])
    row = fit(mine.score, fake, _weights(mine.tracks))
    return {**row, "auc": round(auc(mine.score[fake], mine.score[~fake & video]), 4)}


def write_csv(answers: Answers, file: Path = SCORES) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["file", "label", "method", "group", "score"])
        for t, s in zip(answers.tracks, answers.score, strict=True):
            writer.writerow([t.row.file, t.row.label, t.row.method, t.row.group, f"{s:.4f}"])


def _crossed(answers: Answers) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[Track]]:
    """Log-odds at even prior by calibrators that did not see the source of a track: five parts of the sources."""
    mine = answers.seams()
    score, fake, weight = mine.score, mine.fake(), _weights(mine.tracks)
    names = sorted({t.row.group for t in mine.tracks})
    part = np.array([names.index(t.row.group) % 5 for t in mine.tracks])
    odds = np.zeros(len(score))
    for k in range(5):
        out = part == k
        row = fit(score[~out], fake[~out], weight[~out])
        odds[out] = np.clip(row["slope"] * score[out] + row["offset"], -row["limit"], row["limit"])
    return odds, fake, mine.tracks


def evaluate(answers: Answers) -> str:
    """All tables but those that need pictures changed or networks trained."""
    return "\n\n".join(f(answers) for f in (families, accusations, reliability, groups, cues))


def families(answers: Answers) -> str:
    """AUC of each family; the interval draws sources and identities again, not tracks."""
    lines = ["| family | fakes | reals | AUC per track | 95 % | per generator |", "|---|---|---|---|---|---|"]
    for kind in ("crop", "clip"):
        for name in measure.FAMILIES:
            i = [j for j, t in enumerate(answers.tracks) if t.row.kind == kind and measure.takes(t.row, name)]
            fake = [j for j in i if answers.tracks[j].row.fake]
            real = [j for j in i if not answers.tracks[j].row.fake]
            if not fake or not real:
                continue
            score, rows = answers.score, [t.row for t in answers.tracks]
            by = [rows[j].generator + rows[j].identity for j in fake]
            low, high = measure.bootstrap(
                score[fake], score[real], by, [rows[j].group + rows[j].identity for j in real]
            )
            each = []
            for g in sorted({rows[j].generator for j in fake}):
                mine = [j for j in fake if rows[j].generator == g]
                each.append(f"{g} {auc(score[mine], score[real]):.2f} ({len(mine)})")
            value = auc(score[fake], score[real])
            lines.append(
                f"| {name}, {kind}s | {len(fake)} | {len(real)} | {value:.3f} | {low:.2f} to {high:.2f} | "
                f"{'; '.join(each)} |"
            )
    return "\n".join(lines)


def accusations(answers: Answers) -> str:
    """Reals at or above `high`, reals in the band, fakes found, at the prior of the detector."""
    odds, fake, tracks = _crossed(answers)
    p = 1 / (1 + np.exp(-odds - np.log(PRIOR / (1 - PRIOR))))
    lines = ["| tracks | n | >= 0.85 | 95 % | 0.35 to 0.85 |", "|---|---|---|---|---|"]
    video = np.array([t.row.from_video for t in tracks])
    for name, chosen in (
        ("real", ~fake),
        ("real, from video", ~fake & video),
        ("real, stills", ~fake & ~video),
        ("fake", fake),
    ):
        n, above = int(chosen.sum()), int((p[chosen] >= HIGH).sum())
        low, high = interval(above, n)
        between = float(((p[chosen] >= LOW) & (p[chosen] < HIGH)).mean())
        lines.append(f"| {name} | {n} | {above / n:.2%} | {low:.2%} to {high:.2%} | {between:.2%} |")
    real_p = np.sort(p[~fake])
    top, tenth = real_p[int(0.99 * len(real_p))], real_p[int(0.89 * len(real_p))]
    found, unsure = (p[fake] > top).mean(), ((p[fake] > tenth) & (p[fake] <= top)).mean()
    lines.append("")
    lines.append(
        f"A band of [{tenth:.3f}, {top:.3f}] at this prior accuses 1 % of reals and leaves 10 % open; "
        f"it finds {found:.1%} of fakes and leaves {unsure:.1%} open."
    )
    return "\n".join(lines)


def reliability(answers: Answers, bins: int = 10) -> str:
    """Expected calibration error at even prior, both labels weighing the same, and the table behind it."""
    odds, fake, tracks = _crossed(answers)
    p, w = 1 / (1 + np.exp(-odds)), _weights(tracks)
    w = np.where(fake, 0.5 * w / w[fake].sum(), 0.5 * w / w[~fake].sum())
    which = np.minimum((p * bins).astype(int), bins - 1)
    lines, error = ["| probability | share of tracks | mean | fake | |", "|---|---|---|---|---|"], 0.0
    for b in range(bins):
        i = which == b
        if not i.any():
            continue
        share, said, true = w[i].sum(), np.average(p[i], weights=w[i]), np.average(fake[i], weights=w[i])
        error += share * abs(said - true)
        scale = f"{b / bins:.1f} to {(b + 1) / bins:.1f}"
        lines.append(f"| {scale} | {share:.1%} | {said:.3f} | {true:.3f} | {'#' * round(true * 20)} |")
    chance = chance_errors(p, fake, w, bins)
    mean, tenth = chance.mean(), np.quantile(chance, 0.9)
    title = f"Expected calibration error {error:.3f}; of as few tracks a perfect one has {mean:.3f} on average"
    return "\n".join([f"{title}, one in ten draws over {tenth:.3f}", "", *lines])


def chance_errors(
    p: NDArray[np.float64], fake: NDArray[np.bool_], weight: NDArray[np.float64], bins: int, draws: int = 500
) -> NDArray[np.float64]:
    """(draws,) calibration errors of as many fakes and reals, drawn so that each probability is exactly right."""
    rng, counts = np.random.default_rng(0), (int(fake.sum()), int((~fake).sum()))
    label = np.repeat([True, False], counts)
    chances = [weight * q / (weight * q).sum() for q in (p, 1 - p)]
    found = []
    for _ in range(draws):
        drawn = np.concatenate([rng.choice(p, n, p=chance) for n, chance in zip(counts, chances, strict=True)])
        found.append(calibration_error(drawn, label, bins))
    return np.array(found)


def groups(answers: Answers) -> str:
    """How each group of real faces scores, those accused most first."""
    odds, fake, tracks = _crossed(answers)
    p = 1 / (1 + np.exp(-odds - np.log(PRIOR / (1 - PRIOR))))
    names = sorted({t.row.source for t, f in zip(tracks, fake, strict=True) if not f})
    found = []
    for name in names:
        i = [j for j, t in enumerate(tracks) if not t.row.fake and t.row.source == name]
        found.append((float(np.median(p[i])), name, len(i), float((p[i] >= LOW).mean())))
    lines = ["| reals | tracks | median probability | >= 0.35 |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {n} | {middle:.3f} | {open_:.1%} |" for middle, name, n, open_ in sorted(found, reverse=True)
    ]
    return "\n".join(lines)


def trivial(picture: NDArray[np.uint8]) -> dict[str, float]:
    """What must not tell: sharpness, brightness, saturation, contrast, and the size of the file."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return {
        "sharpness": float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        "brightness": float(grey.mean()),
        "saturation": float(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)[..., 1].mean()),
        "contrast": float(grey.std()),
        "bytes": float(len(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])),
    }


def cues(answers: Answers) -> str:
    """AUC of trivial cues on the very comparisons of `families`, the better of both directions, and of the network.

    Twice: as the set is, and corrected by overlap weights, with how many fakes and reals the weights leave.
    """
    mine = answers.crops()
    seen = [trivial(t.pictures[0]) for t in mine.tracks]
    names = list(seen[0])
    values = np.array([[s[name] for name in names] for s in seen])
    values[:, [names.index("sharpness"), names.index("bytes")]] **= 0.1  # much like a logarithm, and fit for 0
    head = [f"| family | {' | '.join(names)} | network | fakes | reals |", "|---" * (len(names) + 4) + "|"]
    plain, corrected = [*head], [*head]
    for family in measure.FAMILIES:
        i = [j for j, t in enumerate(mine.tracks) if measure.takes(t.row, family)]
        fake, x, score = mine.fake()[i], values[i], mine.score[i]
        for lines, weight in ((plain, np.ones(len(i))), (corrected, overlap(x, fake))):
            found = [weighted_auc(cue, fake, weight) for cue in x.T]
            cells = [f"{max(v, 1 - v):.2f}" for v in found] + [f"{weighted_auc(score, fake, weight):.3f}"]
            cells += [f"{w.sum() ** 2 / (w**2).sum():.0f}" for w in (weight[fake], weight[~fake])]
            lines.append(f"| {family} | {' | '.join(cells)} |")
    return "\n".join([*plain, "", "Corrected, so that these cues tell nothing:", "", *corrected])


def overlap(cues: NDArray[np.float64], fake: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) weights under which the cues (n, k) have the same mean among fakes and reals.

    Each counts by how likely it is, by its cues, of the other label. Source: overlap weights of Li, Morgan and
    Zaslavsky, arXiv:1404.1785.
    """
    from sklearn.linear_model import LogisticRegression

    z = (cues - cues.mean(axis=0)) / (cues.std(axis=0) + 1e-9)
    model = LogisticRegression(class_weight="balanced", max_iter=2000).fit(z, fake)
    likely: NDArray[np.float64] = model.predict_proba(z)[:, 1]
    return np.where(fake, 1 - likely, likely)


def weighted_auc(score: NDArray[Any], fake: NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    """AUC over all pairs of a fake and a real, each pair as heavy as both together."""
    gap = score[fake][:, None] - score[~fake][None]
    return float(np.average((gap > 0) + 0.5 * (gap == 0), weights=weight[fake][:, None] * weight[~fake][None]))


CHANGES: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda x: x,
    "H.264 CRF 23": lambda x: degrade.h264(x, 23),
    "H.264 CRF 32": lambda x: degrade.h264(x, 32),
    "H.264 CRF 40": lambda x: degrade.h264(x, 40),
    "JPEG 50": lambda x: degrade.jpeg(x, 50),
    "half size": lambda x: degrade.resized(x, 0.5),
    "moved by 8 pixels": lambda x: np.roll(x, (8, 8), (0, 1)),
    "blur 1.5": lambda x: cv2.GaussianBlur(x, (0, 0), 1.5),
    "beauty filter": lambda x: degrade.beauty(x, 0.8),
    "overlay": lambda x: degrade.overlay(x, np.random.default_rng(0)),
}


def robustness(tracks: Sequence[Track], score: measure.Scores, most: int = 50) -> str:
    """AUC of each family after each change, on at most `most` fakes and as many reals, drawn evenly."""
    names = measure.FAMILIES
    picked = {name: _thinned([t for t in tracks if measure.takes(t.row, name)], most) for name in names}
    lines = [f"| change | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for change, do in CHANGES.items():
        cells = []
        for name in names:
            changed = [Track(t.row, np.stack([do(p) for p in t.pictures[:3]])) for t in picked[name]]
            found, fake = per_track(score, changed), np.array([t.row.fake for t in changed])
            cells.append(f"{auc(found[fake], found[~fake]):.3f}")
        lines.append(f"| {change} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _thinned(tracks: list[Track], most: int) -> list[Track]:
    kept = []
    for label in (True, False):
        mine = [t for t in tracks if t.row.fake == label]
        kept += [mine[i] for i in np.linspace(0, len(mine) - 1, min(most, len(mine))).astype(int)]
    return kept


def curve(tracks: list[Track], copies: Copies, steps: Sequence[int]) -> str:
    """AUC over the number of groups of real faces that were trained on."""
    order = ["voteview", "facemask", "pixabay", "ecuador"]
    plans = [(", ".join(plan) or "all", [0], plan) for plan in (order[:1], order[:2], order[:4], [])]
    return _trainings(tracks, copies, steps, "groups", plans)


def repeat(tracks: list[Track], copies: Copies, steps: Sequence[int], members: int, times: int = 2) -> str:
    """AUC of the mean of `members` networks, trained `times` more with seeds that the shipped one does not have."""
    seeds = [list(range(members * (k + 1), members * (k + 2))) for k in range(times)]
    plans: list[tuple[str, list[int], list[str]]] = [(f"{s[0]} to {s[-1]}", s, []) for s in seeds]
    return _trainings(tracks, copies, steps, "seeds", plans)


def _trainings(
    tracks: list[Track],
    copies: Copies,
    steps: Sequence[int],
    title: str,
    plans: Sequence[tuple[str, list[int], list[str]]],
) -> str:
    """A line for each plan (name, seeds of which the mean is taken, groups trained on or none for all)."""
    from .train import scores, train

    flat = views(Front(), np.concatenate([t.pictures for t in tracks]))
    ends = np.cumsum([len(t.pictures) for t in tracks])
    lines = [f"| {title} | {' | '.join(measure.FAMILIES)} |", "|---" * (len(measure.FAMILIES) + 1) + "|"]
    for name, seeds, groups in plans:
        found = scores([train(copies, seed, steps, groups) for seed in seeds], flat)
        mean = np.array([part.mean() for part in np.split(found, ends[:-1])])
        cells = []
        for family in measure.FAMILIES:
            i = [j for j, t in enumerate(tracks) if measure.takes(t.row, family)]
            fake = np.array([tracks[j].row.fake for j in i])
            cells.append(f"{auc(mean[i][fake], mean[i][~fake]):.3f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
