"""The demo's clock, and a round of work for who has a timer and no worker."""

from django.urls import path

from tideover.worker import rounds, views

app_name = "worker"
urlpatterns = [
    path("demo/time/", views.move_time, name="move-time"),
    path("api/cron/dunning", rounds.dunning, name="dunning"),
]
