"""Addresses of the settings."""

from django.urls import path

from tideover.dashboard.settings import views

urlpatterns = [
    path("settings/", views.index, name="settings"),
    path("settings/general/", views.general, name="settings-general"),
]
