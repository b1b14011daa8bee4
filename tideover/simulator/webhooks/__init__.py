"""Webhooks: events signed, posted and tried again, in step with the clock that is moved."""
