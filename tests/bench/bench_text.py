"""``python -m tests.bench.bench_text``: captions per second of everything that reads words, on one core, without torch.

The captions are those of the project's own set and of the two authors who are never trained on; processor time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from checker.detector import Settings
from checker.detectors.language import Language, Passage
from checker.text.normalise import normalise

DATA = Path(__file__).parents[1] / "data" / "text"
FILES = ("dev.jsonl", "test.jsonl", "independent/d.jsonl", "independent/e.jsonl")


def main() -> None:
    rows = [json.loads(line) for name in FILES for line in (DATA / name).read_text("utf-8").splitlines()]
    detector = Language()
    start = time.process_time()
    detector.load(Settings())
    for row in rows[:20]:
        list(detector.read(Passage("caption", normalise(row["text"]))))
    print(f"loaded in {time.process_time() - start:.1f} s")
    plain = [r for r in rows if not (r["ai_label"] or r["minor"] or r["safety"] or r["endorsement"] != "none")]
    for name, chosen in (("all", rows), ("those that say nothing of note", plain)):
        start = time.process_time()
        for row in chosen:
            list(detector.read(Passage("caption", normalise(row["text"]))))
        seconds = time.process_time() - start
        print(f"{name}: {len(chosen)} captions, {len(chosen) / seconds:.0f} per second")
    print("torch imported:", "torch" in sys.modules)


if __name__ == "__main__":
    main()
