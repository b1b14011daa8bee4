"""The PayPal account that the payer has saved with the merchant: Stripe's form shows cards and bank accounts alone."""
