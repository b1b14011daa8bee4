"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Predunning(AppConfig):
    name = "tideover.predunning"
    label = "predunning"
