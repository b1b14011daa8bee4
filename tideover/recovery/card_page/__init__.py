"""The customer on the card page: what they bring is charged at once, and what they are answered."""
