"""Shares of cases, and how sure one can be of them."""
