"""Addresses of data and privacy."""

from django.urls import path

from tideover.dashboard.data import ending, views

urlpatterns = [
    path("settings/data/", views.page, name="data"),
    path("settings/data/everything.zip", views.export_everything, name="export-everything"),
    path("settings/data/erase/", views.erase_customer, name="erase-customer"),
    path("settings/data/erase-organization/", ending.page, name="erase-organization"),
    path("erased/", ending.erased, name="organization-erased"),
]
