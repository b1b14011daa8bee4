"""Doctor: what is wrong with an organization's recovery, by what that shows, what it costs, and what mends it."""
