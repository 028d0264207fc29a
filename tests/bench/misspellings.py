"""How often a misspelt name is still found: `python -m tests.bench.misspellings [FILE.jsonl ...]`.

Misspells names of the shipped list as a hasty writer or a speech recogniser does, from a fixed seed, and prints for
each kind of mistake how many were found, found as somebody else, and missed. Then the false alarms: names found by
sound alone in the texts of the files (the project's own unless told), which are labelled with the people they name.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from checker.text.normalise import fold, normalise
from checker.text.people import People
from checker.text.soundalikes import SOUND

NAMES = 2_000
OWN = sorted((Path(__file__).parents[1] / "data" / "text").glob("*.jsonl"))
SOUNDS = (
    "ph:f f:ph ck:k c:k k:c z:s s:z y:i i:y ee:i oo:u ou:u ie:ei ei:ie th:t w:v v:w j:g qu:kw x:ks sh:ch tz:ts "
    "ll:l nn:n ss:s tt:t rr:r pp:p mm:m"
).split()
FRAMES = ("Yesterday {} spoke to us", "I saw {} again", "who made this {} edit")


def main(files: list[Path]) -> None:
    people = People.load()
    draw = random.Random(1)
    names = [p.name for p in people.persons if re.fullmatch(r"[a-z]{3,} [a-z]{4,}", fold(p.name)) and len(p.name) > 9]
    total: Counter[str] = Counter()
    for title, change in MISTAKES.items():
        counted = Counter(outcome(people, draw, name, change) for name in draw.sample(names, NAMES))
        counted.pop("same", 0)
        total += counted
        report(title, counted)
    report("all", total)
    texts = alarms = 0
    for wanted, text in labelled(files):
        texts += 1
        found = {m.name for m in people.find(normalise(text)) if m.confidence <= SOUND}
        alarms += bool(found - wanted)
    print(f"false alarms by sound: {alarms} of {texts} texts")


def doubled(draw: random.Random, word: str) -> str:
    at = draw.randrange(1, len(word))
    return word[:at] + word[at] + word[at:]


def dropped(draw: random.Random, word: str) -> str:
    at = draw.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def swapped(draw: random.Random, word: str) -> str:
    at = draw.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def vowel(draw: random.Random, word: str) -> str:
    places = [i for i, c in enumerate(word) if c in "aeiou" and i]
    at = draw.choice(places) if places else None
    return word if at is None else word[:at] + draw.choice("aeiou") + word[at + 1 :]


def sounded(draw: random.Random, word: str) -> str:
    able = [pair.split(":") for pair in SOUNDS if pair.split(":")[0] in word]
    return word.replace(*draw.choice(able), 1) if able else word


def heard(draw: random.Random, word: str) -> str:
    return vowel(draw, sounded(draw, word))


MISTAKES: dict[str, Callable[[random.Random, str], str]] = {
    "doubled letter": doubled,
    "dropped letter": dropped,
    "swapped letters": swapped,
    "another vowel": vowel,
    "same sound": sounded,
    "same sound and another vowel": heard,
}


def outcome(people: People, draw: random.Random, name: str, change: Callable[[random.Random, str], str]) -> str:
    """One word of the name misspelt, in a sentence."""
    words = fold(name).split()
    at = draw.choice((0, 1, 1))
    wrong = change(draw, words[at])
    if wrong == words[at]:
        return "same"
    words[at] = wrong
    found = {m.name for m in people.find(normalise(draw.choice(FRAMES).format(" ".join(words).title())))}
    return "found" if name in found else "missed" if not found else "somebody else"


def labelled(files: list[Path]) -> Iterator[tuple[set[str], str]]:
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield set(row["people"]), row["text"]


def report(title: str, counted: Counter[str]) -> None:
    whole = sum(counted.values()) or 1
    shares = ", ".join(f"{key} {counted[key] / whole:.1%}" for key in ("found", "somebody else", "missed"))
    print(f"{title}: {shares} of {whole}")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or OWN)
