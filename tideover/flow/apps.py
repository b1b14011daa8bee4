"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Flow(AppConfig):
    name = "tideover.flow"
    label = "flow"
