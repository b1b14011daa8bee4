"""Signing in and out: by password, or by a link that works once."""
