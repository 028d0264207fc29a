"""The post that goes with a media file: caption, toggles, subtitles and declarations, read from sidecar files.

Beside ``clip.mp4`` are found ``clip.post.json|yaml|yml``, ``clip.info.json`` (yt-dlp), ``clip.srt|vtt`` (also
``clip.en.vtt``) and ``clip.context.yaml|yml|json``; `sidecars` documents what each may hold.
"""

from __future__ import annotations

from pathlib import Path

from .values import Context, Cue, DeclaredPerson, Post, hashtags

__all__ = ["Context", "Cue", "DeclaredPerson", "Post", "hashtags", "read_post"]


def read_post(media_path: Path, *, post: Path | None = None, context: Path | None = None) -> Post:
    """What the sidecars of a media file say; `post` and `context` are read instead of those found beside it.

    Raises:
        UsageError: A sidecar cannot be read, or says what no post can say; names file, line and key.
    """
    from .sidecars import read  # pydantic and yaml are not for those who only pass a Post around

    return read(Path(media_path), post, context)
