"""Speech: where somebody speaks, and the engines that write down what is said.

Input: samples, mono float32 at 16 kHz. `vad` finds the regions; an engine (`sphinx`, `whisper`) sees only those.
"""

from __future__ import annotations

from .types import Engine, Spoken, Word

__all__ = ["Engine", "Spoken", "Word"]
