"""Addresses of what stands before going live."""

from django.urls import path

from tideover.dashboard.onboarding import past, sample, started, views

urlpatterns = [
    path("get-started/", started.page, name="get-started"),
    path("sample/", sample.page, name="sample"),
    path("arrived/<str:token>/", started.arrived, name="arrived"),
    path("go-live/", views.page, name="go-live"),
    path("go-live/rehearsal.csv", views.rehearsal_file, name="go-live-file"),
    path("go-live/mail-to-me/", views.mail_to_me, name="go-live-mail"),
    path("go-live/back-test/", past.page, name="back-test"),
    path("go-live/back-test.csv", past.file, name="back-test-file"),
    path("go-live/message/<str:public_id>/", views.message, name="go-live-message"),
]
