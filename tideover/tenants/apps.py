"""Tells Django that this room has rows."""

from django.apps import AppConfig


class Tenants(AppConfig):
    name = "tideover.tenants"
    label = "tenants"
