"""Another method, put on file in Stripe's customer portal."""
