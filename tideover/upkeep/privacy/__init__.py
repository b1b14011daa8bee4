"""Privacy: a customer is erased, and nothing brings them back; everything is handed over as one archive."""
