"""Another card, or whatever else the merchant takes: Stripe's form on our page."""
