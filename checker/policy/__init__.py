"""The policy engine: importable on its own, needs no media and no network."""
