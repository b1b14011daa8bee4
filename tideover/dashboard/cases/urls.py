"""Addresses of the list of cases, of one case, and of what a person may do to it."""

from django.urls import path

from tideover.dashboard.cases import acts, let_back_in, test_clock, views

urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases.csv", views.cases_csv, name="cases-csv"),
    path("cases/<str:public_id>/", views.page, name="case"),
    path("cases/<str:public_id>/messages/<str:message_id>/", views.mail, name="mail"),
    path("cases/<str:public_id>/pause/", acts.pause, name="pause"),
    path("cases/<str:public_id>/they-replied/", acts.they_replied, name="they-replied"),
    path("cases/<str:public_id>/resume/", acts.resume, name="resume"),
    path("cases/<str:public_id>/promise/", acts.promise, name="promise"),
    path("cases/<str:public_id>/call-off/", acts.call_off, name="call-off"),
    path("cases/<str:public_id>/retry/", acts.retry, name="retry"),
    path("cases/<str:public_id>/asked/", views.asked, name="asked"),
    path("cases/<str:public_id>/send-link/", acts.send_link, name="send-link"),
    path("cases/<str:public_id>/offer-plan/", acts.offer_plan, name="offer-plan"),
    path("cases/<str:public_id>/end-plan/", acts.end_plan, name="end-plan"),
    path("cases/<str:public_id>/advance/", test_clock.advance, name="advance"),
    path("cases/<str:public_id>/test-clock/", test_clock.looked_at, name="test-clock"),
    path("cases/<str:public_id>/stop/", acts.stop, name="stop"),
    path("cases/<str:public_id>/mark-recovered/", acts.mark_recovered, name="mark-recovered"),
    path("cases/<str:public_id>/let-back-in/", let_back_in.page, name="let-back-in"),
]
