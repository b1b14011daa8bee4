"""Before a project goes live: what would happen, and going live."""
