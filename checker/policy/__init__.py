"""The policy engine: importable on its own, needs no media and no network.

policy = load_policy("tiktok")
judgement = evaluate(policy, {"ai": {"used": True}, "label": {"present": False}})
"""

from __future__ import annotations

from pathlib import Path

from ..facts import FACTS, Vocabulary
from .evaluate import evaluate
from .pack import Policy, PolicyInfo, Rule, Suppression


def load_policy(source: str | Path, *, vocabulary: Vocabulary = FACTS) -> Policy:
    """The pack with this id, or the pack in this file.

    Raises:
        PolicyError: There is none, or it is wrong: one ``file:line:column: message`` per mistake.
    """
    from .load import load_policy

    return load_policy(source, vocabulary=vocabulary)


def list_policies() -> list[PolicyInfo]:
    """The shipped packs, in alphabetical order."""
    from .load import list_policies

    return list_policies()


def load_suppressions(path: str | Path, *, vocabulary: Vocabulary = FACTS) -> tuple[Suppression, ...]:
    """Suppressions from a file; pass them to `evaluate`.

    Raises:
        PolicyError: It is wrong.
    """
    from .load import load_suppressions

    return load_suppressions(path, vocabulary=vocabulary)


__all__ = [
    "Policy",
    "PolicyInfo",
    "Rule",
    "Suppression",
    "evaluate",
    "list_policies",
    "load_policy",
    "load_suppressions",
]
