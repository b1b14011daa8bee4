"""How an account of many invoices is read, by who is killed again and again."""
