"""Tells Django that this room exists; it has no rows of its own."""

from django.apps import AppConfig


class Analytics(AppConfig):
    name = "tideover.analytics"
    label = "analytics"
