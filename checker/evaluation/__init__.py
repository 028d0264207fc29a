"""How good the detectors are on labelled data, and calibrators fitted on it.

The labelled set is the user's: a CSV file of clips (`manifest`). Every clip goes through the same detectors as in a
scan (`clips`, `pairs`); `measure` counts, `fit` calibrates. `text` does the same for what words say.
"""
