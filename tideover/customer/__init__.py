"""The payer's pages: what is owed, why it failed, and what to do about it, in a minute and without a login."""
