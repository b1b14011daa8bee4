"""What is decided ahead of a payment, where nothing has failed."""
