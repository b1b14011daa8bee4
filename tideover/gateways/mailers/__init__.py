"""E-mail providers, by which a merchant's mail goes: what is asked of each, and what its answers mean."""
