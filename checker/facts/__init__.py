"""Facts: the vocabulary that rules may name, and how facts are derived from observations."""

from .vocabulary import FACTS, KINDS, Field, Vocabulary

__all__ = ["FACTS", "KINDS", "Field", "Vocabulary"]
