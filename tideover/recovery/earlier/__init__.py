"""What had failed before an account was connected: read once and kept for going live, or left as somebody says."""
