"""Tideover: recovers failed subscription payments for merchants on Stripe."""
