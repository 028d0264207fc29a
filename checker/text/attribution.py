"""Who is said to stand behind a promotion: a public figure who is *mentioned* is not one who *endorses*.

Two forms count, in en, fr, es, de, it, pt: the figure speaks in the first person ("I'm X and I use ..."), or the words
put the recommendation in the figure's mouth ("X recommends", "as used by X", "X told me to buy"). News of a fake, a
negation, a question, and a call to vote *for* X make nobody an endorser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .normalise import Normal

ENDORSES = "endorses"
SPEAKS = "speaks"
"""The figure introduces themselves; whether they endorse depends on what is promoted in the same place."""

_INTRODUCED = re.compile(
    r"(?<!\w)(?:i'm|i am|im|my name is|my name's|je suis|je m'appelle|moi,? c'est|mon nom est|soy|me llamo|"
    r"mi nombre es|ich bin|ich heisse|mein name ist|(?:io )?sono|mi chiamo|il mio nome e|"
    r"(?:eu )?sou(?: [oa])?|me chamo|meu nome e) $"
)
_SELF = re.compile(
    # What follows "I'm X" unless it is "I'm X's biggest fan" or "I'm Messi obsessed".
    r" ?(?:[,.!;:\n-]|$|(?:and|et|y|und|e|ed|here|ici|aqui|hier|qui)(?!\w))"
)
_HERE = re.compile(r" (?:here|speaking|ici)(?:[,.!:]|$| (?:and|with|et|avec)(?!\w))")
_GREETING = re.compile(r"(?:(?:hi|hello|hey|hola|bonjour|salut|everyone|everybody|guys|it's|this is|so)[ ,!]*)*")
_PRETENDED = re.compile(
    r"(?<!\w)(?:if|like|think|thinks|pretend\w*|imagine|that|wish|si|comme|como|wenn|als|se|come)\W*$"
)
_ALSO = r" (?:(?:also|now|only|personally|himself|herself|really|always|aussi|tambien|auch|anche|tambem) )?"
_FIRM_AFTER = (
    r"(?:recommends?|endorses?|swears by|vouches for|approves? (?:this|of this|it)|"
    r"(?:told|tells|asked|asks|wants|urges|invites) (?:me|us|you|everyone|everybody) to "
    r"(?:buy|get|try|use|order|download|invest|join|vote|support)|says (?:to|you should|you need to|you must) "
    r"(?:buy|get|try|use|order|download|invest|join|vote)|"
    r"(?:(?:vous|te|nous|le|la|les) )?(?:recommande|conseille)|ne jure que par|(?:m|nous |vous )'?a (?:dit|conseille) "
    r"d(?:e |')\w*(?:achet|prendre|essay|utilis|invest|vot)\w*|"
    r"(?:(?:te|lo|la|nos|os) )?recomienda|(?:me|nos) dijo que (?:compr|us|prob|vot)\w+|"
    r"empfiehlt|schwort auf|(?:(?:ti|vi|lo|la) )?(?:consiglia|raccomanda)|recomenda|(?:me|nos) mandou (?:compr|us)\w+)"
)
_WEAK_AFTER = (
    r"(?:is (?:giving (?:away|back)|offering|partnering with)|keeps (?:it|them|one)|chose|switched to|l'a adopte\w*|"
    r"offre|regala|verschenkt|uses|wears|drinks|trusts|loves|backs|supports|promotes|approves|utilise|porte|boit|soutient|approuve|"
    r"usa|apoya|respalda|aprueba|nutzt|benutzt|verwendet|tragt|unterstutzt|indossa|sostiene|apoia|aprova|indica)"
)
_AFTER = re.compile(
    rf"{_ALSO}(?:(?P<firm>{_FIRM_AFTER})|{_WEAK_AFTER})(?!\w)"
    r"(?! (?:against|not|avoiding|that|nobody|no one|nothing|de ne pas|d'eviter|no |nicht|davon|di non|evitar|nao))"
)
_BEFORE = re.compile(
    r"(?<!\w)(?:(?P<firm>recommended|endorsed|approved|trusted|recommandee?s?|conseillee?s?|approuvee?s?|recomendad[oa]s?|"
    r"aprobad[oa]s?|empfohlen|consigliat[oaie]|raccomandat[oaie]|approvat[oaie]|aprovad[oa]s?|indicad[oa]s?)|"
    r"used|worn|loved|backed|promoted|utilisee?s?|portee?s?|soutenue?s?|usad[oa]s?|genutzt|getragen|unterstutzt|"
    r"usat[oaie])"
    r" (?:by|par|por|pel[oa]|von|da)(?: (?:stars?|celebrit\w+|legends?|people|athletes)(?: (?:like|such as))?)? $"
)
_FIRST_PERSON = re.compile(
    r"(?<!\w)(?:i (?:(?!never|not|don|hardly|didn)[\w']+ )?(?:use|trust|recommend|approve|endorse|swear by|wear|"
    r"support|drink|invest)|"
    r"je (?:vous )?(?:recommande|conseille|utilise|approuve|soutiens)|j'(?:utilise|approuve)|"
    r"(?:yo )?(?:uso|recomiendo)|ich (?:nutze|benutze|empfehle|verwende|trage)|(?:io )?consiglio|"
    r"(?:io )?raccomando|(?:eu )?recomendo)(?!\w)"
)
_NOT = re.compile(
    r"(?<!\w)(?:not|never|nor|neither|\w+n't|nobody|ne|pas|jamais|no|nunca|nicht|nie|kein\w*|non|mai|nao)(?!\w)"
)
_FAKE = re.compile(
    r"(?<!\w)(?:fake\w*|deep ?fake\w*|scam\w*|hoax\w*|impersonat\w*|parod\w+|satire|fausse?s?|faux|arnaque\w*|"
    r"fals[oaie]s?|estafa\w*|gefalscht\w*|betrug\w*|truffa\w*|golpe|supposedly|allegedly|rumou?rs?)(?!\w)"
)
_AND = re.compile(r"(?:,|,? (?:and|&|et|y|und|e)) ")
_END = re.compile(r"[.!?\n]+(?=\s|$)")


def parts(normal: Normal, places: Sequence[tuple[int, int]], *, promotes: bool) -> Iterator[str]:
    """For each person named at `places` of the normalised text, in order: `ENDORSES`, `SPEAKS`, or nothing.

    `promotes`: something is promoted in the same text, so that "Zendaya wears it" is more than news.
    """
    before, reached = "", 0
    for start, end in places:
        if before == ENDORSES and _AND.fullmatch(normal.text, reached, start):  # "loved by Zendaya and Messi"
            part = before
        else:
            part = _part(normal.text, start, end, promotes)
        yield part
        before, reached = part, end


def _part(text: str, start: int, end: int, promotes: bool) -> str:
    ends = [m.end() for m in _END.finditer(text, max(0, start - 200), start)]
    first = ends[-1] if ends else max(0, start - 200)
    stop = _END.search(text, end, end + 200)
    last = stop.end() if stop else min(len(text), end + 200)
    if "?" in text[end:last] or _FAKE.search(text, first, last):
        return ""
    lead = text[first:start].rstrip('@#"')
    if _HERE.match(text, end, last) and _GREETING.fullmatch(lead.strip()):
        return ENDORSES if _FIRST_PERSON.search(text, end, end + 100) else SPEAKS
    if introduced := _INTRODUCED.search(lead):
        if _PRETENDED.search(lead[: introduced.start()]) or not _SELF.match(text, end, last):
            return ""
        # The next sentence may still be of the same breath: "I'm X. I use it every day."
        return ENDORSES if _FIRST_PERSON.search(text, end, end + 100) else SPEAKS
    said = _AFTER.match(text, end, last) or _BEFORE.search(lead)
    if said is None or not (said["firm"] or promotes):
        return ""
    return "" if said.re is _BEFORE and _NOT.search(lead) else ENDORSES
