"""Stripe's API: one file for each resource, with what becomes of it and the operations it answers to."""
