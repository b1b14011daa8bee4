"""Ahead of a payment: cards that end before they are charged next, each told of once; and the page behind that."""
