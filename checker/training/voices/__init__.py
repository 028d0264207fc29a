"""Training of the embedded synthetic-voice network; README.md beside this file says how to run it."""
