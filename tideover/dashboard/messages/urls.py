"""Address of the list of messages."""

from django.urls import path

from tideover.dashboard.messages import views

urlpatterns = [path("messages/", views.page, name="messages")]
