"""The commands about one case, or one customer."""
