"""A shop full of customers: where they live, what they are paid, their cards and what goes wrong with them."""
