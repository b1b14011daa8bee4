"""The pay page as its merchant may look at it: with a failure that nobody had, and nothing that can be paid."""
