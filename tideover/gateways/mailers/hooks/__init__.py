"""What e-mail providers tell of mails that they took: whether it is theirs, and what became of which mail."""
