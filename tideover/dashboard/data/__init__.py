"""Settings > Data and privacy: what is kept of customers, and how it goes."""
