"""Addresses of data and privacy."""

from django.urls import path

from tideover.dashboard.data import views

urlpatterns = [
    path("settings/data/", views.page, name="data"),
    path("settings/data/everything.zip", views.export_everything, name="export-everything"),
    path("settings/data/erase/", views.erase_customer, name="erase-customer"),
]
