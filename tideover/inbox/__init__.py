"""Stripe's webhooks: let in what is authentic, store it once, translate it to facts."""
