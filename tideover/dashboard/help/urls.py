"""Addresses of the help."""

from django.urls import path

from tideover.dashboard.help import views

urlpatterns = [
    path("help/", views.page, name="help"),
    path("help/features/", views.features, name="features"),
]
