"""What a merchant's own people are told by mail: which notices there are, who wants them, and how they go out."""
