"""Files with markings, made in the test: by our writers where they can, else box by box."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from checker.detector import Settings
from checker.detectors.provenance import Provenance
from checker.markings import signing
from checker.markings.formats import sniff
from checker.markings.traces import KLING_UUID
from checker.media import Media
from checker.post import Post
from checker.types import Observation
from tests.clips import gradient, make_clip, tone

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
PART = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def small(time_s: float) -> np.ndarray[Any, Any]:
    return gradient(time_s, 96, 160)


def clip(path: Path, **metadata: str) -> Path:
    """A clip of a quarter of a second, with sound, in any container that the bundled encoders can write."""
    if path.suffix in (".avi", ".flv"):
        return _old_clip(path)
    return make_clip(path, picture=small, sound=tone(0.25), seconds=0.25, metadata=metadata)


def _old_clip(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4" if path.suffix == ".avi" else "flv", rate=25)
        video.width, video.height, video.pix_fmt = 96, 160, "yuv420p"
        for i in range(6):
            container.mux(video.encode(av.VideoFrame.from_ndarray(small(i / 25), format="rgb24")))
        container.mux(video.encode())
    return path


def sound(path: Path) -> Path:
    """A quarter of a second of sound alone."""
    codec = {".wav": "pcm_s16le", ".mp3": "libmp3lame", ".flac": "flac", ".ogg": "libopus", ".m4a": "aac"}[path.suffix]
    samples = (tone(0.25) * 32767).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def packets(path: Path) -> list[str]:
    """Hash of every packet, with its times; what a metadata-only write must leave as it is."""
    with av.open(str(path)) as container:
        return [
            f"{p.stream_index} {p.pts} {p.dts} {hashlib.sha256(bytes(p)).hexdigest()}"
            for p in container.demux()
            if p.size
        ]


@cache
def credentials() -> tuple[bytes, bytes, bytes]:
    return signing.trial(name="test signer")


def sign(
    source: Path,
    target: Path,
    actions: list[dict[str, Any]],
    *,
    ingredients: list[tuple[dict[str, Any], Path]] = (),  # type: ignore[assignment]
    pair: tuple[bytes, bytes] | None = None,
    embed: bool = True,
    remote_url: str = "",
    assertions: list[dict[str, Any]] = (),  # type: ignore[assignment]
) -> bytes:
    """Sign by hand, with any actions; the bytes of the manifest store."""
    from c2pa import Builder, C2paSignerInfo, Context, Signer

    from checker.markings.c2pa import settings

    chain, key = pair or credentials()[:2]
    definition = {
        "claim_generator_info": [{"name": "test generator"}],
        "assertions": [
            {"label": "c2pa.actions.v2", "created": True, "data": {"actions": actions, "allActionsIncluded": True}},
            *assertions,
        ],
    }
    info = C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    mime = sniff(source).mime
    with (
        Context.from_dict(settings()) as context,
        Builder(definition, context=context) as builder,
        Signer.from_info(info) as signer,
        source.open("rb") as file,
        target.open("w+b") as out,
    ):
        if not embed:
            builder.set_no_embed()
        if remote_url:
            builder.set_remote_url(remote_url)
        for about, before in ingredients:
            with before.open("rb") as old:
                builder.add_ingredient(about, sniff(before).mime, old)
        return bytes(builder.sign(signer, mime, file, out))


def created(source_type: str, **more: Any) -> list[dict[str, Any]]:
    return [{"action": "c2pa.created", "digitalSourceType": source_type, **more}]


def with_sei(source: Path, target: Path, uuid: bytes = KLING_UUID, body: bytes = b"kling-ai\0") -> Path:
    """Remux H.264 with a `user_data_unregistered` message before the first picture."""
    payload = uuid + body
    message = b"\x06\x05" + bytes([len(payload)]) + payload.replace(b"\0\0\0", b"\0\0\3\0") + b"\x80"
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = old.streams.video[0]
        out = new.add_stream_from_template(stream)
        for i, packet in enumerate(p for p in old.demux(stream) if p.dts is not None):
            data = bytes(packet)
            changed = av.Packet(struct.pack(">I", len(message)) + message + data if i == 0 else data)
            changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
            changed.is_keyframe, changed.stream, changed.duration = packet.is_keyframe, out, packet.duration
            new.mux(changed)
    return target


def detect(path: Path, settings: Settings | None = None) -> list[Observation]:
    """What the detector sees, by an official trust list nowhere."""
    detector = Provenance()
    detector.load(settings or Settings(models=Path("no-such-folder")))
    with Media.open(path) as media:
        return list(detector.detect(media, Post(), ()))


def of(observations: list[Observation], kind: str) -> list[Observation]:
    return [o for o in observations if o.kind == kind]


def tool(name: str) -> str:
    """Path of an independent program; skips the test when it is not installed."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"`{name}` is not installed")
    return found


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
