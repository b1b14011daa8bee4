"""What a person does by hand: to a case, and to what was given up. Each act leaves who did it."""
