"""checker: content moderation and AI-label compliance of short videos."""

__version__ = "0.1.0"
