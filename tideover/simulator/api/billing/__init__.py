"""What is owed and when: subscriptions and their renewals, invoices and how they are collected, the customer portal."""
