"""The one path: order, sharing, and what happens to a detector that cannot look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from checker import registry
from checker.detector import Incomplete, Settings
from checker.errors import DetectorUnavailable, MediaError, UsageError
from checker.pipeline import Scanner
from checker.types import Observation, RunStatus, Verdict
from tests.clips import make_clip, tone

PACK = """
policy: probe
version: "1"
title: Probe
requires: [{requires}]
rules:
  - id: probe-mark
    title: No generator's mark
    when: provenance.visible_mark != ""
    verdict: reject
    clause: {{text: t, url: "https://example.com", as_of: 2026-01-01, confidence: high}}
    fix: none
"""

Detect = Callable[[Any, Any, Sequence[Observation]], Iterator[Observation]]


def detector(
    name: str,
    emits: str,
    detect: Detect,
    *,
    needs: str = "",
    load: Callable[[], None] = lambda: None,
    audio: bool = False,
    frames_hz: float = 0.0,
) -> Any:
    """A class that meets the protocol."""
    body = {
        "name": name,
        "version": "1",
        "emits": frozenset(emits.split()),
        "needs": frozenset(needs.split()),
        "weights": (),
        "frames_hz": frames_hz,
        "audio": audio,
        "applies_to": lambda self, media: not audio or media.audio is not None,
        "load": lambda self, settings: load(),
        "detect": lambda self, media, post, prior: detect(media, post, prior),
        "used_weights": lambda self: ("w@sha256:0",),
    }
    return type(name.title(), (), body)


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Scan a made clip by a pack that looks for generator marks, with these detectors alone."""
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)

    def run(*classes: Any, requires: str = "", path: Path = clip, **rest: Any) -> Any:
        monkeypatch.setattr(registry, "_classes", lambda plugins: classes)
        registry.detectors.cache_clear()
        pack = tmp_path / "probe.yaml"
        pack.write_text(PACK.format(requires=requires))
        return Scanner([pack], **rest).scan(path)

    yield run
    registry.detectors.cache_clear()


def mark(*_: Any) -> Iterator[Observation]:
    yield Observation("marks/0", "generator_mark", {"generator": "Sora", "text": "Sora"})


def nothing(*_: Any) -> Iterator[Observation]:
    yield from ()


def broken(*_: Any) -> Iterator[Observation]:
    yield Observation("marks/0", "generator_mark", {"generator": "Sora", "text": "Sora"})
    raise ValueError("boom")


def half(*_: Any) -> Iterator[Observation]:
    yield from ()
    raise Incomplete("only the first half was readable")


def nearly_all(*_: Any) -> Iterator[Observation]:
    yield from ()
    raise Incomplete("a face far in the background was not judged", hole=False)


def unavailable() -> None:
    raise DetectorUnavailable("weights `marks` not found; run `checker models pull marks`")


def crash() -> None:
    raise ImportError("libmarks.so")


@pytest.mark.parametrize(
    ("detect", "load", "status", "verdict"),
    [
        pytest.param(mark, None, RunStatus.OK, Verdict.REJECT, id="seen"),
        pytest.param(nothing, None, RunStatus.OK, Verdict.PASS, id="looked and saw nothing"),
        pytest.param(broken, None, RunStatus.FAILED, Verdict.FLAG, id="fails after a first observation"),
        pytest.param(half, None, RunStatus.OK, Verdict.FLAG, id="saw only a part"),
        pytest.param(nothing, unavailable, RunStatus.UNAVAILABLE, Verdict.FLAG, id="no weights"),
        pytest.param(nothing, crash, RunStatus.UNAVAILABLE, Verdict.FLAG, id="does not load"),
    ],
)
def test_what_a_required_detector_could_not_see_never_passes(
    scan: Callable[..., Any], detect: Detect, load: Any, status: RunStatus, verdict: Verdict
) -> None:
    report = scan(detector("marks", "generator_mark", detect, load=load or (lambda: None)), requires="marks")
    run = next(r for r in report.runs if r.detector == "marks")
    assert (run.status, report.verdict) == (status, verdict)
    assert (status is RunStatus.OK and detect is not half) == (
        not any(what == "marks" for what, _ in report.not_checked)
    )


def test_a_detector_that_breaks_takes_nobody_with_it_and_its_half_work_is_dropped(scan: Callable[..., Any]) -> None:
    report = scan(
        detector("shots", "shot", lambda *_: iter([Observation("shots/0", "shot", {"index": 0})])),
        detector("marks", "generator_mark", broken, needs="shot"),
    )
    assert [o.kind for o in report.observations] == ["shot"]
    assert "ValueError: boom" in dict(report.not_checked)["marks"]


def test_each_detector_is_given_what_it_needs_and_no_more(scan: Callable[..., Any]) -> None:
    given: list[list[str]] = []

    def last(media: Any, post: Any, prior: Sequence[Observation]) -> Iterator[Observation]:
        given.append([o.kind for o in prior])
        yield from mark()

    scan(
        detector("marks", "generator_mark", last, needs="shot"),
        detector("shots", "shot", lambda *_: iter([Observation("shots/0", "shot", {"index": 0})])),
        detector("provenance", "c2pa xmp", lambda *_: iter([Observation("provenance/0", "c2pa", {"state": "absent"})])),
    )
    assert given == [["shot"]]


def test_only_what_the_pack_names_is_run(scan: Callable[..., Any]) -> None:
    report = scan(detector("marks", "generator_mark", mark), detector("ages", "age", broken))
    assert [r.detector for r in report.runs] == ["media", "marks"]


def test_sound_is_not_decoded_for_nobody_and_a_mute_clip_has_nothing_to_hear(scan: Callable[..., Any]) -> None:
    report = scan(detector("marks", "generator_mark", broken, audio=True), requires="marks")
    assert report.runs[1].status is RunStatus.NOT_APPLICABLE and report.verdict is Verdict.PASS


def test_one_decoding_pass_serves_all(
    scan: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[str] = []
    times: dict[str, list[float]] = {}

    def look(name: str, hz: float) -> Detect:
        def detect(media: Any, post: Any, prior: Any) -> Iterator[Observation]:
            times[name] = [frame.time_s for frame in media.frames(hz)]
            passes.append(str(id(media._decoded)))
            yield from ()

        return detect

    clip = make_clip(tmp_path / "sound.mp4", seconds=2, sound=tone(2))
    scan(
        detector("shots", "shot", look("shots", 4.0), frames_hz=4.0),
        detector("marks", "generator_mark", look("marks", 2.0), frames_hz=2.0, needs="shot"),
        path=clip,
    )
    assert len(set(passes)) == 1
    assert len(times["shots"]) == 8 and len(times["marks"]) == 4


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("gone.mp4", None, "does not exist"),
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"hello " * 100, "cannot be opened"),
    ],
)
def test_a_file_that_cannot_be_examined_is_an_error_with_its_reason(
    scan: Callable[..., Any], tmp_path: Path, name: str, content: bytes | None, part: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    report = scan(detector("marks", "generator_mark", mark), path=tmp_path / name)
    assert (report.verdict, report.error_code) == (Verdict.ERROR, 4) and part in report.error


def test_weights_are_loaded_once_for_many_files(scan: Callable[..., Any], tmp_path: Path, monkeypatch: Any) -> None:
    loads: list[int] = []
    cls = detector("marks", "generator_mark", mark, load=lambda: loads.append(1))
    monkeypatch.setattr(registry, "_classes", lambda plugins: (cls,))
    registry.detectors.cache_clear()
    pack = tmp_path / "p.yaml"
    pack.write_text(PACK.format(requires=""))
    scanner = Scanner([pack], Settings())
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)
    assert {scanner.scan(clip).verdict, scanner.scan(clip).verdict} == {Verdict.REJECT} and loads == [1]


def test_registry_refuses_circles_twins_and_unknown_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    shots, faces = detector("shots", "shot", nothing, needs="face"), detector("faces", "face", nothing, needs="shot")
    for classes, part in (
        ((shots, faces), "circle"),
        ((shots, shots), "two detectors"),
        ((detector("x", "nonsense", nothing),), "unknown kinds `nonsense`"),
    ):
        monkeypatch.setattr(registry, "_classes", lambda plugins, classes=classes: classes)
        registry.detectors.cache_clear()
        with pytest.raises(UsageError, match=part):
            registry.detectors()
    registry.detectors.cache_clear()


def test_a_package_adds_a_detector_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("marks", "tests.test_pipeline:THIRD_PARTY", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    registry.detectors.cache_clear()
    assert "third" in registry.detectors() and "third" not in registry.detectors(plugins=False)
    registry.detectors.cache_clear()


def test_a_pack_that_requires_an_unknown_detector_is_refused(scan: Callable[..., Any]) -> None:
    with pytest.raises(UsageError, match="requires detector `sniffer`"):
        scan(detector("marks", "generator_mark", mark), requires="sniffer")


THIRD_PARTY = detector("third", "generator_trace", nothing)


def test_what_is_too_little_to_matter_is_told_and_leaves_no_fact_unknown(scan: Callable[..., Any]) -> None:
    report = scan(detector("marks", "generator_mark", nearly_all), requires="marks")
    assert report.verdict is Verdict.PASS
    assert dict(report.not_checked)["marks"] == "a face far in the background was not judged"
    assert scan(detector("marks", "generator_mark", half), requires="marks").verdict is Verdict.FLAG


def test_without_a_pack_it_looks_for_what_is_asked_and_no_more(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1, sound=tone(1.0))
    scanner = Scanner((), kinds=["voice"])
    assert list(scanner.detectors) == ["speech", "voices"]
    assert scanner.settings.kinds == {"voice", "speech"}
    assert scanner.load() == {}
    seen = scanner.look(clip)
    assert seen.media.duration_s == pytest.approx(1.0, abs=0.1) and len(seen.runs) == 3
    with pytest.raises(MediaError, match="does not exist"):
        scanner.look(tmp_path / "none.mp4")


def test_nothing_to_judge_by_and_nothing_asked_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no policy to judge by"):
        Scanner(())
