"""The addresses in every message."""

from django.urls import path

from tideover.messages import views
from tideover.messages.channels.email import hooks

app_name = "messages"
urlpatterns = [
    path("o/<str:token>.gif", views.opened, name="opened"),
    path("logo/<str:token>", views.logo, name="logo"),
    path("mail/<str:provider>/<str:token>", hooks.told, name="mail-told"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
]
