"""Customers on one of Stripe's test clocks: their cases live in its time, which somebody advances."""
