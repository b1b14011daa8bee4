"""The page of figures: each with its formula beside it, and what explains the difference to Stripe's own page."""
