"""Twilio, by which text messages go: what is handed to it, and what it tells."""
