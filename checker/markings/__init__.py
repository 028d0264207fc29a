"""Markings of a file, machine-readable: read and write C2PA, XMP, the AIGC label, platform keys, generator traces.

One module per marking (`c2pa`, `xmp`, `aigc`, `platform`, `traces`), and below them what they are found in: `formats`
tells containers apart by their bytes, `iso` walks the boxes of MP4 and QuickTime, `riff` the chunks of AVI and WAV,
`tags` gathers key-value pairs of every container. Whatever is read is hostile: sizes are bounded, XML entities are
refused, and a structure that breaks off raises `Damaged` after what could be read was kept.
"""

from __future__ import annotations
