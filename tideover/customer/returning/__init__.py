"""The page on which somebody who has left comes back."""
