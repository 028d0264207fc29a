"""How fast people are found in words: `python -m tests.bench.bench_people [NAMES]`.

Prints captions per second with the shipped list; then, with NAMES made-up names beside it (a million unless told),
seconds to load and to build, memory, and megabytes of text per second.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from pathlib import Path

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
        report("with made-up names", People.load([path]), texts + captions(draw, made[:names]))


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
    start = time.perf_counter()
    people.find(texts[0])
    built = time.perf_counter() - start
    start = time.perf_counter()
    found = sum(len(people.find(text)) for text in texts)
    seconds = time.perf_counter() - start
    size = sum(len(text.original.encode()) for text in texts) / 1e6
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{title}: {len(people.persons)} people, built in {built:.2f} s, {memory:.0f} MiB at most; "
        f"{len(texts) / seconds:.0f} captions/s, {size / seconds:.2f} MB/s, {found} mentions"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
