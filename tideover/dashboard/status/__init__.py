"""The status page: whether this organization's recovery runs as it should."""
