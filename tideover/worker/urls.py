"""The demo's clock."""

from django.urls import path

from tideover.worker import views

app_name = "worker"
urlpatterns = [path("demo/time/", views.move_time, name="move-time")]
