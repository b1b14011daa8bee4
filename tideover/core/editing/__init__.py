"""Rules while people change them: compared in words, numbered, read from a file, drawn before they come true."""
