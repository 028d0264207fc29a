"""Calibration and the tables of the model card, from networks of every fold on what each of them never saw."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from . import degrade, measure
from .export import fit
from .measure import Track, auc, interval, per_track
from .network import FaceNet, Front, views
from .rows import FOLDS, Fold, Row, fold

SCORES = Path(__file__).with_name("scores.csv")
PRIOR, LOW, HIGH = 0.1, 0.35, 0.85
"""What the detector `synthetic_face` assumes, and the band of the packs."""
Networks = Callable[[str], Sequence[FaceNet]]


@dataclass(frozen=True, slots=True)
class Answers:
    """Tracks, and what the networks of each fold say of them, seen or not."""

    tracks: list[Track]
    by_fold: dict[str, NDArray[np.float64]]

    def unseen(self) -> NDArray[np.float64]:
        """(n,) score of each track by networks that saw neither its source nor its generator."""
        folds = [measure.answers_for(t.row) for t in self.tracks]
        return np.array([np.nan if f is None else self.by_fold[f.name][i] for i, f in enumerate(folds)])

    def asked(self, kind: str = "crop") -> list[int]:
        """Which tracks have such a score; crops and clips are of the same videos."""
        return [i for i, t in enumerate(self.tracks) if t.row.kind == kind and measure.answers_for(t.row) is not None]


def ask(
    data: Path, networks: Networks, kinds: Sequence[str] = ("crop", "clip"), folds: Sequence[Fold] = FOLDS
) -> Answers:
    found = [t for kind in kinds for t in measure.tracks(data, kind)]
    flat = views(Front(), np.concatenate([t.pictures for t in found]))
    return Answers(found, {f.name: _means(found, flat, networks(f.name)) for f in folds})


def _means(found: Sequence[Track], flat: Any, networks: Sequence[FaceNet]) -> NDArray[np.float64]:
    from .train import scores

    ends = np.cumsum([len(t.pictures) for t in found])
    return np.array([p.mean() for p in np.split(scores(list(networks), flat), ends[:-1])], np.float64)


def _weights(tracks: Sequence[Track]) -> NDArray[np.float64]:
    """One over the root of how many tracks a source has, so that large ones do not decide alone."""
    sources = [t.row.source for t in tracks]
    return np.array([sources.count(s) ** -0.5 for s in sources])


def calibrate(answers: Answers) -> dict[str, float]:
    """The row of `calibration.json`, from crops that the networks asked had not seen; clips are the same videos."""
    kept = answers.asked()
    tracks = [answers.tracks[i] for i in kept]
    return fit(answers.unseen()[kept], np.array([t.row.fake for t in tracks]), _weights(tracks))


def write_csv(answers: Answers, file: Path = SCORES) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["file", "label", "method", "group", "score"])
        score = answers.unseen()
        for i in [*answers.asked("crop"), *answers.asked("clip")]:
            t, s = answers.tracks[i], score[i]
            writer.writerow([t.row.file, t.row.label, t.row.method, t.row.group, f"{s:.4f}"])


def _crossed(answers: Answers) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[Track]]:
    """Log-odds at even prior by calibrators that did not see the group of a track: five parts of the groups."""
    kept = answers.asked()
    tracks = [answers.tracks[i] for i in kept]
    score, fake, weight = answers.unseen()[kept], np.array([t.row.fake for t in tracks]), _weights(tracks)
    groups = sorted({t.row.group for t in tracks})
    part = np.array([groups.index(t.row.group) % 5 for t in tracks])
    odds = np.zeros(len(tracks))
    for k in range(5):
        out = part == k
        row = fit(score[~out], fake[~out], weight[~out])
        odds[out] = np.clip(row["slope"] * score[out] + row["offset"], -row["limit"], row["limit"])
    return odds, fake, tracks


def evaluate(data: Path, networks: Networks) -> str:
    answers = ask(data, networks)
    return "\n\n".join((families(answers), accusations(answers), reliability(answers), groups(answers), cues(answers)))


def families(answers: Answers) -> str:
    """AUC of each family against reals that its networks had not seen; the interval draws sources again."""
    lines = [
        "| family | networks | fakes | reals | AUC per track | 95 % | per generator |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind in ("crop", "clip"):
        for family in measure.families():
            score = answers.by_fold[family.fold.name]
            i = [j for j, t in enumerate(answers.tracks) if t.row.kind == kind and family.takes(t.row)]
            fake = [j for j in i if answers.tracks[j].row.fake]
            real = [j for j in i if not answers.tracks[j].row.fake]
            if not fake or not real:
                continue
            by = [answers.tracks[j].row.generator + answers.tracks[j].row.group for j in fake]
            low, high = measure.bootstrap(score[fake], score[real], by, [answers.tracks[j].row.group for j in real])
            each = []
            for g in sorted({answers.tracks[j].row.generator for j in fake}):
                mine = [j for j in fake if answers.tracks[j].row.generator == g]
                each.append(f"{g} {auc(score[mine], score[real]):.2f} ({len(mine)})")
            lines.append(
                f"| {family.method}, {kind}s | {family.fold.name} | {len(fake)} | {len(real)} | "
                f"{auc(score[fake], score[real]):.3f} | {low:.2f} to {high:.2f} | {'; '.join(each)} |"
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
    return "\n".join([f"Expected calibration error {error:.3f}", "", *lines])


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
    """AUC of trivial cues on the very comparisons of `families`; the worse of both directions."""
    seen = {i: trivial(t.pictures[0]) for i, t in enumerate(answers.tracks) if t.row.kind == "crop"}
    names = list(next(iter(seen.values())))
    lines = [f"| family | {' | '.join(names)} | the network |", "|---" * (len(names) + 2) + "|"]
    for family in measure.families():
        i = [j for j in seen if family.takes(answers.tracks[j].row)]
        fake = np.array([answers.tracks[j].row.fake for j in i])
        cells = []
        for name in names:
            values = np.array([seen[j][name] for j in i])
            value = auc(values[fake], values[~fake])
            cells.append(f"{max(value, 1 - value):.2f}")
        score = answers.by_fold[family.fold.name][i]
        lines.append(f"| {family.method} | {' | '.join(cells)} | {auc(score[fake], score[~fake]):.2f} |")
    return "\n".join(lines)


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


def robustness(data: Path, networks: Networks, most: int = 150) -> str:
    """AUC of each family after each change, on at most `most` fakes and as many reals, drawn evenly."""
    front = Front()
    all_tracks = measure.tracks(data)
    picked = {f.method: _thinned([t for t in all_tracks if f.takes(t.row)], most) for f in measure.families()}
    asked = {f.method: networks(f.fold.name) for f in measure.families()}
    names = [f.method for f in measure.families()]
    lines = [f"| change | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for change, do in CHANGES.items():
        cells = []
        for name in names:
            tracks = picked[name]
            flat = views(front, np.stack([do(p) for t in tracks for p in t.pictures[:3]]))
            short = [Track(t.row, t.pictures[:3]) for t in tracks]
            score, fake = _means(short, flat, asked[name]), np.array([t.row.fake for t in tracks])
            cells.append(f"{auc(score[fake], score[~fake]):.3f}")
        lines.append(f"| {change} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _thinned(tracks: list[Track], most: int) -> list[Track]:
    kept = []
    for label in (True, False):
        mine = [t for t in tracks if t.row.fake == label]
        kept += [mine[i] for i in np.linspace(0, len(mine) - 1, min(most, len(mine))).astype(int)]
    return kept


def score_with(data: Path, score: measure.Scores) -> str:
    """AUC per family of any scorer of crops, such as another's network, that has seen none of the data."""
    tracks = measure.tracks(data)
    found = per_track(score, tracks)
    return families(Answers(tracks, {f.name: found for f in FOLDS}))


def curve(data: Path, copies: Any, steps: int) -> str:
    """AUC over the number of generators and of groups of reals that were trained on."""
    from .train import train

    held = "StyleGAN|AniTalker|DreamTalk", "SFHQ-T2I|FLUX|DynamiCrafter|AnimateDiff"
    reals = sorted({r.group for r in copies.rows if not r.fake})
    plans = [
        ("no generator, all reals", Fold("all", ".", ())),
        ("GAN and animated stills, all reals", Fold("all", held[1], ())),
        ("diffusion, all reals", Fold("all", held[0], ())),
        (
            "all generators, two groups of reals",
            Fold("all", "", tuple(r for r in reals if r not in ("pixabay", "ecuador"))),
        ),
        (
            "all generators, four groups of reals",
            Fold("all", "", tuple(r for r in reals if r not in ("pixabay", "ecuador", "voteview", "facemask"))),
        ),
        ("all", fold("all")),
    ]
    tracks = [t for t in measure.tracks(data) if not t.row.trains]
    flat = views(Front(), np.concatenate([t.pictures for t in tracks]))
    names = [f.method for f in measure.families()]
    lines = [f"| trained on | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for told, plan in plans:
        score = _means(tracks, flat, [train(copies, plan, 0, steps)])
        cells = []
        for family in measure.families():
            i = [j for j, t in enumerate(tracks) if _never(t.row, family.method, family.video)]
            fake = np.array([tracks[j].row.fake for j in i], bool)
            cells.append(f"{auc(score[i][fake], score[i][~fake]):.3f}" if fake.any() else "")
        lines.append(f"| {told} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _never(row: Row, method: str, video: bool) -> bool:
    return row.method == method if row.fake else row.from_video == video
