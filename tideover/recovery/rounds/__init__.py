"""Rounds over a whole account: what no event told, and what must be read again after a restore."""
