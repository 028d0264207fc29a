"""Documents judged per second on one core: 50 rules over about 60 facts, against other engines in the same run.

    python -m tests.bench.bench_policy [--documents 2000] [--repeat 3]

Others are measured where they are installed: `pip install cel-python json-logic-qubit`. The time is processor time of
this process, best of the repeats; compiling, and for the others converting the facts, is not counted.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from checker.facts import Field, Vocabulary
from checker.policy import Policy, evaluate, load_policy
from checker.policy.expression import (
    Apply,
    Both,
    Const,
    Count,
    Fact,
    ItemField,
    Items,
    Node,
    Not,
    Quantified,
)
from checker.policy.load import loads
from checker.policy.testing import cases_path, load_cases
from checker.types import Outcome

# ruff: noqa: E501

GROUPS = {
    "video": "duration_s:double width:int height:int fps:double has_audio:bool codec:string container:string bitrate:int vertical:bool title:string",
    "label": "present:bool kind:string persistent_s:double coverage:double position:string lang:string text:string legible:bool",
    "provenance": "present:bool valid:bool issuer:string claims_ai:bool ingredients:int signed_age_d:double",
    "metadata": "generator:string software:string edited:bool gps:bool creation_year:int",
    "watermark": "synthid:bool audio:bool score:double removed:bool",
    "endorsement": "kind:string product:string disclosed:bool confidence:double",
    "speech": "language:string claims:int call_to_action:bool urgency:double words:int medical:bool",
    "ocr": "has_disclosure:bool words:int language:string url_count:int",
    "scene": "violence:double nudity:double medical:bool news_style:double minors:bool synthetic:double count:int",
    "upload": "account_age_d:double country:string paid:bool category:string followers:int",
}
LISTS = {
    "faces": "id:int synthetic:double swap:double seconds:double minor:bool name:string size:double",
    "voices": "id:int synthetic:double cloned:double seconds:double lang:string name:string",
    "matches": "kind:string name:string synthetic:bool similarity:double consent:bool seconds:double",
}
WORDS = {
    "kind": ["none", "political", "commercial", "charity"],
    "codec": ["h264", "hevc", "av1", "vp9", "mpeg2"],
    "generator": ["", "sora", "veo", "camera"],
    "lang": ["en", "de", "fr"],
    "language": ["en", "de", "fr"],
    "country": ["US", "DE", "IN", "BR"],
    "position": ["top_left", "top_right", "centre"],
    "category": ["news", "satire", "ad", "vlog"],
}
RULES = """
!label.present && (faces.exists(f, f.synthetic >= 0.8) || voices.exists(v, v.synthetic >= 0.8))
matches.exists(m, m.kind == "public_figure" && m.synthetic) && endorsement.kind in ["political", "commercial"]
label.present && label.persistent_s < 3.0 && (faces.exists(f, f.synthetic >= 0.7) || voices.exists(v, v.synthetic >= 0.7))
label.present && (!label.legible || label.coverage < 0.01)
provenance.present && provenance.valid && provenance.claims_ai && !label.present
provenance.present && !provenance.valid
(watermark.synthid || watermark.audio || watermark.score >= 0.9) && !label.present
watermark.removed
faces.exists(f, f.minor && f.synthetic >= 0.6)
scene.minors && scene.nudity >= 0.3
endorsement.kind == "commercial" && !endorsement.disclosed && endorsement.confidence >= 0.7
speech.medical && (faces.exists(f, f.synthetic >= 0.75) || voices.exists(v, v.synthetic >= 0.75))
voices.exists(v, v.cloned >= 0.85 && v.seconds > 5.0)
faces.exists(f, f.swap >= 0.8 && f.seconds > 1.0 && f.size > 0.05)
matches.exists(m, m.similarity >= 0.9 && !m.consent && m.synthetic)
scene.news_style >= 0.8 && ((faces.exists(f, f.synthetic >= 0.8) || voices.exists(v, v.synthetic >= 0.8)) || scene.synthetic >= 0.8) && !(upload.category in ["satire", "news"])
size(faces) >= 5 && faces.exists(f, f.synthetic >= 0.95)
faces.all(f, f.synthetic < 0.2) && voices.all(v, v.synthetic < 0.2) && scene.synthetic < 0.2
size(faces) == 0 && size(voices) == 0
metadata.generator in ["sora", "veo", "runway", "pika", "kling"]
metadata.generator in ["sora", "veo", "runway", "pika", "kling"] && !(label.present || ocr.has_disclosure)
upload.account_age_d < 30.0 && endorsement.kind == "political" && (faces.exists(f, f.synthetic >= 0.7) || voices.exists(v, v.synthetic >= 0.7))
upload.paid && endorsement.kind == "political" && !label.present
speech.call_to_action && speech.urgency >= 0.8 && ocr.url_count > 0
speech.language != "en" && ocr.language == "en" && voices.exists(v, v.lang != "en")
scene.violence >= 0.85
scene.violence >= 0.5 && scene.synthetic >= 0.8
video.width < 240 || video.height < 240 || video.fps < 10.0
video.duration_s > 3600.0
!video.has_audio && size(voices) > 0
!(video.codec in ["h264", "hevc", "av1", "vp9"])
video.vertical && endorsement.kind == "commercial" && !ocr.has_disclosure
matches.exists(m, m.kind == "public_figure" && m.similarity >= 0.8)
matches.exists(m, m.kind == "public_figure" && m.seconds >= 2.0) && voices.exists(v, v.cloned >= 0.7)
matches.exists(m, m.kind == "private_person" && !(m.consent))
matches.all(m, m.consent)
label.present && label.persistent_s >= 3.0 && label.legible && label.position in ["top_left", "top_right", "bottom_left", "bottom_right"]
label.present && label.lang != "en" && upload.country in ["US", "GB", "CA", "AU"]
upload.followers >= 1000000 && (faces.exists(f, f.synthetic >= 0.6) || voices.exists(v, v.synthetic >= 0.6))
upload.country in ["DE", "FR", "IT", "ES", "NL"] && (faces.exists(f, f.synthetic >= 0.5) || voices.exists(v, v.synthetic >= 0.5)) && !(label.present)
metadata.edited && !provenance.present && scene.synthetic >= 0.6
metadata.creation_year < 2005
speech.claims >= 5 && speech.words < 400
matches.exists(m, m.synthetic && voices.exists(v, v.cloned >= 0.8 && v.seconds > 3.0))
scene.synthetic >= 0.4 && scene.synthetic <= 0.8 && scene.count > 3
faces.all(f, f.synthetic < 0.5) && voices.exists(v, v.synthetic >= 0.9) && video.has_audio
watermark.score >= 0.5 && !provenance.claims_ai && provenance.valid
provenance.present && provenance.signed_age_d > 365.0 && provenance.ingredients == 0
label.present || ocr.has_disclosure || provenance.claims_ai || watermark.synthid
(faces.exists(f, f.synthetic >= 0.9 || f.swap >= 0.9) || voices.exists(v, v.synthetic >= 0.9 || v.cloned >= 0.9) || scene.synthetic >= 0.9) && !(label.present || ocr.has_disclosure)
""".strip().splitlines()
MISSING = 0.15
"""Share of the facts that are not known."""


def vocabulary() -> Vocabulary:
    """The facts above as a vocabulary."""

    def rows(text: str) -> dict[str, Field]:
        return {key: Field(kind, "") for key, kind in (part.split(":") for part in text.split())}

    return Vocabulary({n: rows(t) for n, t in GROUPS.items()}, {n: rows(t) for n, t in LISTS.items()})


def documents(count: int, vocabulary: Vocabulary, seed: int = 1) -> list[dict[str, Any]]:
    """Random fact documents, with lists of up to 20 items and some facts not known."""
    dice = random.Random(seed)

    def value(key: str, kind: str) -> Any:
        if kind == "bool":
            return dice.random() < 0.4
        if kind == "double":
            return round(dice.random(), 3) * (100 if key.endswith(("_d", "_s")) or key in ("seconds", "fps") else 1)
        if kind == "int":
            return dice.randrange(2000)
        return dice.choice(WORDS.get(key, ["alpha", "beta", "gamma delta"]))

    def known(name: str, fields: Any) -> dict[str, Any]:
        item = {k: value(k, row.type) for k, row in fields.items() if dice.random() > MISSING * 0.1}
        if name == "matches":
            item["kind"] = dice.choice(["public_figure", "private_person", "brand"])
        return item

    found = []
    for _ in range(count):
        document: dict[str, Any] = {
            g: known(g, fields) for g, fields in vocabulary.groups.items() if dice.random() >= MISSING * 0.5
        }
        for name, fields in vocabulary.lists.items():
            if dice.random() >= MISSING * 0.5:
                document[name] = [known(name, fields) for _ in range(dice.randrange(21))]
        found.append(document)
    return found


def policy(vocabulary: Vocabulary) -> Policy:
    """The rules as a pack."""
    rules = [{"id": f"r{i}", "title": f"Rule {i}", "verdict": "flag", "when": when} for i, when in enumerate(RULES)]
    return loads(json.dumps({"policy": "bench", "version": "1", "title": "Bench", "rules": rules}), "bench", vocabulary)


def python(node: Node) -> str:
    """The condition as Python text; a fact that is missing raises KeyError."""
    match node:
        case Const(value=frozenset() as values):
            return repr(set(values))
        case Const(value=value):
            return repr(value)
        case Fact(name=name):
            group, _, key = name.partition(".")
            return f"{group}[{key!r}]"
        case Items(name=name):
            return name
        case ItemField(variable=variable, field=field):
            return f"{variable}[{field!r}]"
        case Not(of=of):
            return f"(not {python(of)})"
        case Both(absorbs=absorbs, of=parts):
            return "(" + (" or " if absorbs else " and ").join(map(python, parts)) + ")"
        case Apply(operator=operator, left=left, right=right):
            return f"({python(left)} {operator} {python(right)})"
        case Quantified(absorbs=absorbs, over=over, variable=variable, where=where):
            return f"{'any' if absorbs else 'all'}([{python(where)} for {variable} in {python(over)}])"
        case Count(over=over):
            return f"len({python(over)})"
    raise NotImplementedError(type(node).__name__)


def json_logic(node: Node, inside: bool = False) -> Any:
    """The condition as JsonLogic, which cannot see outer facts inside `some`: NotImplementedError there."""
    match node:
        case Const(value=frozenset() as values):
            return sorted(values)
        case Const(value=value):
            return value
        case Fact(name=name) | Items(name=name) if not inside:
            return {"var": name}
        case ItemField(field=field):
            return {"var": field}
        case Not(of=of):
            return {"!": [json_logic(of, inside)]}
        case Both(absorbs=absorbs, of=parts):
            return {"or" if absorbs else "and": [json_logic(p, inside) for p in parts]}
        case Apply(operator=operator, left=left, right=right):
            name = {"==": "===", "!=": "!=="}.get(operator, operator)
            return {name: [json_logic(left, inside), json_logic(right, inside)]}
        case Quantified(absorbs=absorbs, over=over, where=where) if not inside:
            return {"some" if absorbs else "all": [json_logic(over), json_logic(where, True)]}
        case Count(over=over) if not inside:
            return {"reduce": [json_logic(over), {"+": [1, {"var": "accumulator"}]}, 0]}
    raise NotImplementedError(type(node).__name__)


Engine = Callable[[Any], list[bool | None]]
_TRUTH = {Outcome.VIOLATED: True, Outcome.SATISFIED: False, Outcome.UNCLEAR: None, Outcome.NOT_APPLICABLE: False}


def ours(pack: Policy, *, explain: bool) -> Engine:
    def judge(document: Any) -> list[bool | None]:
        return [_TRUTH[f.outcome] for f in evaluate(pack, document, explain=explain).findings]

    return judge


def by_python(pack: Policy) -> Engine:
    names = [*GROUPS, *LISTS]
    rules = [eval(f"lambda {', '.join(names)}: {python(rule.when)}") for rule in pack.rules]

    def judge(document: Any) -> list[bool | None]:
        values = [document.get(name) for name in names]
        found: list[bool | None] = []
        for rule in rules:
            try:
                found.append(bool(rule(*values)))
            except (KeyError, TypeError):
                found.append(None)
        return found

    return judge


def by_json_logic(pack: Policy) -> tuple[Engine, int]:
    from json_logic import jsonLogic

    rules: list[Any] = []
    for rule in pack.rules:
        try:
            rules.append(json_logic(rule.when))
        except NotImplementedError:
            rules.append(None)

    def judge(document: Any) -> list[bool | None]:
        return [None if rule is None else bool(jsonLogic(rule, document)) for rule in rules]

    return judge, rules.count(None)


def by_cel_python() -> tuple[Engine, Callable[[Any], Any]]:
    import celpy

    env = celpy.Environment()
    programs = [env.program(env.compile(text)) for text in RULES]

    def judge(document: Any) -> list[bool | None]:
        found: list[bool | None] = []
        for program in programs:
            try:
                found.append(bool(program.evaluate(document)))
            except (celpy.CELEvalError, TypeError):  # TypeError: a missing `matches` is taken for the function
                found.append(None)
        return found

    return judge, celpy.json_to_cel


def measure(judge: Engine, documents: list[Any], truths: list[list[bool | None]], repeat: int) -> tuple[float, float]:
    """Documents per second, and the share of results that claim to know what is not known."""
    best = float("inf")
    for _ in range(repeat):
        started = time.process_time()
        for document in documents:
            judge(document)
        best = min(best, time.process_time() - started)
    pairs = [(a, b) for d, truth in zip(documents, truths, strict=True) for a, b in zip(judge(d), truth, strict=True)]
    return len(documents) / best, sum(b is None and a is not None for a, b in pairs) / len(pairs)


def rows(count: int, repeat: int) -> Iterator[tuple[str, float, float, str]]:
    """Engine, documents per second, share of silently wrong results, note."""
    words = vocabulary()
    pack, found = policy(words), documents(count, words)
    truths = [ours(pack, explain=False)(d) for d in found]
    yield ("checker, evaluate", *measure(ours(pack, explain=False), found, truths, repeat), "")
    some = max(20, count // 20)
    yield ("checker, evaluate + explain", *measure(ours(pack, explain=True), found[:some], truths[:some], repeat), "")
    yield ("Python eval (unsafe)", *measure(by_python(pack), found, truths, repeat), "unknown kills the rule")
    if importlib.util.find_spec("json_logic"):
        judge, skipped = by_json_logic(pack)
        some = max(20, count // 10)
        yield ("json-logic", *measure(judge, found[:some], truths[:some], repeat), f"{skipped} rules not expressible")
    if importlib.util.find_spec("celpy"):
        judge, convert = by_cel_python()
        few = max(5, count // 200)
        yield ("cel-python", *measure(judge, [convert(d) for d in found[:few]], truths[:few], 1), "")


def shipped(name: str, repeat: int) -> tuple[float, float]:
    """Documents per second of a shipped pack over the facts of its own cases, without and with explanation."""
    pack = load_policy(name)
    facts = [case.facts for case in load_cases(cases_path(pack), pack)] * 20
    truths = [ours(pack, explain=False)(f) for f in facts]
    plain, explained = (measure(ours(pack, explain=e), facts, truths, repeat)[0] for e in (False, True))
    return plain, explained


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    words = vocabulary()
    scalars = sum(len(fields) for fields in words.groups.values())
    items = statistics.fmean(len(d.get(n, ())) for d in documents(200, words) for n in LISTS)
    print(f"{len(RULES)} rules, {scalars} facts and {len(LISTS)} lists of {items:.0f} items on average")
    print(f"{'engine':30} {'documents/s':>12} {'silently wrong':>15}")
    base = 0.0
    for name, rate, wrong, note in rows(options.documents, options.repeat):
        base = base or rate
        print(f"{name:30} {rate:12,.0f} {wrong:14.1%}   {f'1/{base / rate:.0f} of ours' if rate < base else ''} {note}")
    plain, explained = shipped("tiktok", options.repeat)
    print(f"pack `tiktok` over its own cases: {plain:,.0f} documents/s, with explanation {explained:,.0f}")


if __name__ == "__main__":
    main()
