"""Help: what there is and where, what is wrong, and where to write."""
