"""What is behind each door of the pay page: what it shows, and the calls its form makes."""
