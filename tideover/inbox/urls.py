"""The webhook's address."""

from django.urls import path

from tideover.inbox import views

app_name = "inbox"
urlpatterns = [path("hooks/stripe/<str:token>", views.stripe_webhook, name="stripe")]
