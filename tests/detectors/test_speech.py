from __future__ import annotations

import csv
import math
import os
import shutil
import subprocess
import sys
import time
import wave
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from checker import weights
from checker.detector import Settings
from checker.detectors.speech import Speech, choose
from checker.errors import WeightsError
from checker.media import Media
from checker.post import Cue, Post
from checker.speech.sphinx import Sphinx
from checker.speech.subtitles import embedded
from checker.speech.vad import VoiceActivity, regions
from checker.speech.whisper import Whisper, believable, looping, plain
from checker.types import Segment
from tests.bench.bench_speech import say
from tests.clips import make_clip, tone

DATA = Path(os.environ.get("CHECKER_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
VOICES = DATA / "voices" / "manifest.csv"
real_voices = pytest.mark.skipif(not VOICES.is_file(), reason="voices of CHECKER_DATA are not there")


def real_speech(count: int, language: str = "en") -> NDArray[np.float32]:
    """(n,) mono at 16 kHz: real clips, half a second of silence after each."""
    with VOICES.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["label"] == "real" and r["language"] == language]
    parts: list[NDArray[np.float32]] = []
    for row in rows[:count]:
        with Media.open(VOICES.with_name(row["file"])) as media:
            parts += [media.samples(), np.zeros(8000, np.float32)]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def activity() -> VoiceActivity:
    return VoiceActivity()


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    detector = Speech()
    detector.load(Settings(models=tmp_path_factory.mktemp("models")))
    return detector


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(np.zeros(32_000, np.float32), id="silence"),
        pytest.param(tone(2.0, 16_000), id="tone"),
        pytest.param(np.random.default_rng(1).normal(0, 0.1, 32_000).astype(np.float32), id="noise"),
        pytest.param(np.zeros(0, np.float32), id="nothing"),
        pytest.param(np.zeros(100, np.float32), id="less than a window"),
    ],
)
def test_no_speech(activity: VoiceActivity, samples: NDArray[np.float32]) -> None:
    assert activity.regions(samples) == []


@real_voices
def test_real_speech_is_found_where_it_is(activity: VoiceActivity) -> None:
    spoken = real_speech(3)
    silent = np.zeros(32_000, np.float32)
    found = activity.regions(np.concatenate([silent, spoken, silent]))
    assert found[0][0].start_s == pytest.approx(2.0, abs=0.4)
    assert found[-1][0].end_s == pytest.approx(2.0 + len(spoken) / 16_000 - 0.5, abs=0.5)
    assert all(probability > 0.5 for _, probability in found)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), max_size=1500))
def test_regions_are_apart_and_inside(probabilities: list[float]) -> None:
    seconds = len(probabilities) * 0.032
    found = [segment for segment, _ in regions(np.array(probabilities, np.float32), seconds)]
    assert all(a.end_s <= b.start_s for a, b in pairwise(found))
    assert all(s.end_s <= seconds and s.seconds <= 15.2 for s in found)


def test_long_speech_is_cut_where_the_voice_is_weakest() -> None:
    probabilities = np.full(700, 0.9, np.float32)
    probabilities[400] = 0.4
    found = [segment for segment, _ in regions(probabilities, 700 * 0.032)]
    assert [round(s.end_s / 0.032) for s in found] == [400, 700]


@real_voices
def test_pocketsphinx_writes_down_real_speech(speech: Speech, tmp_path: Path) -> None:
    samples = np.repeat(real_speech(2), 3)  # 48 kHz
    with Media.open(make_clip(tmp_path / "voice.mp4", picture=None, sound=samples)) as media:
        found = list(speech.detect(media, Post(), ()))
        said = [o for o in found if o.kind == "utterance"]
        assert any(o.kind == "speech" for o in found)
        words = " ".join(o.value["text"] for o in said).split()
        assert len(words) > 8
        assert {o.value["source"] for o in said} == {"pocketsphinx"}
        assert all(o.confidence <= 0.5 for o in said)
        for observation in said:
            times = [(w["start_s"], w["end_s"]) for w in observation.value["words"]]
            assert times == sorted(times)
            assert len(times) == len(observation.value["text"].split())


def test_silence_has_no_words(speech: Speech, tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "tone.mp4", sound=tone(2.0))) as media:
        assert list(speech.detect(media, Post(), ())) == []


def test_a_dead_engine_is_an_error_and_not_silence() -> None:
    engine = Sphinx()
    engine._process.kill()
    engine._process.wait()
    with pytest.raises(RuntimeError, match="ended with code"):
        list(engine.transcribe(np.zeros(16_000, np.float32), [Segment(0.0, 1.0)]))


def test_the_engine_leaves_no_process() -> None:
    engine = Sphinx()
    process = engine._process
    engine.close()
    assert process.poll() is not None


@real_voices
@pytest.mark.slow
def test_a_minute_of_speech_takes_less_than_a_fifth_of_it() -> None:
    samples = real_speech(15)[: 60 * 16_000]
    engine = Sphinx()
    list(engine.transcribe(samples, [Segment(0.0, 1.0)]))  # loads
    start = time.perf_counter()
    list(engine.transcribe(samples, [Segment(i * 10.0, (i + 1) * 10.0) for i in range(6)]))
    assert time.perf_counter() - start < 12


HOUR = """
import sys, threading, time
from checker.detectors.speech import Speech
from checker.media import Media
from checker.post import Post
from checker.speech.vad import VoiceActivity

def anonymous_mib():
    line = next(line for line in open("/proc/self/status") if line.startswith("RssAnon"))
    return int(line.split()[1]) // 1024

class Counts:
    name, regions, seconds = "counts", 0, 0.0
    def transcribe(self, samples, regions):
        for region in regions:
            self.regions += 1
            self.seconds += abs(samples[int(region.start_s * 16_000) : int(region.end_s * 16_000)]).size / 16_000
        return iter(())

detector, engine, most = Speech(), Counts(), 0
detector._activity, detector._engine = VoiceActivity(), engine
detector._activity.regions(__import__("numpy").zeros(160_000, "float32"))
before, done = anonymous_mib(), False

def watch():
    global most
    while not done:
        most = max(most, anonymous_mib())
        time.sleep(0.02)

watcher = threading.Thread(target=watch)
watcher.start()
with Media.open(sys.argv[1]) as media:
    found = sum(1 for _ in detector.detect(media, Post(), ()))
done = True
watcher.join()
print(engine.regions, round(engine.seconds), most - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_an_hour_of_sound_streams_through_in_bounded_memory(tmp_path: Path) -> None:
    """An hour is 230 MiB as float32; what is held of it is not. The second hour costs nothing more."""
    spoken = say("espeak-ng", "en-us", "Three things nobody tells you about starting a garden on your balcony. " * 8)
    minute = np.concatenate([spoken, np.zeros(60 * 16_000, np.float32)])[: 60 * 16_000]
    pcm = (minute * 32767).astype("<i2").tobytes()
    grew = []
    for minutes in (20, 60, 110):
        path = tmp_path / f"{minutes}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            for _ in range(minutes):
                file.writeframes(pcm)
        done = subprocess.run([sys.executable, "-c", HOUR, str(path)], capture_output=True, text=True, check=True)
        path.unlink()
        regions, seconds, mib = map(int, done.stdout.split())
        print(f"{minutes} minutes: {regions} regions, {seconds} s of speech, {mib} MiB")
        assert regions >= minutes and seconds > 10 * minutes
        grew.append(mib)
    assert max(grew) < 100 and grew[2] - grew[1] < 20


def cues(*texts: str) -> tuple[Cue, ...]:
    return tuple(Cue(Segment(i * 0.5, i * 0.5 + 0.4), text) for i, text in enumerate(texts))


@pytest.mark.parametrize("automatic", [False, True], ids=["manual", "automatic"])
def test_subtitles_of_the_post_come_first(speech: Speech, tmp_path: Path, automatic: bool) -> None:
    post = Post(subtitles=cues("hello", " ", "there"), subtitles_automatic=automatic)
    with Media.open(make_clip(tmp_path / "clip.mp4", sound=tone(2.0))) as media:
        said = list(speech.detect(media, post, ()))
    assert [o.value["text"] for o in said] == ["hello", "there"]
    assert {o.value["source"] for o in said} == {"subtitles"}
    assert (said[0].confidence > 0.9) is not automatic


def test_cues_past_the_end_are_left_out(speech: Speech, tmp_path: Path) -> None:
    post = Post(subtitles=(Cue(Segment(0.5, 99.0), "in"), Cue(Segment(50.0, 51.0), "out")))
    with Media.open(make_clip(tmp_path / "clip.mp4", sound=tone(1.0), seconds=1.0)) as media:
        said = list(speech.detect(media, post, ()))
        assert [(o.value["text"], o.segment) for o in said] == [("in", Segment(0.5, media.duration_s))]


SRT = b"1\n00:00:00,200 --> 00:00:00,900\n<i>Bonjour</i> tout\nle monde\n\n2\n00:00:01,000 --> 00:00:01,500\nBye\n"


def with_track(path: Path, language: str = "fra") -> Path:
    """A clip with a SubRip track, muxed from a plain clip and a subtitle file."""
    clip, srt = make_clip(path.with_name("plain.mkv"), sound=tone(2.0), rate_hz=10), path.with_name("words.srt")
    srt.write_bytes(SRT)
    with av.open(str(clip)) as source, av.open(str(srt)) as words, av.open(str(path), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
        track = out.add_stream_from_template(words.streams.subtitles[0])
        track.metadata["language"] = language
        for packet in words.demux(words.streams.subtitles[0]):
            if packet.dts is not None:
                packet.stream = track
                out.mux(packet)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    return path


def test_a_subtitle_track_of_the_file_is_read(speech: Speech, tmp_path: Path) -> None:
    with Media.open(with_track(tmp_path / "clip.mkv")) as media:
        found = list(speech.detect(media, Post(), ()))
        assert [o.value["text"] for o in found] == ["Bonjour tout le monde", "Bye"]
        assert found[0].value["language"] == "fr"
        assert found[0].segment is not None
        assert found[0].segment.start_s == pytest.approx(0.2, abs=0.04)
        assert found[0].segment.end_s == pytest.approx(0.9, abs=0.04)
        automatic = Post(subtitles=cues("automatic"), subtitles_automatic=True)
        assert [o.value["text"] for o in speech.detect(media, automatic, ())][-1] == "Bye"
        manual = Post(subtitles=cues("manual"))
        assert [o.value["text"] for o in speech.detect(media, manual, ())] == ["manual"]


def test_a_file_without_a_track_has_no_embedded_subtitles(tmp_path: Path) -> None:
    assert embedded(make_clip(tmp_path / "clip.mp4", sound=tone(1.0)), 1.0) == []


def test_a_clip_without_sound_is_not_listened_to(tmp_path: Path) -> None:
    with Media.open(make_clip(tmp_path / "mute.mp4", seconds=0.4)) as media:
        assert not Speech().applies_to(media)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whisper checkpoint of the real architecture, small and with random weights."""
    import torch
    from whisper.model import ModelDimensions
    from whisper.model import Whisper as Network

    torch.manual_seed(0)
    dims = ModelDimensions(80, 1500, 32, 2, 1, 51865, 16, 32, 2, 1)
    network = Network(dims)
    torch.nn.init.normal_(network.decoder.positional_embedding, std=0.02)  # left as found in memory, so at times nan
    path = tmp_path_factory.mktemp("whisper") / "random.pt"
    torch.save({"dims": asdict(dims), "model_state_dict": network.state_dict()}, path)
    return path


def test_whisper_runs_on_its_real_architecture(tiny: Path) -> None:
    engine = Whisper(tiny, threads=1)
    region = Segment(1.0, 1.6)
    for spoken in engine.transcribe(tone(3.0, 16_000), [region]):  # random weights invent: it has to be well formed
        assert region.start_s <= spoken.segment.start_s <= spoken.segment.end_s <= region.end_s
        assert 0 <= spoken.confidence <= 1
        assert not looping(spoken.text.lower())


def test_one_clip_has_one_transcript(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where openai-whisper is unsure it draws words; a verdict on them must still come out again."""
    import torch
    import whisper

    hear = whisper.transcribe
    unsure: dict[str, Any] = {"temperature": 0.8, "no_speech_threshold": None}
    monkeypatch.setattr(whisper, "transcribe", lambda *given, **options: hear(*given, **(options | unsure)))
    engine, sound = Whisper(tiny, threads=1), tone(1.0, 16_000)
    torch.manual_seed(1)
    first = engine._heard(sound)["text"]
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert first and engine._heard(sound)["text"] == first
    assert torch.equal(torch.get_rng_state(), state)  # what else draws in this process goes on as before


def test_what_the_network_says_is_passed_on(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import whisper

    seen: list[dict[str, Any]] = []

    def said_by(network: Any, samples: NDArray[np.float32], **options: Any) -> dict[str, Any]:
        seen.append({"samples": len(samples), **options})
        return {"language": "fr", "segments": [segment(" Bonjour à tous", end=0.5)]}

    monkeypatch.setattr(whisper, "transcribe", said_by)
    said = list(Whisper(tiny).transcribe(np.zeros(32_000, np.float32), [Segment(1.0, 1.6)]))
    assert seen[0]["samples"] == 9600  # the region and nothing else
    assert seen[0]["condition_on_previous_text"] is False
    assert [(s.text, s.language, s.segment) for s in said] == [("Bonjour à tous", "fr", Segment(1.0, 1.5))]
    assert said[0].confidence == pytest.approx(math.exp(-0.3))


def test_a_checkpoint_cannot_run_code(tmp_path: Path) -> None:
    import torch

    class Attack:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    torch.save({"dims": Attack(), "model_state_dict": {}}, tmp_path / "attack.pt")
    with pytest.raises(WeightsError, match="not a whisper checkpoint"):
        Whisper(tmp_path / "attack.pt")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [{}, {"dims": {"n_mels": 80}, "model_state_dict": {}}], ids=["empty", "dims"])
def test_another_checkpoint_is_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    import torch

    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="not a whisper checkpoint"):
        Whisper(tmp_path / "other.pt")


def segment(text: str, **changes: float) -> dict[str, Any]:
    base = {"start": 0.0, "end": 2.0, "avg_logprob": -0.3, "no_speech_prob": 0.1, "compression_ratio": 1.2}
    return {"text": text, **base, **changes}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param([segment("Hello there")], 1, id="plain"),
        pytest.param([segment("Thank you.", no_speech_prob=0.9, avg_logprob=-1.4)], 0, id="silence"),
        pytest.param([segment("Quiet but sure", no_speech_prob=0.9)], 1, id="quiet but sure"),
        pytest.param([segment("la la la la la la", compression_ratio=2.9)], 0, id="compresses too well"),
        pytest.param([segment("so good so good so good so good")], 0, id="loop"),
        pytest.param([segment("no no no, not that")], 1, id="three times is speech"),
        pytest.param([segment("Thanks for watching!"), segment("Thanks for watching!")], 1, id="same again"),
        pytest.param([segment("Yes."), segment("Yes.")], 2, id="short answers may repeat"),
        pytest.param([segment("a" * 90)], 0, id="faster than speech"),
        pytest.param([segment(" ... ")], 0, id="no words"),
    ],
)
def test_invented_text_is_dropped(said: list[dict[str, Any]], kept: int) -> None:
    texts = [plain(s["text"]) for s in said]
    assert sum(map(believable, said, texts, ["", *texts])) == kept


def test_choice_of_weights(tmp_path: Path) -> None:
    assert choose(Settings(models=tmp_path)) == ""
    for name in ("whisper-tiny", "whisper-small"):
        file = tmp_path / weights.entry(name).files[0].path
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x")
    assert choose(Settings(models=tmp_path)) == "whisper-small"
    assert choose(Settings(models=tmp_path, profile="fast")) == "whisper-tiny"


def test_damaged_weights_are_not_loaded(tmp_path: Path) -> None:
    file = tmp_path / weights.entry("whisper-tiny").files[0].path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not what it was")
    with pytest.raises(WeightsError, match="sha256"):
        Speech().load(Settings(models=tmp_path))
