"""Payments that we make ourselves: for a part of an invoice, and for what a bank sent back of one that is paid."""
