"""An account as we need it: its customers, subscriptions, invoices, payments and methods. Nothing decides by it."""
