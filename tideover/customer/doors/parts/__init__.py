"""The door to paying in monthly parts."""
