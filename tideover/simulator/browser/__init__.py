"""What Stripe shows in a browser: the hosted invoice, the portal, Checkout, the bank's question, and Stripe.js."""
