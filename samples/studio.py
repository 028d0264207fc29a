"""Pictures, sounds, encoding and signing for the samples. Same input, same picture and sound."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
import wave
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, RATE_HZ, SOUND_HZ = 360, 640, 25, 48_000

Picture = Callable[[float], Image.Image]
"""The picture at a time in seconds, 360x640."""
Sound = NDArray[np.float32]
"""(n,) mono at 48 kHz."""


def landscape(time_s: float) -> Image.Image:
    """Drawn hills, a sun that rises, and a boat: nothing that a camera saw."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    for y in range(HEIGHT):
        shade = y / HEIGHT
        draw.line([(0, y), (WIDTH, y)], fill=(int(70 + 150 * shade), int(110 + 70 * shade), int(190 - 60 * shade)))
    sun = 300 - 18 * time_s
    draw.ellipse([230, sun - 36, 302, sun + 36], fill=(255, 214, 120))
    for base, swing, colour in ((390, 34, (78, 104, 92)), (430, 22, (58, 84, 72))):
        ridge = [(x, base + swing * math.sin(x / 47 + base)) for x in range(0, WIDTH + 1, 6)]
        draw.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], fill=colour)
    draw.rectangle([0, 500, WIDTH, HEIGHT], fill=(44, 78, 110))
    boat = 40 + 22 * time_s
    draw.polygon([(boat, 540), (boat + 70, 540), (boat + 56, 560), (boat + 14, 560)], fill=(120, 66, 40))
    draw.polygon([(boat + 34, 480), (boat + 34, 534), (boat + 64, 534)], fill=(238, 234, 222))
    return image


@cache
def astronaut() -> Image.Image:
    """The portrait of an astronaut that scikit-image carries: NASA, in the public domain."""
    from skimage import data

    return Image.fromarray(data.astronaut())


def portrait(time_s: float) -> Image.Image:
    """The astronaut's portrait, slowly zoomed into."""
    width = 288 - 8 * time_s
    height = width * HEIGHT / WIDTH
    left, top = 226 - width / 2, min(60 + 2 * time_s, 512 - height)
    box = (left, max(0.0, top), left + width, max(0.0, top) + height)
    return astronaut().resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box=box)


def written(picture: Picture, text: str, *, size: int = 30, y: int = 60) -> Picture:
    """The picture with a line of text on a dark band."""
    font = ImageFont.load_default(size)

    def draw(time_s: float) -> Image.Image:
        image = picture(time_s)
        pen = ImageDraw.Draw(image)
        width = pen.textlength(text, font=font)
        left = (WIDTH - width) / 2
        pen.rectangle([left - 12, y - 8, left + width + 12, y + size + 10], fill=(16, 16, 20))
        pen.text((left, y), text, font=font, fill=(255, 255, 255))
        return image

    return draw


def marked(picture: Picture, mark: str) -> Picture:
    """The picture with a generator's mark, white in the lower right corner."""
    font = ImageFont.load_default(24)

    def draw(time_s: float) -> Image.Image:
        image = picture(time_s)
        pen = ImageDraw.Draw(image)
        left, top = WIDTH - pen.textlength(mark, font=font) - 16, HEIGHT - 52
        pen.text((left, top), mark, font=font, fill=(255, 255, 255), stroke_width=2, stroke_fill=(20, 20, 20))
        return image

    return draw


def chord(seconds: float) -> Sound:
    """Three soft tones: sound, but nobody speaks."""
    time_s = np.arange(round(seconds * SOUND_HZ)) / SOUND_HZ
    tones = sum(np.sin(2 * np.pi * hz * time_s) for hz in (220.0, 277.18, 329.63))
    fade = np.minimum(1.0, np.minimum(time_s, seconds - time_s) / 0.3)
    return (0.08 * tones * fade).astype(np.float32)


def speech(text: str, seconds: float) -> Sound:
    """The text spoken by espeak-ng, after half a second, followed by silence."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(file), text], check=True)
        with wave.open(str(file)) as source:
            hz = source.getframerate()
            samples = np.frombuffer(source.readframes(source.getnframes()), "<i2").astype(np.float32) / 32768
    if 0.5 + len(samples) / hz > seconds:
        raise ValueError(f"{len(samples) / hz:.1f} s of speech do not fit into {seconds} s: {text}")
    at = np.arange(round(len(samples) / hz * SOUND_HZ)) / SOUND_HZ * hz
    sound = np.zeros(round(seconds * SOUND_HZ), np.float32)
    start = SOUND_HZ // 2
    sound[start : start + len(at)] = np.interp(at, np.arange(len(samples)), samples)
    return sound


def encode(
    path: Path, picture: Picture, sound: Sound | None, seconds: float, metadata: dict[str, str] | None = None
) -> None:
    """H.264 and AAC in MP4, one thread, so that the same encoder writes the same bytes."""
    flags = "use_metadata_tags+faststart" if metadata else "faststart"
    with av.open(str(path), "w", options={"movflags": flags, "fflags": "+bitexact"}) as container:
        container.metadata.update(metadata or {})
        video = container.add_stream("libx264", rate=RATE_HZ)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "25", "preset": "slow", "threads": "1"}
        audio = container.add_stream("aac", rate=SOUND_HZ) if sound is not None else None
        if audio is not None:
            audio.bit_rate = 64_000
        for i in range(round(seconds * RATE_HZ)):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture(i / RATE_HZ)), format="rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio is not None:
            frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = SOUND_HZ, 0
            container.mux(audio.encode(frame))
            container.mux(audio.encode())


def sign(path: Path, source_type: str) -> None:
    """Put a C2PA manifest into the file: created, with this IPTC source type, by a throw-away certificate."""
    import c2pa

    chain, key = _certificate()
    manifest = {
        "claim_generator_info": [{"name": "checker samples", "version": "1"}],
        "title": path.parent.name,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": f"http://cv.iptc.org/newscodes/digitalsourcetype/{source_type}",
                        }
                    ]
                },
            }
        ],
    }
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
    signed = path.with_suffix(".signed.mp4")
    try:
        c2pa.Builder(json.dumps(manifest)).sign_file(path, signed, signer)
        signed.replace(path)
    finally:
        signed.unlink(missing_ok=True)


@cache
def _certificate() -> tuple[bytes, bytes]:
    """A chain that no trust list holds, and the key of its leaf, which is forgotten after the run."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def named(name: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "checker samples (test only)"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )

    def certificate(name: str, public: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.Certificate:
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False
        )
        built = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("test root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2026, 1, 1))
            .not_valid_after(datetime(2026, 1, 1) + timedelta(days=365 * 20))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not authority,
                    key_cert_sign=authority,
                    encipher_only=False,
                    decipher_only=False,
                    **usage,
                ),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )
        if not authority:
            built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        return built.sign(root_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    chain = certificate("test signer", key.public_key(), authority=False).public_bytes(pem)
    chain += certificate("test root", root_key.public_key(), authority=True).public_bytes(pem)
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return chain, private
