"""Where a payer is led to at Stripe: what it shows of theirs, its portal, its Checkout."""
