"""Tells Django of this room (it has addresses for machines)."""

from django.apps import AppConfig


class Upkeep(AppConfig):
    name = "tideover.upkeep"
    label = "upkeep"
