"""Where the payer's pages stand, under /c/."""

from django.urls import URLPattern

app_name = "customer"
urlpatterns: list[URLPattern] = []
