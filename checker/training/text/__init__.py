"""The text classifier's training: data, cross-validation over authors, weights; ``python -m checker.training.text``."""
