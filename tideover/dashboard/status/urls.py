"""Addresses of the status page."""

from django.urls import path

from tideover.dashboard.status import views

urlpatterns = [
    path("status/", views.page, name="status"),
    path("status/resume/", views.resume, name="status-resume"),
]
