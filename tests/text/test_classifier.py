"""The text classifier: what it sees that the rules miss, where, how sure, how it refuses damaged weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.detector import Settings
from checker.detectors.language import Language
from checker.errors import WeightsError
from checker.facts.vocabulary import SAFETY
from checker.media import Media
from checker.post import Post
from checker.text import classifier, concepts, features
from checker.text.normalise import normalise
from checker.types import Observation, Strength


@pytest.fixture(scope="module")
def detector() -> Language:
    found = Language()
    found.load(Settings())
    return found


def estimates(detector: Language, caption: str) -> list[Observation]:
    found = detector.detect(cast(Media, None), Post(caption=caption), [])
    return [o for o in found if o.value.get("by") == "classifier"]


@pytest.mark.parametrize(
    ("text", "twin", "kind"),
    [
        pytest.param(
            "none of this is real, I typed one sentence into Kling and this clip fell out",
            "I typed one sentence to my landlord and he never answered",
            "ai_label",
            id="label en",
        ),
        pytest.param(
            "rien n'est réel, la voix vient d'un modèle cloné et le décor a été généré",
            "rien n'est prêt, la voiture vient d'arriver et le décor a été repeint",
            "ai_label",
            id="label fr",
        ),
        pytest.param(
            "my toddler learned to climb the fence and i am not ready",
            "my puppy learned to climb the fence and i am not ready",
            "minor_mention",
            id="minor en",
        ),
    ],
)
def test_what_is_meant_is_seen_and_its_twin_is_not(detector: Language, text: str, twin: str, kind: str) -> None:
    every = detector.detect(cast(Media, None), Post(caption=text), [])
    assert any(o.kind == kind for o in every)
    assert not any(o.kind == kind for o in detector.detect(cast(Media, None), Post(caption=twin), []))


def test_an_estimate_says_so_and_quotes_the_clause_that_speaks_most(detector: Language) -> None:
    caption = "What a day at the lake. The bear is not real, I typed a prompt and it came out of Runway. Now dinner."
    (label,) = [o for o in estimates(detector, caption) if o.kind == "ai_label"]
    start, end = label.value["span"]
    assert label.strength is Strength.ESTIMATED
    assert caption[start:end] == label.value["quote"]
    assert "prompt" in label.value["quote"] and "dinner" not in label.value["quote"]


def test_a_rules_finding_is_not_repeated_as_an_estimate(detector: Language) -> None:
    assert not [o for o in estimates(detector, "This video was made with AI") if o.kind == "ai_label"]


def test_misheard_words_are_not_judged(detector: Language) -> None:
    value = {"text": "none of this is real i typed one sentence into kling", "source": "pocketsphinx"}
    prior = [Observation("speech/0", "utterance", value)]
    assert not [o for o in detector.detect(cast(Media, None), Post(), prior) if o.value.get("by")]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_probabilities_and_a_clause_inside_it(text: str) -> None:
    normal = normalise(text)
    loaded = classifier.load()
    assert all(0 <= p <= 1 for p in loaded.probabilities(normal, "caption").values())
    start, end = loaded.clause(normal, "ai_label")
    assert 0 <= start <= end <= len(text)
    assert all(0 <= h.start < h.end <= len(normal.text) for h in concepts.find(normal))


def test_heads_are_the_questions_and_categories_of_the_vocabulary() -> None:
    assert classifier.load().heads == classifier.HEADS
    assert set(classifier.SAFETY) == set(SAFETY)


@pytest.mark.parametrize(("words", "same"), [("made", "fait"), ("video", "vidéo"), ("nobody", "niemand")])
def test_one_concept_in_two_languages(words: str, same: str) -> None:
    def of(text: str) -> set[str]:
        return {h.name for h in concepts.find(normalise(text))}

    rest = {"fait": "c'est bien moi qui l'ai ", "vidéo": "voici encore ma ", "niemand": "das war wirklich "}[same]
    assert of(f"look at this {words}") & of(rest + same)


def test_french_for_i_have_is_no_artificial_intelligence() -> None:
    assert "ai" not in {h.name for h in concepts.find(normalise("j'ai mangé une pomme et je n'ai rien dit"))}


def _damaged(tmp_path: Path, **change: Any) -> Path:
    with np.load(classifier.FILE, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files} | change
    path = tmp_path / "classifier.npz"
    np.savez_compressed(path, **parts)
    return path


def test_weights_of_another_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"checker\.training\.text train"):
        classifier.load(_damaged(tmp_path, version=np.array(features.VERSION + 1)))


@pytest.mark.parametrize("content", [b"", b"not a zip"], ids=["empty", "no archive"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "classifier.npz"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="install the package again"):
        classifier.load(path)


def test_reading_imports_neither_sklearn_nor_torch() -> None:
    code = (
        "import sys\nfrom checker.text import classifier\nfrom checker.text.normalise import normalise\n"
        "classifier.load().probabilities(normalise('made with AI'), 'caption')\n"
        "print([m for m in ('sklearn', 'scipy', 'torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
