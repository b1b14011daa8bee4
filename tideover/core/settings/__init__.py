"""What a merchant may set: the table of it, what each may be, and all of it as a file."""
