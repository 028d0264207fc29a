"""Report formats: each module writes a report to an open file."""
