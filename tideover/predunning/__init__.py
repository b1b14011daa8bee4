"""Ahead of a payment, and after the last: cards that end, what renews, who has left; each told of once, with a page."""
