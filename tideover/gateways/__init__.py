"""The outside world, one module per service: keys and ids come as arguments, answers are values."""
