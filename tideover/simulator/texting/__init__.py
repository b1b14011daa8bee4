"""Twilio's side of the wire: text messages that are taken, what becomes of each, and what their receivers answer."""
