"""The command about messages."""
