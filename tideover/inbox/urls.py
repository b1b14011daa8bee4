"""The webhook's addresses: one for each account, and one for all."""

from django.urls import path

from tideover.inbox import views

app_name = "inbox"
urlpatterns = [
    path("hooks/stripe/<str:token>", views.stripe_webhook, name="stripe"),
    path("api/stripe/webhook", views.shared_webhook, name="stripe-shared"),
]
