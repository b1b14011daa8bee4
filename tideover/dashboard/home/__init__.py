"""Home: what a period brought, what needs a person, what just happened."""
