"""Who pays, with what, and how money moves: customers, their payment methods, intents, charges, and what goes back."""
