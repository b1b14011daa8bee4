"""The case: take a fact, do an action, settle doubts."""
