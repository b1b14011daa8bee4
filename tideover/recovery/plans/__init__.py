"""Payment plans: their rows, and what stands of them."""
