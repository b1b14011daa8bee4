"""What cases add to the figures by day, kept in the transaction that changes them."""
