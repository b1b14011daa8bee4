"""The addresses in every message."""

from django.urls import path

from tideover.messages import views

app_name = "messages"
urlpatterns = [
    path("o/<str:token>.gif", views.opened, name="opened"),
    path("logo/<str:token>", views.logo, name="logo"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
]
