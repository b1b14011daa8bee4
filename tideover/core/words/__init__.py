"""Words as people read them, in any script."""
