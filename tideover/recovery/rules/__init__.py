"""Rule sets: the row of each version."""
