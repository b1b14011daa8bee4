"""`tideover demo`: ninety days of a simulated shop through the real pipeline."""
