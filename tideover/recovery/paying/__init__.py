"""The payer on the pay page: one charge at a time, the same card again, several invoices at once."""
