"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Recovery(AppConfig):
    name = "tideover.recovery"
    label = "recovery"
