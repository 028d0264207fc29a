"""Which label of `checker label` would make a file pass: what it would add is judged together with what was seen.

Only what was found to be AI is ever advised to be labelled. A manifest that has to go is replaced by XMP that says the
same of AI: a label is added to what the file says, never put in its place.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path

from .burn import HEIGHT_RATIO, SECONDS, Text
from .facts import Evidence
from .markings.formats import Format, sniff
from .pipeline import judge
from .policy import Policy
from .report import Report
from .types import Box, Finding, MediaInfo, Observation, Segment, Strength, Verdict

CONTRAST = 17.0
"""Of what `checker.burn` draws."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The smallest label that leaves the fewest findings."""

    label: tuple[str, ...] = ()
    """Options of `checker label`; empty when none helps."""
    toggle: bool = False
    """The platform's AI setting has to be turned on."""
    rest: tuple[Finding, ...] = ()
    """What is in the way of a pass even then; each has its own `fix`."""

    @property
    def drops_manifest(self) -> bool:
        return "--drop-c2pa" in self.label

    def commands(
        self, report: Report, *, packs: Iterable[str] = (), post: Path | None = None, context: Path | None = None
    ) -> tuple[str, ...]:
        """Shell lines: the one that writes the label, and the one that scans the result by the same packs and post."""
        if not self.label:
            return ()
        source = Path(report.path)
        target = next(path for path in _names(source) if not path.exists())
        for name in report.post.sources:
            if post is None and (".post." in name or name.endswith(".info.json")):
                post = source.parent / name
            elif context is None and ".context." in name:
                context = source.parent / name
        given = [("--policy", pack) for pack in packs] + [("--post", post), ("--context", context)]
        again = [word for option, value in given if value for word in (option, str(value))]
        return (
            shlex.join(["checker", "label", str(source), "-o", str(target), *self.label]),
            shlex.join(["checker", "scan", str(target), *again]),
        )


def _names(source: Path) -> Iterator[Path]:
    yield source.with_stem(f"{source.stem}.labelled")
    yield from (source.with_stem(f"{source.stem}.labelled-{i}") for i in count(2))


def suggest(report: Report, policies: Sequence[Policy], *, strict: bool = False, day: date | None = None) -> Fix | None:
    """What would make the file of this report pass these packs; None when it passes or could not be examined."""
    if report.verdict in (Verdict.PASS, Verdict.ERROR) or report.media is None:
        return None
    used = report.facts.get("ai.used")
    ai = used is not None and used.value is True
    labels = [(), *(_labels(report, sniff(Path(report.path))) if ai else ())]
    fixes = []
    for toggle in (False, True) if ai and report.post.ai_declared is not True else (False,):
        for label in labels:
            after = judge(report.path, _after(report, label, toggle), policies, strict=strict, day=day, explain=False)
            fixes.append(Fix(label, toggle, _open(after)))
    return min(fixes, key=lambda fix: (len(fix.rest), fix.toggle, len(fix.label)))


def _open(report: Report) -> tuple[Finding, ...]:
    return tuple(f for j in report.judgements for f in j.findings if f.counts and f.verdict is not Verdict.PASS)


def _labels(report: Report, format: Format) -> Iterable[tuple[str, ...]]:
    """Options of `checker label` that can be used on such a file, in all combinations."""
    assert report.media is not None
    text = Text().text
    texts: list[tuple[str, ...]] = [()]
    if report.media.kind == "video":
        texts += [("--text", text), ("--text", text, "--throughout")]
    tags = format.family in ("iso", "riff") and not format.mime.startswith("image/")
    xmps: list[tuple[str, ...]] = [(), ("--xmp",)] if tags else [()]
    aigcs: list[tuple[str, ...]] = [()]
    if tags or format.mime in ("video/x-matroska", "video/x-flv"):
        aigcs += [("--aigc", "PRODUCER")]
    level = _manifest(report)
    for written in ((*t, *x, *a) for t in texts for x in xmps for a in aigcs):
        if not written or (level and "--xmp" not in written):
            continue
        part = ("--source-type", "compositeWithTrainedAlgorithmicMedia") if level == "partial" else ()
        yield (*written, *(part if "--xmp" in written else ()), *(("--drop-c2pa",) if level else ()))


def _manifest(report: Report) -> str:
    """What the manifest says of AI; empty when there is none to be lost."""
    seen = [o.value for o in report.observations if o.kind == "c2pa"]
    there = [v for v in seen if v.get("state") not in ("absent", "cannot_carry")]
    return str(there[0].get("ai")) if there else ""


def _after(report: Report, label: tuple[str, ...], toggle: bool) -> Evidence:
    """What a scan of the labelled file would see, everything else being as it is."""
    assert report.media is not None
    seen = [o for o in report.observations if o.kind != "c2pa" or "--drop-c2pa" not in label]
    post = replace(report.post, ai_declared=True) if toggle else report.post
    return Evidence(report.media, post, (*seen, *_written(label, report.media)), report.runs)


def _written(label: tuple[str, ...], media: MediaInfo) -> Iterator[Observation]:
    if "--drop-c2pa" in label:
        yield Observation("fix/c2pa", "c2pa", {"state": "absent", "ai": "none"}, strength=Strength.PROVEN)
    if "--xmp" in label:
        term = "trainedAlgorithmicMedia" if "--source-type" not in label else label[label.index("--source-type") + 1]
        yield Observation("fix/xmp", "xmp", {"digital_source_type": term, "ai": True}, strength=Strength.DECLARED)
    if "--aigc" in label:
        value = {"label": 1, "producer": label[label.index("--aigc") + 1], "valid": True, "deviations": []}
        yield Observation("fix/aigc", "aigc", value, strength=Strength.PROVEN)
    if "--text" in label:
        shown_s = media.duration_s if "--throughout" in label else min(SECONDS, media.duration_s)
        quote = label[label.index("--text") + 1]
        segment, box = Segment(0.0, shown_s), Box(0.4, 0.03, 0.6, 0.09)
        value = {"text": quote, "height_ratio": HEIGHT_RATIO, "contrast": CONTRAST, "score": 1.0}
        yield Observation("fix/text", "screen_text", value, segment=segment, box=box)
        said = {"where": "screen", "quote": quote, "language": "en", "denied": False, "of": "fix/text"}
        yield Observation("fix/label", "ai_label", said, strength=Strength.DECLARED, segment=segment)
