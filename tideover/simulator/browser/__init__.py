"""What Stripe shows in a browser: the hosted invoice, the customer portal, the bank's question, and Stripe.js."""
