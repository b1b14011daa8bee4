"""Addresses of the help."""

from django.urls import path

from tideover.dashboard.help import doctor, views

urlpatterns = [
    path("help/", views.page, name="help"),
    path("help/doctor/", doctor.page, name="doctor"),
    path("help/doctor/found/", doctor.found, name="doctor-found"),
    path("help/features/", views.features, name="features"),
]
