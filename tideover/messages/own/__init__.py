"""A merchant's own texts in place of ours: what they are made of, what they may say, and their versions."""
