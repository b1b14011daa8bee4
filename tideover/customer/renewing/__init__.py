"""The page on which a card is updated before it is charged next, where nothing is owed yet."""
