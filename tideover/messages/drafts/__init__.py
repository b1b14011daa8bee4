"""Texts that a language model drafts: what it is told, what it may not say, and the rows of what it said."""
