"""Make the samples: ``python samples/make.py [NAME...]``, from the root of the repository.

Needs scikit-image (the astronaut's portrait), cryptography, and espeak-ng (``apt-get install espeak-ng``). Pictures
and sounds are the same in every run; signatures are not, as the certificate is thrown away.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from studio import (
    Picture,
    astronaut,
    chord,
    encode,
    landscape,
    marked,
    portrait,
    sign,
    speech,
    written,
)

HERE = Path(__file__).parent
FULL = "trainedAlgorithmicMedia"
AIGC = {
    "AIGC": json.dumps(
        {
            "Label": "1",
            "ContentProducer": "001191110102MAD55U9H0F10002",
            "ProduceID": "sample-0001",
            "ReservedCode1": "",
            "ContentPropagator": "",
            "PropagateID": "",
            "ReservedCode2": "",
        }
    )
}
STAR = "Astronaut (sample)"
FIGURES = ["--gallery", "samples/gallery/figures.gallery"]
CONSENTS = ["--gallery", "samples/gallery/consents.gallery"]


@dataclass(frozen=True)
class Sample:
    """One clip with its sidecars and what is expected of it."""

    shows: str
    verdict: str
    rules: dict[str, str]
    post: dict[str, Any]
    """TikTok's `post_info` goes to clip.post.json, our own keys to clip.post.yaml, yt-dlp's to clip.info.json."""
    picture: Picture = landscape
    says: str = ""
    quiet: bool = False
    """No audio stream; else the words of `says`, or a chord."""
    c2pa: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    seconds: float = 4.0


def posted(title: str, *, ai: bool, brand: bool = False, own: bool = False, privacy: str = "") -> dict[str, Any]:
    """A request of TikTok's Content Posting API."""
    return {
        "post_info": {
            "title": title,
            "privacy_level": privacy or "PUBLIC_TO_EVERYONE",
            "is_aigc": ai,
            "brand_content_toggle": brand,
            "brand_organic_toggle": own,
        }
    }


def person(kind: str, consent: bool | None = None) -> dict[str, Any]:
    said = {"name": STAR, "kind": kind} | ({} if consent is None else {"consent": consent})
    return {"people": [said]}


SAMPLES = {
    "ai-labelled": Sample(
        "AI scene, signed as such, with the AI setting on and a caption that says it",
        "pass",
        {
            "tt-aigc-label": "satisfied",
            "tt-contradiction": "satisfied",
            "tt-label-denied": "satisfied",
            "tt-news-crisis": "satisfied",
        },
        posted("Sunrise over the bay, generated with AI", ai=True),
        c2pa=FULL,
    ),
    "ai-unlabelled": Sample(
        "the same scene; its C2PA manifest says AI, the post does not",
        "reject",
        {"tt-aigc-label": "violated", "tt-contradiction": "violated"},
        posted("Sunrise over the bay", ai=False),
        c2pa=FULL,
    ),
    "label-on-screen": Sample(
        "labelled in the picture alone; nothing is known of the AI setting",
        "pass",
        {"tt-aigc-label": "satisfied", "tt-label-clear": "satisfied"},
        {"platform": "tiktok", "caption": "Sunrise over the bay", "brand_declared": False, "own_brand_declared": False},
        picture=written(landscape, "AI-generated"),
        c2pa=FULL,
    ),
    "label-denied": Sample(
        "the caption says that no AI was used, the C2PA manifest says that it is all AI",
        "reject",
        {"tt-label-denied": "violated", "tt-aigc-label": "violated", "tt-contradiction": "violated"},
        posted("Sunrise over the bay. No AI was used!", ai=False),
        c2pa=FULL,
    ),
    "aigc-key": Sample(
        "China's AIGC key says AI and so does the caption, but the AI setting is off",
        "flag",
        {"tt-contradiction": "violated", "tt-aigc-label": "satisfied"},
        posted("Sunrise over the bay, made with AI", ai=False),
        metadata=AIGC,
    ),
    "aigc-key-declared": Sample(
        "the same with the AI setting on",
        "pass",
        {"tt-contradiction": "satisfied", "tt-aigc-label": "satisfied"},
        posted("Sunrise over the bay, made with AI", ai=True),
        metadata=AIGC,
    ),
    "hashtag-only": Sample(
        "the only label is a hashtag",
        "flag",
        {"tt-label-clear": "violated", "tt-aigc-label": "satisfied"},
        posted("Sunrise over the bay #aigenerated", ai=False),
    ),
    "setting-unknown": Sample(
        "AI by its manifest; the post comes from yt-dlp, which does not report the AI setting: unknown is not pass",
        "flag",
        {"tt-aigc-label": "unclear"},
        {
            "id": "7000000000000000001",
            "extractor": "TikTok",
            "extractor_key": "TikTok",
            "webpage_url": "https://www.tiktok.com/@sample/video/7000000000000000001",
            "title": "Sunrise over the bay",
            "description": "Sunrise over the bay",
            "uploader": "sample",
            "duration": 4,
        },
        c2pa=FULL,
    ),
    "visible-mark": Sample(
        "the mark of an AI generator in the corner, no label",
        "reject",
        {"tt-visible-mark": "violated", "tt-aigc-label": "violated"},
        posted("Sunrise over the bay", ai=False),
        picture=marked(landscape, "KLING AI"),
    ),
    "visible-mark-labelled": Sample(
        "the same with the AI setting on",
        "pass",
        {"tt-visible-mark": "satisfied", "tt-aigc-label": "satisfied"},
        posted("Sunrise over the bay", ai=True),
        picture=marked(landscape, "KLING AI"),
    ),
    "figure-endorses": Sample(
        "AI likeness of an enrolled public figure in a paid and labelled advertisement: the label does not help",
        "reject",
        {"tt-public-figure-endorsement": "violated", "tt-aigc-label": "satisfied", "tt-commercial-toggle": "satisfied"},
        posted("AI-generated. Use code ORBIT20 for 20% off, link in bio #ad", ai=True, brand=True),
        picture=portrait,
        c2pa=FULL,
        options=FIGURES,
    ),
    "figure-waves": Sample(
        "the same likeness, labelled, endorsing nothing",
        "pass",
        {
            "tt-public-figure-endorsement": "satisfied",
            "tt-attributed-endorsement": "satisfied",
            "tt-unknown-likeness": "satisfied",
        },
        posted("AI-generated: a hello from orbit", ai=True),
        picture=portrait,
        c2pa=FULL,
        options=FIGURES,
    ),
    "figure-quoted": Sample(
        "no likeness, but an advertisement made with AI says that a public figure recommends the product",
        "flag",
        {"tt-attributed-endorsement": "violated", "tt-public-figure-endorsement": "satisfied"},
        posted(
            "AI-generated. Albert Einstein recommends the Orbit lamp: code ORBIT20 for 20% off #ad", ai=True, brand=True
        ),
        c2pa=FULL,
    ),
    "private-no-consent": Sample(
        "AI likeness of a private person who did not consent, by the declaration file",
        "reject",
        {"tt-private-likeness": "violated", "tt-aigc-label": "satisfied"},
        posted("AI-generated: my neighbour in space", ai=True),
        picture=portrait,
        c2pa=FULL,
        context=person("private", consent=False),
    ),
    "private-consent": Sample(
        "the same with the consent on record in the gallery",
        "pass",
        {"tt-private-likeness": "satisfied", "tt-minor-likeness": "satisfied"},
        posted("AI-generated: my neighbour in space", ai=True),
        picture=portrait,
        c2pa=FULL,
        options=CONSENTS,
    ),
    "minor": Sample(
        "AI likeness of somebody under 18, by the declaration file",
        "reject",
        {"tt-minor-likeness": "violated"},
        posted("AI-generated: one day in space", ai=True),
        picture=portrait,
        c2pa=FULL,
        context=person("minor", consent=True),
    ),
    "nobody-undeclared": Sample(
        "AI face of somebody whom nobody knows: whose is it?",
        "flag",
        {"tt-unknown-likeness": "violated"},
        posted("AI-generated: a hello from orbit", ai=True),
        picture=portrait,
        c2pa=FULL,
    ),
    "nobody-declared": Sample(
        "the same; the declaration file says that the face is nobody's",
        "pass",
        {"tt-unknown-likeness": "not_applicable", "tt-minor-likeness": "satisfied"},
        posted("AI-generated: a hello from orbit", ai=True),
        picture=portrait,
        c2pa=FULL,
        context={"depicts_nobody": True},
    ),
    "commercial-undisclosed": Sample(
        "advertises without the content disclosure setting; a hashtag is not enough",
        "reject",
        {"tt-commercial-toggle": "violated"},
        posted("Get 20% off with code BOAT20, link in bio #ad", ai=False),
    ),
    "commercial-disclosed": Sample(
        "the same with the setting on",
        "pass",
        {"tt-commercial-toggle": "satisfied", "tt-branded-private": "satisfied"},
        posted("Get 20% off with code BOAT20, link in bio #ad", ai=False, brand=True),
    ),
    "commercial-private": Sample(
        "the same, but visible to its creator alone",
        "reject",
        {"tt-branded-private": "violated", "tt-commercial-toggle": "satisfied"},
        posted("Get 20% off with code BOAT20, link in bio #ad", ai=False, brand=True, privacy="SELF_ONLY"),
    ),
    "political-paid": Sample(
        "a call to vote in a paid partnership",
        "reject",
        {"tt-political-ad": "violated"},
        posted("Vote for the Lake Party on election day!", ai=False, brand=True),
    ),
    "political-unpaid": Sample(
        "the same, not paid for",
        "pass",
        {"tt-political-ad": "satisfied"},
        {
            "platform": "tiktok",
            "caption": "Vote for the Lake Party on election day!",
            "ai_declared": False,
            "brand_declared": False,
            "own_brand_declared": False,
            "is_ad": False,
        },
        context={"commercial": False},
    ),
    "crisis": Sample(
        "labelled AI scene that speaks of a disaster",
        "flag",
        {"tt-news-crisis": "violated", "tt-aigc-label": "satisfied"},
        posted("Breaking news: earthquake and tsunami hit the coast. AI-generated", ai=True),
        c2pa=FULL,
    ),
    "no-ai": Sample(
        "an ordinary clip in which somebody speaks, without any sign of AI",
        "pass",
        {"tt-aigc-label": "satisfied", "tt-commercial-toggle": "satisfied"},
        posted("A walk by the lake", ai=False),
        says="Good morning. The water is calm today, and the boat is on its way home.",
        seconds=6.5,
    ),
    "silent": Sample(
        "a portrait without an audio stream and without any sign of AI",
        "pass",
        {"tt-aigc-label": "satisfied", "tt-unknown-likeness": "satisfied"},
        posted("Ready for launch", ai=False),
        picture=portrait,
        quiet=True,
    ),
}


def make(name: str, sample: Sample, to: Path = HERE) -> Path:
    """Write clip, sidecars and expectation into a folder of this name."""
    folder = to / name
    folder.mkdir(parents=True, exist_ok=True)
    clip = folder / "clip.mp4"
    sound = None
    if not sample.quiet:
        sound = speech(sample.says, sample.seconds) if sample.says else chord(sample.seconds)
    encode(clip, sample.picture, sound, sample.seconds, sample.metadata)
    if sample.c2pa:
        sign(clip, sample.c2pa)
    sidecars(folder, sample)
    return clip


def sidecars(folder: Path, sample: Sample) -> None:
    """All that is text."""
    if "extractor" in sample.post:
        _json(folder / "clip.info.json", sample.post)
    elif "post_info" in sample.post:
        _json(folder / "clip.post.json", sample.post)
    else:
        _yaml(folder / "clip.post.yaml", sample.post)
    if sample.context:
        _yaml(folder / "clip.context.yaml", sample.context)
    if sample.says:
        text = f"1\n00:00:00,500 --> 00:00:0{int(sample.seconds)},000\n{sample.says}\n"
        (folder / "clip.srt").write_text(text, encoding="utf-8")
    _json(folder / "expected.json", {"verdict": sample.verdict, "rules": sample.rules, "options": sample.options})


def galleries() -> None:
    """The astronaut, enrolled under invented roles: as a public figure, and as somebody private who consents."""
    import numpy as np

    from checker import gallery
    from checker.nets.face import Embedder, Finder, cut

    image = np.asarray(astronaut())
    patch, face = cut(image, Finder().find(image)[0])
    embedding = Embedder().embed([patch], [face])[0]
    folder = HERE / "gallery"
    for name, kind, consent in (
        ("figures.gallery", "public_figure", None),
        ("consents.gallery", "private", (folder / "consent.txt").relative_to(Path.cwd())),
    ):
        (folder / name).unlink(missing_ok=True)
        gallery.add(folder / name, STAR, kind, faces=[embedding], consent=consent)


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _yaml(path: Path, value: Any) -> None:
    path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), encoding="utf-8")


def readme() -> None:
    """The table of the samples."""
    before = (HERE / "README.md").read_text(encoding="utf-8").split("| sample |")[0]
    rows = [f"| `{name}` | {s.verdict} | {s.shows} |" for name, s in SAMPLES.items()]
    table = "\n".join(["| sample | verdict | what it shows |", "|---|---|---|", *rows])
    (HERE / "README.md").write_text(f"{before}{table}\n", encoding="utf-8")


def main(names: list[str]) -> None:
    for name in names or SAMPLES:
        clip = make(name, SAMPLES[name])
        print(f"{clip.relative_to(HERE)}: {clip.stat().st_size // 1024} KiB")
    if not names:
        galleries()
        readme()


if __name__ == "__main__":
    main(sys.argv[1:])
