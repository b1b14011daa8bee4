"""What an edit of the rules means for an account: when Stripe tries, what open cases would have, moving them."""
