"""Addresses of the texts. Which text it is about stands in the query: ?kind=failed&channel=email&language=en."""

from django.urls import path

from tideover.dashboard.texts import gallery, model, previews, trials, views

urlpatterns = [
    path("texts/", views.index, name="texts"),
    path("texts/designs/", gallery.designs, name="text-designs"),
    path("texts/edit/", views.editor, name="text"),
    path("texts/drafts/", model.page, name="text-model"),
    path("texts/drafts/approval/", model.approval, name="text-model-approval"),
    path("texts/drafts/off/", model.off, name="text-model-off"),
    path("texts/drafts/ours/", model.ours, name="text-model-ours"),
    path("texts/drafts/try/", model.attempt, name="text-model-try"),
    path("texts/preview/", previews.preview, name="text-preview"),
    path("texts/trial/", trials.page, name="text-trial"),
    path("texts/versions/", views.versions, name="text-versions"),
]
