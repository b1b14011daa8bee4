"""Addresses of the page of figures, and of the table of messages."""

from django.urls import path

from tideover.dashboard.figures import views

urlpatterns = [
    path("analytics/", views.page, name="analytics"),
    path("analytics/messages/", views.messages, name="messages-by"),
    path("analytics/messages.csv", views.messages_csv, name="messages-by-csv"),
]
