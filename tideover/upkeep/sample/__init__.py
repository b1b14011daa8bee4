"""The sample shop: invented failures of three months, made for whoever wants to look around before they connect."""
