"""The mailbox: an SMTP server that delivers to nobody, its pages, and what a mail program sees in a message."""
