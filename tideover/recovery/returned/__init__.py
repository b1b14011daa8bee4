"""Debts that came back after all was paid: collected by payments of their own, beside an invoice that stays paid."""
