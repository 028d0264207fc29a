"""Speech: word error rate of each engine, and keyword search: `python -m tests.bench.bench_speech`.

Needs the clips of `CHECKER_DATA`/voices, and jiwer. `sentences.csv` beside this file says what 85 of them say: readers
of LibriTTS, LJ Speech and CMU ARCTIC (`american`; their texts are in the public domain), the reading passages of VCTK
(`british`, CC BY 4.0), and people who learn English (`learner`, speechocean762). Clips were cut off after 4.2 s: of
those (`cut`) the first eight words count, and of what was recognised as much as fits them best.

Keywords: hits on clips in which nobody says them are false alarms. How often a phrase that is said is found is measured
on real voices by stand-ins, stretches of those sentences that are listened for by the same rule, and on the shipped
phrases themselves as flite and espeak-ng say them, where these are installed.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from checker.detector import Settings
from checker.detectors import speech
from checker.detectors.speech import choose, engine
from checker.errors import DetectorUnavailable
from checker.media import Media
from checker.speech import Engine, sphinx, sphinx_worker
from checker.speech.keywords import Keyword, keywords
from checker.speech.types import RATE_HZ
from checker.speech.vad import VoiceActivity
from checker.speech.whisper import Whisper
from checker.types import Segment
from tests import shared

Samples = NDArray[np.float32]
RESAMPLES = 2000
WINDOWS = range(2, 6)
"""Words of a stand-in."""
NOISE_DB = 15.0
VOICES = (
    ("flite", "slt"),
    ("flite", "rms"),
    ("flite", "awb"),
    ("flite", "kal16"),
    ("espeak-ng", "en-us"),
    ("espeak-ng", "en-gb"),
)
CARRIERS = ("Hey everyone, {}, so let me know what you think.", "One more thing, {}, see you next time.")


@dataclass(frozen=True)
class Sentence:
    group: str
    file: str
    cut: bool
    words: tuple[str, ...]


def sentences() -> list[Sentence]:
    with Path(__file__).with_name("sentences.csv").open(encoding="utf-8", newline="") as file:
        return [
            Sentence(r["group"], r["file"], r["cut"] == "1", tuple(r["text"].split())) for r in csv.DictReader(file)
        ]


def clips(folder: Path) -> Iterator[tuple[dict[str, str], Samples]]:
    """Every clip of the manifest, in the order of the files' names."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: row["file"]):
            yield row, samples(folder / row["file"])


def samples(path: Path) -> Samples:
    with Media.open(path) as media:
        return media.samples().copy()


def errors(sentence: Sentence, heard: str) -> int:
    """Words wrong, missing and too many."""
    from jiwer import process_words

    words = plain(heard)
    ends = range(len(words) + 1) if sentence.cut else [len(words)]
    found = [process_words(" ".join(sentence.words), " ".join(words[:end])) for end in ends]
    return min(x.substitutions + x.deletions + x.insertions for x in found)


def plain(text: str) -> list[str]:
    return "".join(c for c in text.lower() if c.isalnum() or c in " '").split()


def cpu_s(used: Engine) -> float:
    """Processor seconds of this process and the engine's own."""
    child = getattr(used, "_process", None)
    ticks = sum(map(int, Path(f"/proc/{child.pid}/stat").read_text().rsplit(")")[-1].split()[11:13])) if child else 0
    return time.process_time() + ticks / 100


def word_errors(folder: Path, used: Engine) -> None:
    rng = np.random.default_rng(0)
    activity, rows = VoiceActivity(), sentences()
    audio = [samples(folder / row.file) for row in rows]
    list(used.transcribe(audio[0], [Segment(0.0, 1.0)]))  # loads
    began, cpu = time.perf_counter(), cpu_s(used)
    heard = []
    for x in audio:
        said = used.transcribe(x, [segment for segment, _ in activity.regions(x)])
        heard.append(" ".join(spoken.text for spoken in said if spoken.source == used.name))
    wall, cpu = time.perf_counter() - began, cpu_s(used) - cpu
    wrong = np.array([errors(row, text) for row, text in zip(rows, heard, strict=True)])
    count = np.array([len(row.words) for row in rows])
    for group in (*dict.fromkeys(row.group for row in rows), "all"):
        mine = np.flatnonzero([group in (row.group, "all") for row in rows])
        drawn = rng.choice(mine, (RESAMPLES, len(mine)))
        low, high = np.percentile(wrong[drawn].sum(1) / count[drawn].sum(1), [2.5, 97.5])
        rate = wrong[mine].sum() / count[mine].sum()
        print(
            f"{used.name:14} {group:10} {len(mine):4} sentences {count[mine].sum():5} words   "
            f"WER {rate:6.1%}   95 % {low:.1%} to {high:.1%}"
        )
    seconds = sum(map(len, audio)) / RATE_HZ
    print(
        f"{used.name:14} {seconds:.0f} s: {cpu / seconds:.3f} s CPU, {wall / seconds:.3f} s wall per second of sound\n"
    )


def listener(phrases: Sequence[Keyword]) -> tuple[set[str], Callable[[Samples], list[str]]]:
    """The keyword search alone, in this process: phrases that it leaves out, and a function from samples to hits."""
    from pocketsphinx import Decoder

    decoder = Decoder(loglevel="FATAL", lm=None, **sphinx_worker.SPEED)
    skipped, _ = sphinx_worker._listen_for(decoder, json.loads(sphinx._order(phrases)))

    def hits(x: Samples) -> list[str]:
        pcm = (x.clip(-1, 1) * 32767).astype("<i2").tobytes()
        return [str(hit[0]) for hit in sphinx_worker._found(decoder, "keywords", pcm)]

    return set(skipped), hits


def shipped() -> list[Keyword]:
    """What pocketsphinx listens for without a gallery."""
    return list(keywords(speech._names(Settings())))


def false_alarms(folder: Path, every: int) -> None:
    """Hits where nobody says the phrases: by kind of phrase, language of the clip, and half of the clips."""
    phrases = {phrase.spoken: phrase for phrase in shipped()}
    skipped, hits = listener(list(phrases.values()))
    counts: Counter[tuple[str, str]] = Counter()
    hours: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    cpu, seconds = 0.0, 0.0
    for i, (row, x) in enumerate(clips(folder)):
        if i % every:
            continue
        began = time.process_time()
        found = set(hits(x))
        cpu, seconds = cpu + time.process_time() - began, seconds + len(x) / RATE_HZ
        heard.update(found)
        language = "English" if row["language"] == "en" else "other languages"
        for part in ("all", "odd half" if i // every % 2 else "even half", row["label"] + " voices", language):
            hours[part] += len(x) / RATE_HZ / 3600
            counts.update((part, phrases[text].kind) for text in found)
    kinds = Counter(phrase.kind for spoken, phrase in phrases.items() if spoken not in skipped)
    print(f"phrases: {dict(kinds)}, left out {len(skipped)}; {cpu / seconds:.4f} s CPU per second of sound")
    for part, length in hours.items():
        for kind in kinds:
            count = counts[part, kind]
            low, high = (edge / length for edge in _poisson(count))
            print(
                f"  {part:16} {kind:12} {count:3} in {length:.2f} h: {count / length:5.2f} an hour "
                f"(95 % {low:.2f} to {high:.2f})"
            )
    print("  heard most:", ", ".join(f"{text} {n}" for text, n in heard.most_common(20)), "\n")


def _poisson(count: int) -> tuple[float, float]:
    from scipy.stats import chi2

    return (chi2.ppf(0.025, 2 * count) / 2 if count else 0.0), chi2.ppf(0.975, 2 * count + 2) / 2


def stand_ins(folder: Path) -> None:
    """How often a stretch of a sentence is found in the clip that says it, by the rule for each kind of phrase."""
    rows = sentences()
    audio = {row.file: samples(folder / row.file) for row in rows}
    said = {row.file: {" ".join(row.words[i : i + n]) for n in WINDOWS for i in range(len(row.words))} for row in rows}
    for kind, rule in (("label", "labels and promotion"), ("name", "names")):
        phrases = {Keyword(kind, text).spoken: Keyword(kind, text) for texts in said.values() for text in texts}
        skipped, hits = listener(list(phrases.values()))
        found: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for row in rows:
            mine = {Keyword(kind, text).spoken for text in said[row.file]} - skipped
            asked[row.group] += len(mine)
            found[row.group] += len(mine & set(hits(audio[row.file])))
        print(f"  by the rule for {rule}:", ", ".join(f"{g} {found[g] / n:.0%} of {n}" for g, n in asked.items()))


def synthesised() -> None:
    """How often the shipped phrases are found as programs say them, clean and with noise."""
    rng = np.random.default_rng(0)
    skipped, hits = listener(keywords())
    for program, voice in VOICES:
        if shutil.which(program) is None:
            print(f"  {program} is not installed")
            continue
        found: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for i, phrase in enumerate(k for k in keywords() if k.spoken not in skipped):
            x = say(program, voice, CARRIERS[i % 2].format(phrase.text.replace("AI", "A.I.")))
            for how, sound in (("clean", x), ("noisy", x + pink(len(x), rng) * float(np.sqrt((x**2).mean())))):
                asked[phrase.kind + " " + how] += 1
                found[phrase.kind + " " + how] += phrase.spoken in hits(sound)
        print(f"  {program} {voice}:", ", ".join(f"{k} {found[k] / n:.0%} of {n}" for k, n in sorted(asked.items())))


def pink(count: int, rng: np.random.Generator) -> Samples:
    """(n,) noise whose power falls with frequency, `NOISE_DB` below 1."""
    spectrum = np.fft.rfft(rng.normal(size=count)) / np.sqrt(np.arange(count // 2 + 1) + 1.0)
    noise = np.fft.irfft(spectrum, count)
    return (noise / noise.std() * 10 ** (-NOISE_DB / 20)).astype(np.float32)


def say(program: str, voice: str, text: str) -> Samples:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        order = (
            ["-voice", voice, "-t", text, "-o", file.name]
            if program == "flite"
            else ["-v", voice, "-w", file.name, text]
        )
        subprocess.run([program, *order], check=True)
        return samples(Path(file.name))


def engines() -> Iterator[Engine]:
    """Every engine that can be loaded."""
    for name in ("pocketsphinx", "whisper"):
        try:
            yield engine(Settings(speech=name, threads=1))
        except DetectorUnavailable as error:
            print(f"{name}: not measured, {error}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="words, alarms, stand-ins, synthesised; default all")
    parser.add_argument("--every", type=int, default=1, help="take every n-th clip for false alarms")
    parser.add_argument("--whisper", type=Path, help="a checkpoint of openai-whisper: its word errors alone")
    asked = parser.parse_args()
    folder = shared.data() / "voices"

    def on(what: str) -> bool:
        return not asked.what or what in asked.what

    if asked.whisper:
        return word_errors(folder, Whisper(asked.whisper, threads=1))
    if on("words"):
        print(f"whisper weights: {choose(Settings()) or 'none'}")
        for used in engines():
            word_errors(folder, used)
            used.close()
    if on("alarms"):
        false_alarms(folder, asked.every)
    if on("stand-ins"):
        stand_ins(folder)
    if on("synthesised"):
        synthesised()


if __name__ == "__main__":
    main()
