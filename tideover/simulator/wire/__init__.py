"""The wire: what holds for every operation of the API, from the listening socket to Stripe's errors, lists and keys."""
