"""What can go wrong, and the exit code that says so.

A message is a lower-case snippet with names in backticks, then the remedy:
"weights `whisper-tiny` not found; run `checker models pull whisper-tiny`".
"""

from __future__ import annotations


class CheckerError(Exception):
    """Base of everything that `checker` raises on purpose."""

    exit_code = 1


class UsageError(CheckerError):
    """The caller asked for something that does not exist or does not fit: an option, a sidecar, a gallery."""

    exit_code = 2


class PolicyError(UsageError):
    """A policy pack is wrong; the message holds one line ``file:line:column: ...`` per mistake."""


class NoInputError(CheckerError):
    """There is nothing to scan."""

    exit_code = 3


class MediaError(CheckerError):
    """The file cannot be examined: missing, not media, no streams, nothing decodable."""

    exit_code = 4


class WeightsError(CheckerError):
    """Weights are missing, damaged or not what the registry says they are."""

    exit_code = 2


class DetectorUnavailable(CheckerError):
    """A detector cannot look on this machine; the message says what to install or pull."""
