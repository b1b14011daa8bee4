"""Template tags of the texts."""
