"""Program: decodes speech with pocketsphinx. Not imported; `sphinx.py` runs it.

stdin: one line of JSON, ``{"pronunciations": {word: sounds}, "phrases": [[phrase, margin, least], ...]}``, answered by
a line of JSON with the phrases that cannot be listened for. Then for each region 4 bytes little-endian length and that
many bytes of 16-bit mono PCM at 16 kHz, answered by a line of JSON, ``{"words": [[word, start_s, end_s], ...],
"keywords": [[phrase, start_s, end_s], ...]}``. Ends with stdin.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile

# 15 real sentences read aloud (63 s): 24.5 % of the words wrong in 0.126 s of one core per second; the defaults get
# 24.9 % in 0.198 s; 1500 models per frame and no second pass 30 % in 0.072 s.
SPEED = {"maxhmmpf": 3000, "ds": 2, "pl_window": 5}
FRAMES_HZ = 100
# The rule for keywords: a sound more makes a phrase about three times rarer by chance, as eight powers of ten in the
# ratio of likelihoods do. Chosen on every other clip of the voices; `python -m tests.bench.bench_speech alarms` shows
# what comes of it on both halves.
PER_SOUND, OF_SOUNDS, LOWEST = 8.0, 10, -40.0


def main() -> None:
    """Serve until stdin ends."""
    from pocketsphinx import Decoder

    decoder = Decoder(loglevel="FATAL", **SPEED)
    free = decoder.current_search()
    source, sink = sys.stdin.buffer, sys.stdout
    skipped, listens = _listen_for(decoder, json.loads(source.readline()))
    sink.write(json.dumps(skipped) + "\n")
    sink.flush()
    while len(head := source.read(4)) == 4:
        pcm = source.read(int.from_bytes(head, "little"))
        answer = {"words": _found(decoder, free, pcm), "keywords": _found(decoder, "keywords", pcm) if listens else []}
        sink.write(json.dumps(answer) + "\n")
        sink.flush()


def _listen_for(decoder, asked) -> tuple[list[str], bool]:  # type: ignore[no-untyped-def]
    """Prepare the search for keywords; the phrases that it leaves out, and whether any is left."""
    for word, sounds in asked["pronunciations"].items():
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, sounds, False)
    skipped, lines = [], []
    for phrase, margin, least in asked["phrases"]:
        said = [decoder.lookup_word(word) for word in phrase.split()]
        count = sum(len(sounds.split()) for sounds in said if sounds)
        if not all(said) or count < least:
            skipped.append(phrase)
            continue
        lines.append(f"{phrase} /1e{max(LOWEST, margin - PER_SOUND * (count - OF_SOUNDS)):.0f}/\n")
    if lines:
        with tempfile.NamedTemporaryFile("w", suffix=".kws") as file:
            file.writelines(lines)
            file.flush()
            decoder.add_kws("keywords", file.name)
    return skipped, bool(lines)


def _found(decoder, search: str, pcm: bytes) -> list[list[object]]:  # type: ignore[no-untyped-def]
    """``[what, start_s, end_s]`` of what one search finds in a region."""
    found: list[list[object]] = []
    if pcm:
        decoder.activate_search(search)
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        for segment in decoder.seg() or ():
            if not segment.word.startswith(("<", "[", "+")):
                what = re.sub(r"\(\d+\)$", "", segment.word).strip()
                found.append([what, segment.start_frame / FRAMES_HZ, (segment.end_frame + 1) / FRAMES_HZ])
    return found


if __name__ == "__main__":
    main()
