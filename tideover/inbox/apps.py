"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Inbox(AppConfig):
    name = "tideover.inbox"
    label = "inbox"
