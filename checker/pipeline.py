"""The one path of one file: media and post -> observations -> facts -> judgements -> report."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path

from . import facts, pictures
from .detector import Detector, Incomplete, Settings
from .errors import CheckerError, DetectorUnavailable, MediaError, UsageError
from .facts import FACTS, Evidence
from .media import Media
from .policy import Policy, evaluate, load_policy
from .post import Post, read_post
from .registry import detectors, select
from .report import Report
from .types import DetectorRun, Fact, Judgement, MediaInfo, Observation, RunStatus, Verdict

logger = logging.getLogger(__name__)


class Scanner:
    """Judges files by policy packs; loads each detector once, however many files follow.

    Without a pack it only looks, for `kinds` of observation (`look`).

    Raises:
        UsageError: A pack is wrong, or requires a detector that is not installed.
    """

    def __init__(
        self,
        policies: Iterable[str | Path | Policy] = ("tiktok",),
        settings: Settings | None = None,
        *,
        strict: bool = False,
        day: date | None = None,
        plugins: bool = True,
        kinds: Iterable[str] = (),
    ) -> None:
        self.policies = tuple(p if isinstance(p, Policy) else load_policy(p) for p in policies)
        asked = frozenset(kinds)
        if not self.policies and not asked:
            raise UsageError("no policy to judge by; name one with `--policy`")
        self.settings = settings or Settings()
        self.strict, self.day = strict, day
        read = FACTS.kinds(name for policy in self.policies for name in policy.facts) | asked
        required = {name for policy in self.policies for name in policy.requires}
        self.detectors: dict[str, Detector] = {
            name: cls() for name, cls in select(read, required, plugins=plugins).items()
        }
        if not self.policies:
            needed = asked.union(*(d.needs for d in self.detectors.values()))
            self.settings = replace(self.settings, kinds=needed)
        self._unavailable: dict[str, str] = {}
        self._loaded: set[str] = set()

    def load(self) -> Mapping[str, str]:
        """Load all weights now rather than at the first file; which detectors are unavailable, and why."""
        for name in self.detectors:
            self._load(name)
        return dict(self._unavailable)

    def scan(self, path: str | Path, *, post: Path | None = None, context: Path | None = None) -> Report:
        """Examine one file. A file that cannot be examined gives a report with verdict `error`.

        Raises:
            UsageError: A sidecar is wrong.
        """
        path = Path(path)
        said = read_post(path, post=post, context=context)
        try:
            evidence = self.look(path, said)
        except MediaError as error:
            return Report(str(path), Verdict.ERROR, post=said, error=str(error), error_code=error.exit_code)
        return judge(str(path), evidence, self.policies, strict=self.strict, day=self.day)

    def look(self, path: str | Path, post: Post | None = None) -> Evidence:
        """What the detectors see in one file, unjudged.

        Raises:
            MediaError: The file cannot be examined.
        """
        said = post or Post()
        with Media.open(path) as media:
            observations, runs = self._look(media, said)
            if self.settings.evidence is not None:
                observations = self._picture(media, observations)
            return Evidence(_info(media), said, observations, runs)

    def _picture(self, media: Media, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
        assert self.settings.evidence is not None
        try:
            return pictures.write(self.settings.evidence, media.sha256, observations, media.samples)
        except OSError as error:
            raise UsageError(f"evidence cannot be written to `{self.settings.evidence}`: {error}") from error

    def _look(self, media: Media, post: Post) -> tuple[tuple[Observation, ...], tuple[DetectorRun, ...]]:
        """Run every detector as soon as those it needs are done, two at a time: picture and sound side by side."""
        seen: dict[str, list[Observation]] = {}
        runs: dict[str, DetectorRun] = {}
        sorter = TopologicalSorter(
            {
                n: {m for m, other in self.detectors.items() if m != n and other.emits & d.needs}
                for n, d in self.detectors.items()
            }
        )
        sorter.prepare()
        with ThreadPoolExecutor(3) as pool:
            decoded = pool.submit(self._decode, media)
            pending: dict[Future[tuple[list[Observation], DetectorRun]], str] = {}
            while sorter.is_active():
                for name in sorter.get_ready():
                    needs = self.detectors[name].needs
                    prior = [o for n in self.detectors if n in seen for o in seen[n] if o.kind in needs]
                    pending[pool.submit(self._run, name, media, post, prior, decoded)] = name
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    name = pending.pop(future)
                    seen[name], runs[name] = future.result()
                    sorter.done(name)
            media_run = decoded.result()
        ordered = [n for n in self.detectors if n in runs]
        return tuple(o for n in ordered for o in seen[n]), (media_run, *(runs[n] for n in ordered))

    def _decode(self, media: Media) -> DetectorRun:
        looking = [d for d in self.detectors.values() if d.applies_to(media)]
        hz = max((d.frames_hz for d in looking), default=0.0)
        started = time.perf_counter()
        if hz or any(d.audio for d in looking):
            media.decode(frames_hz=hz, audio=any(d.audio for d in looking), threads=self.settings.threads)
        return DetectorRun(
            "media", "1", RunStatus.OK, media.limit, seconds=time.perf_counter() - started, complete=not media.limit
        )

    def _run(
        self, name: str, media: Media, post: Post, prior: Sequence[Observation], decoded: Future[DetectorRun]
    ) -> tuple[list[Observation], DetectorRun]:
        """One detector over one file; a detector that breaks takes nobody with it."""
        detector = self.detectors[name]
        run = DetectorRun(
            name,
            detector.version,
            RunStatus.OK,
            emits=tuple(sorted(detector.emits)),
            needs=tuple(sorted(detector.needs)),
        )
        if not detector.applies_to(media):
            lacking = "sound" if detector.audio else "picture"
            return [], replace(run, status=RunStatus.NOT_APPLICABLE, reason=f"the file has no {lacking}")
        if reason := self._load(name):
            return [], replace(run, status=RunStatus.UNAVAILABLE, reason=reason)
        decoded.result()  # so that nobody's seconds hold the decoding
        seen: list[Observation] = []
        started = time.perf_counter()
        try:
            seen.extend(detector.detect(media, post, prior))
        except Incomplete as error:
            run = replace(run, reason=str(error), complete=not error.hole)
        except DetectorUnavailable as error:
            return [], replace(run, status=RunStatus.UNAVAILABLE, reason=str(error))
        except Exception as error:  # the one guard: a detector must not take the others down
            logger.warning("detector `%s` failed on `%s`", name, media.path, exc_info=True)
            return [], replace(run, status=RunStatus.FAILED, reason=f"{type(error).__name__}: {error}")
        if media.limit and (detector.frames_hz or detector.audio):
            run = replace(run, reason=run.reason or media.limit, complete=False)
        return seen, replace(run, weights=detector.used_weights(), seconds=time.perf_counter() - started)

    def _load(self, name: str) -> str:
        """Load a detector once; why it is unavailable, or an empty string."""
        if name not in self._loaded:
            try:
                self.detectors[name].load(self.settings)
            except CheckerError as error:
                self._unavailable[name] = str(error)
            except Exception as error:  # the same guard, one stage earlier
                logger.warning("detector `%s` could not be loaded", name, exc_info=True)
                self._unavailable[name] = f"could not be loaded: {type(error).__name__}: {error}"
            self._loaded.add(name)
        return self._unavailable.get(name, "")


def judge(
    path: str,
    evidence: Evidence,
    policies: Sequence[Policy],
    *,
    strict: bool = False,
    day: date | None = None,
    explain: bool = True,
) -> Report:
    """Apply packs to evidence that is at hand: the last leg of a scan, and all of `checker judge`.

    With `explain` false, findings carry their outcome alone: for very many reports.
    """
    evidence = replace(evidence, runs=(*evidence.runs, *_not_run(evidence, {n for p in policies for n in p.requires})))
    judgements: list[Judgement] = []
    table: Mapping[str, Fact] = {}
    for policy in policies:
        known = facts.derive(evidence, bands=policy.bands, requires=policy.requires, strict=strict, day=day)
        judgements.append(evaluate(policy, known, date=day, explain=explain))
        table = table or known.table
    verdict = max((j.verdict for j in judgements), key=lambda v: v.rank)
    return Report(
        path, verdict, evidence.media, evidence.post, evidence.runs, evidence.observations, table, tuple(judgements)
    )


def _not_run(evidence: Evidence, required: Iterable[str]) -> Iterable[DetectorRun]:
    """A required look that these stored observations never had is a hole, not a "saw nothing"."""
    missing = sorted(set(required) - {run.detector for run in evidence.runs})
    found = detectors() if missing else {}
    for name in missing:
        emits, needs = (
            (tuple(sorted(found[name].emits)), tuple(sorted(found[name].needs))) if name in found else ((), ())
        )
        reason = "was not run when the file was scanned; scan it again"
        yield DetectorRun(name, "", RunStatus.UNAVAILABLE, reason, emits=emits, needs=needs)


def scan(
    path: str | Path,
    policies: Iterable[str | Path | Policy] = ("tiktok",),
    *,
    post: Path | None = None,
    context: Path | None = None,
    settings: Settings | None = None,
    strict: bool = False,
    day: date | None = None,
) -> Report:
    """Examine one file by these packs. For many files keep a `Scanner`, which loads its weights once.

    Raises:
        UsageError: A pack or a sidecar is wrong.
    """
    return Scanner(policies, settings, strict=strict, day=day).scan(path, post=post, context=context)


def _info(media: Media) -> MediaInfo:
    video, audio = media.video, media.audio
    return MediaInfo(
        path=str(media.path),
        sha256=media.sha256,
        size_bytes=media.size_bytes,
        kind=media.kind,
        container=media.container,
        duration_s=media.duration_s,
        width=video.width if video else 0,
        height=video.height if video else 0,
        frame_rate_hz=video.frame_rate_hz if video else 0.0,
        video_codec=video.codec if video else "",
        audio_codec=audio.codec if audio else "",
        decode_errors=media.decode_errors,
        limit=media.limit,
    )


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
