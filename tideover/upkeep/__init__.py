"""Keep the house well: catch up, back up, restore, copy, seal the audit log, and look for what must never be."""
