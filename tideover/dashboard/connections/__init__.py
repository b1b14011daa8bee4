"""The connected Stripe accounts: how each stands, what it may do, and how another is connected."""
