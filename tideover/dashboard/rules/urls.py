"""Addresses of the rules."""

from django.urls import path

from tideover.dashboard.rules import dry_run, views

urlpatterns = [
    path("rules/", views.editor, name="rules"),
    path("rules/drawn/", views.drawn, name="rules-drawn"),
    path("rules/dry-run/", dry_run.page, name="rules-dry-run"),
    path("rules/versions/", views.versions, name="rules-versions"),
    path("rules/apply/", views.apply, name="rules-apply"),
    path("rules/undo/", views.undo, name="rules-undo"),
]
