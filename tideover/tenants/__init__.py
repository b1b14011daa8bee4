"""Who: organizations, projects, members, Stripe connections and their secrets."""
