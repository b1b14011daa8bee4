"""The settings: a page for each group of them, from one table."""
