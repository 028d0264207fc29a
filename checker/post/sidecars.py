"""Find the sidecars of a media file, read them, and put together what they say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import UsageError
from .document import Document
from .formats import OwnContext, OwnPerson, OwnPost, TikTokPosting, recognise
from .subtitles import read_subtitles
from .values import Context, Post

MAX_PROBLEMS = 20
_POST = (".post.json", ".post.yaml", ".post.yml")
_CONTEXT = (".context.yaml", ".context.yml", ".context.json")
_INFO = ".info.json"
_SUBTITLES = (".srt", ".vtt")

Shape = TypeVar("Shape", bound=BaseModel)


def read(media_path: Path, post: Path | None, context: Path | None) -> Post:
    """See `checker.post.read_post`."""
    beside = _beside(media_path)
    said, sources = _posts(beside, post)
    file = context or _one(beside, _CONTEXT)
    if file is not None:
        if said.context != Context():
            raise UsageError(f"both `{sources[0]}` and `{file}` declare the context; keep one")
        said, sources = replace(said, context=_context(Document(file))), [*sources, file]
    if (subtitles := _subtitles(beside)) is not None:
        cues, automatic = read_subtitles(subtitles)
        said = replace(said, subtitles=cues, subtitles_automatic=automatic or said.subtitles_automatic)
        sources.append(subtitles)
    return replace(said, sources=tuple(path.name for path in sources))


def _beside(media_path: Path) -> dict[str, Path]:
    """Files that are named like the media file, by what follows its stem: ``.post.json``."""
    try:
        with os.scandir(media_path.parent) as entries:
            names = [e.name for e in entries if e.name.startswith(media_path.stem + ".") and e.is_file()]
    except OSError:  # no such folder: `Media.open` says so
        return {}
    names.remove(media_path.name) if media_path.name in names else None
    return {name[len(media_path.stem) :].lower(): media_path.parent / name for name in sorted(names)}


def _one(beside: Mapping[str, Path], suffixes: Iterable[str]) -> Path | None:
    found = [beside[suffix] for suffix in suffixes if suffix in beside]
    if len(found) > 1:
        raise UsageError(f"both `{found[0]}` and `{found[1]}` are there; keep one")
    return found[0] if found else None


def _posts(beside: Mapping[str, Path], given: Path | None) -> tuple[Post, list[Path]]:
    """The post of the file that was given, else of the one found, completed from yt-dlp's."""
    if given is not None:
        return _post(Document(given)), [given]
    files = [file for file in (_one(beside, _POST), beside.get(_INFO)) if file is not None]
    posts = [_post(Document(file)) for file in files]
    if not posts:
        return Post(), []
    first, rest = posts[0], posts[-1]
    missing = {name: getattr(rest, name) for name in ("platform", "caption", "privacy") if getattr(first, name) is None}
    tags = first.hashtags or (rest.hashtags if "caption" in missing else ())
    return replace(first, **missing, hashtags=tags), files


def _subtitles(beside: Mapping[str, Path]) -> Path | None:
    """``clip.srt`` before ``clip.vtt`` before ``clip.en.vtt``; among languages the original, then the first."""
    for suffix in _SUBTITLES:
        if suffix in beside:
            return beside[suffix]
    tagged = [s for s in beside if s.endswith(_SUBTITLES) and s.count(".") == 2]
    return beside[min(tagged, key=lambda s: ("-orig." not in s, s))] if tagged else None


def _post(document: Document) -> Post:
    said = _mapping(document)
    shape, steps = recognise(said)
    inner: Any = said
    for step in steps:
        inner = inner[step]
    path: tuple[str | int, ...] = steps
    if isinstance(inner, list):
        if len(inner) != 1:
            raise document.error(steps, f"`{steps[-1]}` holds {len(inner)} videos; keep the one that this file is")
        inner, path = inner[0], (*steps, 0)
    if shape is TikTokPosting and not steps:
        for key in (OwnPost.model_fields.keys() - TikTokPosting.model_fields.keys()) & inner.keys():
            raise document.error(
                (key,), f"`{key}` is a key of checker's own format, the others are of TikTok's `post_info`; use one"
            )
    return _checked(document, shape, inner, path).post()


def _context(document: Document) -> Context:
    return _checked(document, OwnContext, _mapping(document), ()).context()


def _mapping(document: Document) -> dict[str, Any]:
    if not isinstance(document.value, dict):
        raise document.error((), "keys with values are wanted, such as `caption: ...`")
    return document.value


def _checked(document: Document, shape: type[Shape], value: Any, steps: tuple[str | int, ...]) -> Shape:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        found = [((*steps, *problem["loc"]), _told(shape, problem)) for problem in error.errors(include_url=False)]
        found = sorted(found[:MAX_PROBLEMS], key=lambda problem: document.line(problem[0]))
        raise UsageError("\n".join(dict.fromkeys(str(document.error(*problem)) for problem in found))) from error


def _told(shape: type[BaseModel], problem: Mapping[str, Any]) -> str:
    """One of pydantic's problems, in a reader's words."""
    kind, loc = problem["type"], [step for step in problem["loc"] if isinstance(step, str)]
    key, value = loc[-1] if loc else "the post", _shown(problem["input"])
    if kind == "extra_forbidden":
        near = get_close_matches(key, _keys(shape, loc[:-1]), 1)
        return f"`{key}` is not a key here" + (f"; did you mean `{near[0]}`?" if near else "")
    if kind == "missing":
        return f"`{key}` is missing"
    wanted = {
        "bool_type": "true or false",
        "string_type": "text; put it in quotes",
        "list_type": "a list",
        "model_type": "keys with values",
        "int_type": "a whole number",
        "float_type": "a number",
        "literal_error": f"one of {problem.get('ctx', {}).get('expected', '')}".replace("'", "`"),
        "string_pattern_mismatch": "a code such as `FR` or `US-NY`",
        "value_error": str(problem.get("ctx", {}).get("error", "")),
    }.get(kind)
    if kind == "value_error":
        return f"`{key}`: `{value}`: {wanted}"
    return f"`{key}` must be {wanted}, not `{value}`" if wanted else f"`{key}`: {problem['msg'].lower()}"


def _keys(shape: type[BaseModel], loc: list[str]) -> list[str]:
    """Keys that exist where an unknown one was found."""
    inner: dict[str, type[BaseModel]] = {"people": OwnPerson, "context": OwnContext}
    within = inner.get(loc[-1] if loc else "", shape)
    return list(within.model_fields)


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
