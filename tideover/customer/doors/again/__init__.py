"""What is on file, tried once more now: the payer is there, and the networks allow it."""
