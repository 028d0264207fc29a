"""Who endorses: words, voices and faces together; the same words mean one thing said by a figure, another of them."""

from __future__ import annotations

from collections.abc import Iterator

from ..text.attribution import ENDORSES
from ..types import Observation
from .claims import Claim, all_of, any_of, unknown
from .evidence import Reading

_WRITTEN = ("caption", "hashtag")


def endorses(reading: Reading, name: str, heard: Claim) -> Claim:
    """Whether this person recommends something; `heard` says whether the person's voice is there.

    A name beside a promotion is no endorsement, and neither is a face or voice that there is no reference to compare
    with: so false says that nothing makes this person the one who recommends, not that the likeness is absent.
    """
    mine = [o for o in reading.of("mention") if o.value["name"] == name and o.value.get("part")]
    claims = [_said(reading, o) for o in mine]
    if heard.value is not False and (spoken := _promotions(reading, ("speech",))):
        claims += _spoken(reading, name, spoken)
    blind = reading.unseen("mention")
    return any_of([*claims, unknown(blind) if blind else Claim(False)])


def _said(reading: Reading, mention: Observation) -> Claim:
    """What the words make of the person: "I am X" is enough only where the same place promotes something."""
    held = reading.claim(mention)
    if mention.value["part"] == ENDORSES:
        return held
    where = str(mention.value["where"])
    promotions = _promotions(reading, _WRITTEN if where in _WRITTEN else (where,))
    return all_of([held, any_of([*map(reading.claim, promotions), Claim(False)])])


def _promotions(reading: Reading, places: tuple[str, ...]) -> list[Observation]:
    return [o for o in reading.of("endorsement") if o.value.get("where") in places]


def _spoken(reading: Reading, name: str, promotions: list[Observation]) -> Iterator[Claim]:
    """Whether the voice that promotes is this person's."""
    promoted = any_of([reading.claim(o) for o in promotions])
    if promoted.value is False:
        return
    if blind := reading.blind("voice") or reading.blind("voice_match"):
        yield unknown(blind)
    for match in _matches(reading, "voice", name):
        for promotion in promotions:
            whose = (
                reading.claim(match, "likeness")
                if _speaks(reading, match, promotion)
                else unknown(
                    f"`{name}` is one of several who speak, and whose words promote is not known", evidence=(match.id,)
                )
            )
            yield all_of([reading.claim(promotion), whose])
    if not _matches(reading, "voice", name) and (faces := _matches(reading, "face", name)):
        yield unknown(
            f"`{name}` is shown while speech promotes, and whose voice it is is not known", evidence=(faces[0].id,)
        )


def _matches(reading: Reading, kind: str, name: str) -> list[Observation]:
    return [
        m
        for m in reading.of(f"{kind}_match")
        if m.value.get("person") == name and reading.holds(m, "likeness") is not False
    ]


def _speaks(reading: Reading, match: Observation, promotion: Observation) -> bool:
    """Whether the matched voice says it: it is the only voice, or it is the one whose known turn it falls in."""
    voices = reading.of("voice")
    if len(voices) == 1:
        return True
    at = promotion.segment
    return at is not None and any(
        v.id == match.value.get("voice") and v.segment is not None and v.segment.overlap_s(at) > at.seconds / 2
        for v in voices
    )
