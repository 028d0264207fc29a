"""Detectors, one per file. None imports another."""
