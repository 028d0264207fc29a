"""Many files: find them, scan them in worker processes that load their weights once, lose none of them.

A file that cannot be examined, a sidecar that is wrong and a worker that dies each give a report with verdict
`error`; the rest go on.
"""

from __future__ import annotations

import glob
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from .errors import CheckerError, NoInputError
from .pipeline import Scanner, cores
from .report import Report
from .types import Verdict

SUFFIXES = frozenset(
    ".mp4 .m4v .mov .webm .mkv .avi .flv .ts .mts .mpg .mpeg .3gp .wmv .m4a .mp3 .wav .flac .ogg .opus .aac "
    ".png .jpg .jpeg .webp .gif .bmp .tif .tiff .heic .avif".split()
)
"""What a folder is searched for; a file that is named is scanned whatever its name."""


def find(paths: Iterable[str | Path]) -> list[Path]:
    """Files, the media files below folders, and matches of globs, each once, in order.

    Raises:
        NoInputError: There are none.
    """
    paths = list(paths)
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            below = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            found |= dict.fromkeys(
                p for p in below if not any(part.startswith(".") for part in p.relative_to(path).parts)
            )
        elif not path.exists() and glob.has_magic(str(path)):
            found |= dict.fromkeys(Path(p) for p in sorted(glob.glob(str(path), recursive=True)) if Path(p).is_file())
        else:
            found[path] = None  # a name that does not exist gets its own error report
    if not found:
        raise NoInputError(f"no media file in {', '.join(f'`{p}`' for p in paths)}")
    return list(found)


def scan_all(
    paths: Sequence[Path],
    make: Callable[[], Scanner],
    *,
    jobs: int = 1,
    post: Path | None = None,
    context: Path | None = None,
) -> Iterator[Report]:
    """Reports as they are done; with one job in order, with several in the order in which they finish.

    `make` builds the scanner; with several jobs it has to be picklable and runs once in each worker.
    """
    if jobs <= 1 or len(paths) == 1:
        scanner = make()
        for path in paths:
            yield _scan(scanner, path, post, context)
    else:
        yield from _in_workers(paths, make, min(jobs, len(paths)), post, context)


def _scan(scanner: Scanner, path: Path, post: Path | None, context: Path | None) -> Report:
    try:
        return scanner.scan(path, post=post, context=context)
    except CheckerError as error:  # a wrong sidecar: this file's fault, not the run's
        return Report(str(path), Verdict.ERROR, error=str(error), error_code=error.exit_code)


_worker: Scanner | None = None


def _start(make: Callable[[], Scanner], threads: int) -> None:
    global _worker
    _worker = make()
    _worker.settings = replace(_worker.settings, threads=threads)


def _work(path: Path, post: Path | None, context: Path | None) -> Report:
    assert _worker is not None
    report = _scan(_worker, path, post, context)
    return replace(report, observations=tuple(replace(o, data=None) for o in report.observations))


def _in_workers(
    paths: Sequence[Path], make: Callable[[], Scanner], jobs: int, post: Path | None, context: Path | None
) -> Iterator[Report]:
    """When a worker dies each file that it may have held is tried once more, in a pool of its own."""
    make()  # a wrong policy fails here, once, rather than in every worker
    threads = max(1, cores() // jobs)
    waiting = deque(paths)
    while waiting:
        suspects: list[Path] = []
        pending: dict[Future[Report], Path] = {}
        with _pool(jobs, make, threads) as pool:
            while pending or (waiting and not suspects):
                while waiting and len(pending) < jobs and not suspects:  # no more than are worked on: few suspects
                    path = waiting.popleft()
                    try:
                        pending[pool.submit(_work, path, post, context)] = path
                    except BrokenProcessPool:  # it broke between two looks at it
                        suspects.append(path)
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    path = pending.pop(future)
                    if isinstance(future.exception(), BrokenProcessPool):
                        suspects.append(path)
                    else:
                        yield _result(future, path)
        for path in suspects:
            with _pool(1, make, threads) as pool:
                yield _result(pool.submit(_work, path, post, context), path)


def _pool(jobs: int, make: Callable[[], Scanner], threads: int) -> ProcessPoolExecutor:
    # spawn: forking a process that has started threads (decoders, runtimes) can hang
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(make, threads))


def _result(future: Future[Report], path: Path) -> Report:
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        message = f"`{path}`: the worker process died while it examined this file (out of memory?); scan it alone"
        return Report(str(path), Verdict.ERROR, error=message)
    if error is not None:
        return Report(str(path), Verdict.ERROR, error=f"`{path}`: {type(error).__name__}: {error}", error_code=1)
    return future.result()
