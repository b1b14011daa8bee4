"""Addresses of the page of figures, of the table of messages, and of the trials of texts."""

from django.urls import path

from tideover.dashboard.figures import views

urlpatterns = [
    path("analytics/", views.page, name="analytics"),
    path("analytics/trials/", views.trials, name="text-trials"),
    path("analytics/messages/", views.messages, name="messages-by"),
    path("analytics/messages.csv", views.messages_csv, name="messages-by-csv"),
]
