"""Draw the README's picture of a report: `python samples/picture.py`, from the root of the repository."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console

from checker import scan
from checker.report.text import render

HERE = Path(__file__).parent


def main() -> None:
    report = scan("samples/ai-unlabelled/clip.mp4")
    console = Console(record=True, width=108, file=io.StringIO(), highlight=False)
    console.print("$ checker scan samples/ai-unlabelled/clip.mp4\n", style="dim")
    console.print(render(report))
    svg = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="checker"), flags=re.DOTALL)  # no remote fonts
    (HERE / "report.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
