"""The commands about the merchants' accounts at Stripe."""
