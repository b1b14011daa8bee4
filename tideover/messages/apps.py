"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Messages(AppConfig):
    name = "tideover.messages"
    label = "messages"
