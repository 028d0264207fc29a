"""`checker scan`: files and folders in, reports out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, guard

if TYPE_CHECKING:
    from ..detector import Settings
    from ..pipeline import Scanner
    from ..policy import Policy
    from ..report import Report

DEFAULT = ("tiktok",)
"""Packs, where none is named."""


class Format(StrEnum):
    """Report formats."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    junit = "junit"
    sarif = "sarif"


class FailOn(StrEnum):
    """From which verdict on the exit code says so."""

    flag = "flag"
    reject = "reject"


class Profile(StrEnum):
    """How densely to look."""

    fast = "fast"
    default = "default"
    full = "full"


People = Annotated[
    list[Path] | None,
    typer.Option(help="More people to recognise in words: CSV, Wikidata JSON, or `people import`; repeatable."),
]
TrustList = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="PEM file of C2PA trust anchors of your own.")
]
Calibration = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="File of `checker calibrate`.")]
Evidence = Annotated[
    Path | None, typer.Option(file_okay=False, help="Keep pictures of judged faces and voices in this folder.")
]
Speech = Annotated[
    str, typer.Option(help="Engine that writes down speech: whisper, pocketsphinx or a plug-in's. [default: the best]")
]


@guard
def scan(
    paths: Annotated[
        list[str], typer.Argument(help="Videos, sound files, images, folders or globs.", metavar="PATH...")
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", "-p", help="Id of a shipped pack or a YAML file; repeatable. [default: tiktok]"),
    ] = None,
    post: Annotated[Path | None, typer.Option(help="Post metadata, instead of the sidecar beside the file.")] = None,
    context: Annotated[Path | None, typer.Option(help="Declaration file: consent, artistic, whose likeness.")] = None,
    gallery: Annotated[Path | None, typer.Option(envvar="CHECKER_GALLERY", help="Enrolled people.")] = None,
    people: People = None,
    models: Annotated[Path | None, typer.Option(envvar="CHECKER_MODELS", help="Folder of pulled weights.")] = None,
    trust_list: TrustList = None,
    calibration: Calibration = None,
    evidence: Evidence = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="Report format.")] = Format.text,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the report here, not to stdout.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Worker processes.")] = 1,
    strict: Annotated[
        bool, typer.Option("--strict", help="Every detector is required: what could not look is unknown.")
    ] = False,
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 10 or 20 from this verdict on.")] = FailOn.flag,
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Judge as of this day.")] = None,
    profile: Annotated[Profile, typer.Option(help="How densely to look.")] = Profile.default,
    speech: Speech = "",
    fix: Annotated[
        bool, typer.Option("--fix", help="Tell on stderr which `checker label` command would make it pass.")
    ] = False,
) -> None:
    """Say pass, flag or reject of each file, with evidence and the clause behind it.

    Sidecars beside `clip.mp4` are found: clip.post.json|yaml, clip.info.json (yt-dlp), clip.srt|vtt,
    clip.context.yaml.

    Exit codes: 0 pass, 10 flag, 20 reject, 1 a bug, 2 usage or policy error, 3 no inputs, 4 some input could not be
    examined.

    Examples:

      checker scan clip.mp4

      checker scan clips/ --policy tiktok --policy eu-ai-act --format jsonl --jobs 2 > reports.jsonl

      checker scan ad.mp4 --post post.yaml --gallery people.gallery --format json
    """
    from .. import calibration as fits
    from .. import load_policy
    from ..batch import find, scan_all
    from ..detector import Settings
    from ..detectors.speech import engines
    from ..errors import UsageError
    from ..pipeline import cores

    files = find(paths)
    if speech and speech not in engines():
        raise UsageError(f"no speech engine `{speech}`; there are {', '.join(engines())}")
    fits.rows(calibration)  # a file that is none fails here, not in every detector
    settings = Settings(
        models=models,
        people=tuple(people or ()),
        profile=profile.value,
        speech=speech,
        trust_list=trust_list,
        calibration=calibration,
        evidence=evidence,
    )
    packs, on = tuple(policy or DEFAULT), day.date() if day else None
    make = partial(_scanner, packs, gallery, settings, strict, on)
    advise = partial(_advise, {p: load_policy(p) for p in packs}, strict, on, post, context) if fix else None
    reports = _progress(scan_all(files, make, jobs=min(jobs, max(1, cores() * 2)), post=post, context=context), files)
    raise typer.Exit(_write(reports, format.value, output, fail_on, advise))


def _scanner(
    policies: tuple[str, ...], gallery: Path | None, settings: Settings, strict: bool, day: date | None
) -> Scanner:
    """Made in the process that scans: a gallery and what is loaded do not travel."""
    from ..gallery import Gallery
    from ..pipeline import Scanner

    if gallery is not None:
        settings = replace(settings, gallery=Gallery.open(gallery))
    return Scanner(policies, settings, strict=strict, day=day)


def _progress(reports: Iterable[Report], files: list[Path]) -> Iterator[Report]:
    """A bar on stderr while there is somebody to look at it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"scanning {files[0].name}", total=len(files))
        for i, report in enumerate(reports, 1):
            bar.update(task, completed=i, description=f"scanned {Path(report.path).name}")
            yield report


def _write(
    reports: Iterable[Report],
    format: str,
    output: Path | None,
    fail_on: FailOn,
    advise: Callable[[Report], None] | None = None,
) -> int:
    """Write the reports as they come; the exit code of the whole."""
    from .. import report as formats

    seen: list[tuple[str, int]] = []

    def watch() -> Iterator[Report]:
        for report in reports:
            seen.append((report.verdict.value, report.error_code))
            yield report
            if advise is not None:
                file.flush()
                advise(report)

    with output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout) as file:
        formats.write(watch(), file, format)
    return exit_code(seen, fail_on)


def _advise(
    packs: Mapping[str, Policy], strict: bool, day: date | None, post: Path | None, context: Path | None, report: Report
) -> None:
    """Say on stderr what would make the file pass."""
    from ..fix import suggest

    fix = suggest(report, tuple(packs.values()), strict=strict, day=day)
    if fix is None:
        return
    lines = [f"to make {report.path} pass:"]
    named = () if tuple(packs) == DEFAULT else tuple(packs)
    if fix.toggle:
        lines.append("  turn on the platform's AI-generated setting, and say so in the sidecar file")
    if commands := fix.commands(report, packs=named, post=post, context=context):
        lines += [f"  {command}" for command in commands]
    if fix.drops_manifest:
        lines.append(
            "  (the label replaces its C2PA manifest; sign anew with `--c2pa --cert FILE --key FILE` to keep it)"
        )
    if fix.rest and (fix.toggle or fix.label):
        lines.append("  and besides, which no label can do:")
    lines += [f"  - {finding.rule}: {finding.fix or finding.title}" for finding in fix.rest]
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def exit_code(seen: list[tuple[str, int]], fail_on: FailOn = FailOn.flag) -> int:
    """20 if anything is rejected, else 4 if something could not be examined (one file: its own code), else 10 or 0."""
    verdicts = {verdict for verdict, _ in seen}
    if "reject" in verdicts:
        return 20
    if "error" in verdicts:
        return seen[0][1] if len(seen) == 1 else 4
    return 10 if "flag" in verdicts and fail_on is FailOn.flag else 0
