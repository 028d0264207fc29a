"""Program: decodes speech with pocketsphinx. Not imported; `sphinx.py` runs it.

stdin: for each region 4 bytes little-endian length and that many bytes of 16-bit mono PCM at 16 kHz.
stdout: for each region one line of JSON, ``[[word, start_s, end_s], ...]``. Ends with stdin.
"""

from __future__ import annotations

import json
import re
import sys

# 15 real sentences read aloud (63 s): 24.5 % of the words wrong in 0.126 s of one core per second; the defaults get
# 24.9 % in 0.198 s; 1500 models per frame and no second pass 30 % in 0.072 s.
SPEED = {"maxhmmpf": 3000, "ds": 2, "pl_window": 5}
FRAMES_HZ = 100


def main() -> None:
    """Serve until stdin ends."""
    from pocketsphinx import Decoder

    decoder = Decoder(loglevel="FATAL", **SPEED)
    source, sink = sys.stdin.buffer, sys.stdout
    while len(head := source.read(4)) == 4:
        pcm = source.read(int.from_bytes(head, "little"))
        words: list[list[object]] = []
        if pcm:
            decoder.start_utt()
            decoder.process_raw(pcm, full_utt=True)
            decoder.end_utt()
            for segment in decoder.seg() or ():
                if not segment.word.startswith(("<", "[", "+")):
                    word = re.sub(r"\(\d+\)$", "", segment.word)
                    start_s, end_s = segment.start_frame / FRAMES_HZ, (segment.end_frame + 1) / FRAMES_HZ
                    words.append([word, start_s, end_s])
        sink.write(json.dumps(words) + "\n")
        sink.flush()


if __name__ == "__main__":
    main()
