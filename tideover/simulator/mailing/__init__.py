"""E-mail providers beside Stripe: mails that are taken, and told of."""
