"""Addresses of the list of messages, of its file, and of one message."""

from django.urls import path

from tideover.dashboard.messages import views

urlpatterns = [
    path("messages/", views.page, name="messages"),
    path("messages.csv", views.messages_csv, name="messages-csv"),
    path("messages/previews/", views.previews, name="previews"),
    path("messages/<str:public_id>/", views.message, name="message"),
]
