"""Help: what there is and where, and where to write."""
