"""Report formats: each module writes reports to an open text file with `write(reports, file)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TextIO

from ..post import Post
from ..types import DetectorRun, Fact, Judgement, MediaInfo, Observation, RunStatus, Verdict

FORMATS = ("text", "json", "jsonl", "csv", "junit", "sarif")


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one scan found out about one file, and what the packs say of it."""

    path: str
    verdict: Verdict
    """The worst of the packs' verdicts; `error` when the file could not be examined."""
    media: MediaInfo | None = None
    post: Post = field(default_factory=Post)
    runs: tuple[DetectorRun, ...] = ()
    observations: tuple[Observation, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """As the first pack reads them."""
    judgements: tuple[Judgement, ...] = ()
    error: str = ""
    """Why the file could not be examined."""
    error_code: int = 4
    """Exit code of that error."""

    @property
    def not_checked(self) -> tuple[tuple[str, str], ...]:
        """``(what, why)`` of every look that was not made or not made completely."""
        holes = [
            (run.detector, run.reason or run.status.value)
            for run in self.runs
            if not run.looked or (run.status is RunStatus.OK and run.reason)
        ]
        holes += [("transcript", why) for why in self._weak_ears()]
        if self.media is not None and not self.post.sources:
            holes.append(("post", "no sidecar beside the file: caption and toggles are unknown"))
        return tuple(holes)

    def _weak_ears(self) -> Iterable[str]:
        """Engines that get at most every other word right, even at their best here."""
        best: dict[str, float] = {}
        for o in self.observations:
            if o.kind == "utterance":
                best[o.value["source"]] = max(o.confidence, best.get(o.value["source"], 0.0))
        for source, sure in best.items():
            if sure <= 0.5:
                yield (
                    f"heard by {source}, which gets about {sure * 100:.0f} % of the words right; give subtitles, or "
                    "weights of whisper (`checker models list`)"
                )


def write(reports: Iterable[Report], file: TextIO, format: str = "text") -> None:
    """Write in one of `FORMATS`."""
    import_module(f"checker.report.{format}").write(reports, file)
