"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Mirror(AppConfig):
    name = "tideover.mirror"
    label = "mirror"
