"""The merchant's pages: what failed, what came back, what needs a person."""
