"""What is true in the account: its objects and events, the banks behind its cards, the book of every try to charge."""
