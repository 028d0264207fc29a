"""Who of those matched or named is enrolled in the gallery, as what, and with which consent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from ..detector import Settings
from ..types import Observation, Strength

if TYPE_CHECKING:
    from ..gallery import Gallery
    from ..media import Media
    from ..post import Post


class Enrolment:
    """Looks up names in the user's gallery; knows nobody without one."""

    name: ClassVar[str] = "enrolment"
    version: ClassVar[str] = "1"
    emits: ClassVar[frozenset[str]] = frozenset({"enrolled"})
    needs: ClassVar[frozenset[str]] = frozenset({"face_match", "voice_match", "mention"})
    weights: ClassVar[tuple[str, ...]] = ()
    frames_hz: ClassVar[float] = 0.0
    audio: ClassVar[bool] = False

    def __init__(self) -> None:
        self._gallery: Gallery | None = None

    def applies_to(self, media: Media) -> bool:
        return True

    def load(self, settings: Settings) -> None:
        self._gallery = settings.gallery

    def detect(self, media: Media, post: Post, prior: Sequence[Observation]) -> Iterator[Observation]:
        """One `enrolled` per person of the gallery who is matched, mentioned or declared."""
        if self._gallery is None:
            return
        names = [str(o.value.get("person") or o.value.get("name") or "") for o in prior]
        names += [person.name for person in post.context.people]
        enrolled = {person.name.casefold(): person for person in self._gallery.people()}
        found = dict.fromkeys(name.casefold() for name in names)
        for i, person in enumerate(enrolled[name] for name in found if name in enrolled):
            yield Observation(
                f"enrolment/{i}",
                "enrolled",
                {
                    "person": person.name,
                    "kind": person.kind,
                    "consent": bool(person.consent),
                    "until": person.until.isoformat() if person.until else None,
                    "faces": len(person.faces),
                    "voices": len(person.voices),
                },
                strength=Strength.DECLARED,
            )

    def used_weights(self) -> tuple[str, ...]:
        return ()
