"""What the merchant sells: products and their prices."""
