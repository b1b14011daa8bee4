"""What was agreed with a payer, and kept: another day, another method, until when they have access."""
