"""Numbers from outcomes: read-only questions whose measures are defined in core.measures."""
