"""Invisible watermarks that public image generators leave, read by `invisible-watermark` from a few key frames.

A match says that a picture went through one of these generators' public code, as anybody's picture can be made to;
a miss says nothing. Behind the extra `watermarks`.

Source: payloads of the reference code of Stable Diffusion 1, of diffusers (SDXL) and of FLUX. Measured with
`python -m tests.bench.watermark --embedded 40`: no hit in 1090 pictures without a watermark (mosaics and enlarged crops
of faces; at most 73 % of the bits), so below 0.28 % a picture (95 %). Of 120 pictures that were marked, each read once,
53 were seen as they were, in H.264 58 at CRF 12, 65 at CRF 18, 81 at CRF 23, 19 at CRF 28, and none as JPEG of
quality 90. About 0.09 s a picture of 576 x 576.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..detector import Incomplete
from ..errors import DetectorUnavailable
from ..types import Observation, Segment, Strength

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..detector import Settings
    from ..media import Media
    from ..post import Post

PAYLOADS = {
    "stable-diffusion-1": "".join(f"{byte:08b}" for byte in b"StableDiffusionV1"),
    "sdxl": "101100111110110010010000011110111011000110011110",
    "flux": "001010101111111010000111100111001111010100101110",
}
LEAST_BITS = {48: 44, 136: 104}
"""Bits that have to match, by the length of the payload: were bits thrown like coins, they would with a probability of
8e-10 and 2e-10. A blank picture's bits are all the same, which is far from every payload."""
LEAST_PIXELS = 256 * 256
"""Smaller pictures hold no such watermark."""
MOST_PIXELS = 2**20
"""Read from the top of the picture on, in which the payload is repeated many times."""
FRAMES = 5
CONFIDENCE = 0.8
"""Of a hit, if a tenth of all that is scanned is marked: 0.54 of the marked (CRF 18) against at most 5 x 0.0028."""


class Watermark:
    """Looks for the watermarks of open generators."""

    name: ClassVar[str] = "watermark"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"watermark"})
    needs: ClassVar[frozenset[str]] = frozenset()
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._decoders: dict[int, Any] = {}

    def applies_to(self, media: Media) -> bool:
        return media.video is not None

    def load(self, settings: Settings) -> None:
        try:
            from imwatermark import WatermarkDecoder
        except ImportError as error:
            raise DetectorUnavailable(
                f"open watermarks are not read: {error}; run `pip install checker[watermarks]`"
            ) from error
        self._decoders = {n: WatermarkDecoder("bits", n) for n in {len(payload) for payload in PAYLOADS.values()}}

    def used_weights(self) -> tuple[str, ...]:
        return ()

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        best: dict[str, tuple[int, float]] = {}
        for time_s, bgr in key_frames(media, FRAMES):
            for payload, bits in self.matches(bgr).items():
                best[payload] = max(best.get(payload, (0, 0.0)), (bits, -time_s))
        hits = {p: seen for p, seen in best.items() if seen[0] >= LEAST_BITS[len(PAYLOADS[p])]}
        for i, (payload, (bits, at)) in enumerate(hits.items()):
            yield Observation(
                f"watermark/{i}",
                "watermark",
                {"payload": payload, "bits": bits, "of": len(PAYLOADS[payload])},
                confidence=CONFIDENCE,
                strength=Strength.ESTIMATED,
                segment=Segment(-at, -at),
            )

    def matches(self, bgr: NDArray[np.uint8]) -> dict[str, int]:
        """How many bits of each payload a picture (h, w, 3) BGR shows; none for a picture that is too small."""
        rows = min(bgr.shape[0], max(256, MOST_PIXELS // bgr.shape[1]))
        if rows * bgr.shape[1] < LEAST_PIXELS:
            return {}
        read = {n: decoder.decode(bgr[:rows], "dwtDct") for n, decoder in self._decoders.items()}
        return {
            name: sum(bool(bit) is (true == "1") for bit, true in zip(read[len(payload)], payload, strict=True))
            for name, payload in PAYLOADS.items()
        }


def key_frames(media: Media, most: int) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Time and picture (h, w, 3) BGR, as coded, of up to `most` key frames over the file.

    Key frames are coded best, and any scaling destroys the watermark: so not the frames that others look at.

    Raises:
        Incomplete: One could not be decoded.
    """
    from ..container import first_frame, open_container, picture_of

    seen: set[int] = set()
    with open_container(media.path) as container:
        picture = picture_of(container)
        for i in range(most if media.kind == "video" else 1):
            start = picture.start_time or 0
            if i:
                container.seek(start + int(i / most * media.duration_s / picture.time_base), stream=picture)
            frame = first_frame(picture)
            if frame is None:
                raise Incomplete(f"no key frame could be decoded at {i / most * media.duration_s:.1f} s")
            at = frame.pts or 0
            if at not in seen:
                seen.add(at)
                time_s = float((at - start) * picture.time_base)
                yield min(max(0.0, time_s), media.duration_s), frame.to_ndarray(format="bgr24")
