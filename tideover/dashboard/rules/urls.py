"""Addresses of the rules."""

from django.urls import path

from tideover.dashboard.rules import views

urlpatterns = [
    path("rules/", views.editor, name="rules"),
    path("rules/drawn/", views.drawn, name="rules-drawn"),
    path("rules/versions/", views.versions, name="rules-versions"),
    path("rules/apply/", views.apply, name="rules-apply"),
    path("rules/undo/", views.undo, name="rules-undo"),
]
