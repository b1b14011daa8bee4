"""What lets work through, and how fast: stops, circuit breakers, rate limits, limits on guessing."""
