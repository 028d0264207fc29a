"""The embedded network for synthetic faces, from data to shipped file; see README.md and MODEL_CARD.md beside this."""
