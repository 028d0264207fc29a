"""Facts: the vocabulary that rules may name, and how facts are derived from observations."""

from .derive import derive
from .evidence import BANDS, Evidence
from .vocabulary import FACTS, KINDS, Field, Vocabulary

__all__ = ["BANDS", "FACTS", "KINDS", "Evidence", "Field", "Vocabulary", "derive"]
