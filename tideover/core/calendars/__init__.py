"""Days that are kept, by country."""
