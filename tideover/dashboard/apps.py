"""Tells Django where the merchant's pages and their templates live."""

from django.apps import AppConfig


class Dashboard(AppConfig):
    name = "tideover.dashboard"
    label = "dashboard"
