"""A Stripe that remembers: its HTTP API, a shop's customers and their mailbox, in memory and on a clock of its own."""
