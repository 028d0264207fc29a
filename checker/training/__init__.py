"""How the embedded networks were made: run from a checkout with data, never by a scan."""
