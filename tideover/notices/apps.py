"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Notices(AppConfig):
    name = "tideover.notices"
    label = "notices"
