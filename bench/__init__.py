"""Our published figures: one module for each, to be run again by anyone."""
