"""The list of messages: what left and what came of it, what did not leave and why."""
