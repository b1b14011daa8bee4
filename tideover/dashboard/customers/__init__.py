"""Who pays: the list of customers, and the page of one with all that is known of them."""
