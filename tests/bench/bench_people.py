"""How fast people are found in words: `python -m tests.bench.bench_people [NAMES]`.

Prints captions per second with the shipped list; then, with NAMES made-up names beside it (a million unless told),
seconds to compile them and to load what was compiled, its size, memory, and megabytes of text per second. Seconds are
of the processor, on one core.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checker.text.gazetteer import load_csv
from checker.text.index import SUFFIX, Index
from checker.text.normalise import Normal, normalise
from checker.text.people import People

CAPTIONS = 20_000
WORDS = (
    "the a of you me my new this day with love life amazing video music so today people make made how to cook pasta "
    "quick easy dance challenge when your friends come over and they don't know what happened next wait for it part "
    "two link in bio follow more daily outfit check morning routine gym leg school summer rain #fyp #viral #foryou"
).split()
SYLLABLES = (
    "ba be bo da de do fa fi ga go ha ka ki ko la le li lo ma me mi mo na ni no pa ra ri ro sa se si ta te".split()
)


def main(names: int) -> None:
    draw = random.Random(1)
    people = People.load()
    texts = captions(draw, [person.name for person in people.persons])
    report("shipped", people, texts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.csv"
        made = sorted({f"{word(draw, 2, 3)} {word(draw, 2, 4)}" for _ in range(names * 2)})
        draw.shuffle(made)
        path.write_text("name\n" + "\n".join(made[:names]) + "\n", encoding="utf-8")
        compiled = path.with_suffix(SUFFIX)
        start = time.process_time()
        Index.build(load_csv(path)).save(compiled)
        size = compiled.stat().st_size / 2**20
        print(
            f"compiled in {time.process_time() - start:.1f} s, {size:.0f} MiB; {memory():.0f} MiB at most", flush=True
        )
        # Memory at most is of a process that only reads what was compiled.
        subprocess.run([sys.executable, "-m", __spec__.name, "--read", compiled, path], check=True)


def read(compiled: Path, listed: Path) -> None:
    """What a scan does with a compiled list."""
    draw = random.Random(2)
    names = listed.read_text(encoding="utf-8").split("\n")[1:-1]
    wanted = draw.sample(names, min(len(names), CAPTIONS))
    del names
    texts = captions(draw, wanted)
    start = time.process_time()
    people = People.load([compiled])
    print(f"compiled list loaded in {time.process_time() - start:.2f} s, with the shipped one", flush=True)
    report("with the compiled list", people, texts)


def captions(draw: random.Random, names: list[str]) -> list[Normal]:
    """Captions of 8 to 40 words, one in five with a name in it."""
    made = []
    for _ in range(CAPTIONS):
        words = draw.choices(WORDS, k=draw.randint(8, 40))
        if draw.random() < 0.2:
            words.insert(draw.randrange(len(words)), draw.choice(names))
        made.append(normalise(" ".join(words)))
    return made


def word(draw: random.Random, least: int, most: int) -> str:
    return "".join(draw.choices(SYLLABLES, k=draw.randint(least, most))).capitalize()


def report(title: str, people: People, texts: list[Normal]) -> None:
    start = time.process_time()
    people.find(texts[0])
    built = time.process_time() - start
    start = time.process_time()
    found = sum(len(people.find(text)) for text in texts)
    seconds = time.process_time() - start
    size = sum(len(text.original.encode()) for text in texts) / 1e6
    count = len(people.persons) + sum(len(index.persons) for index in people.compiled)
    print(
        f"{title}: {count} people, ready in {built:.2f} s, {memory():.0f} MiB at most; "
        f"{len(texts) / seconds:.0f} captions/s, {size / seconds:.2f} MB/s, {found} mentions"
    )


def memory() -> float:
    """MiB at most; unlike `ru_maxrss` this starts anew in a child process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__" and sys.argv[1:2] == ["--read"]:
    read(Path(sys.argv[2]), Path(sys.argv[3]))
elif __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
