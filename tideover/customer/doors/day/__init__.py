"""Another day: the payer promises to pay on it, and until then nothing is tried."""
