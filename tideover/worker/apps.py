"""Tells Django of this room (it has pages for the demo's clock, and no rows)."""

from django.apps import AppConfig


class Worker(AppConfig):
    name = "tideover.worker"
    label = "worker"
