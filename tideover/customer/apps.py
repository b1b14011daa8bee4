"""Tells Django that this room exists, with its templates."""

from django.apps import AppConfig


class Customer(AppConfig):
    name = "tideover.customer"
    label = "customer"
