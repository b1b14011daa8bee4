"""The list of cases, the page of one, and what a person may do to it."""
