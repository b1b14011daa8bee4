"""A Stripe that remembers: Stripe's HTTP API, a shop's customers and their mailbox, in memory and on a clock of its own."""
