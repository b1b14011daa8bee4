"""Addresses of the merchant's pages."""

from django.urls import path

from tideover.dashboard import case_views, status, views
from tideover.dashboard.sign_in import views as sign_in

app_name = "dashboard"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_by_link, name="sign-in-by-link"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("", views.index, name="home"),
    path("activity/", views.recent, name="activity"),
    path("trend.csv", views.trend_csv, name="trend-csv"),
    path("find/", views.find, name="find"),
    path("status/", status.page, name="status"),
    path("messages/", views.messages, name="messages"),
    path("cases/", views.cases, name="cases"),
    path("cases.csv", views.cases_csv, name="cases-csv"),
    path("cases/<str:public_id>/", case_views.page, name="case"),
    path("cases/<str:public_id>/messages/<str:message_id>/", case_views.mail, name="mail"),
    path("cases/<str:public_id>/pause/", case_views.pause, name="pause"),
    path("cases/<str:public_id>/resume/", case_views.resume, name="resume"),
    path("cases/<str:public_id>/retry/", case_views.retry, name="retry"),
    path("cases/<str:public_id>/stop/", case_views.stop, name="stop"),
    path("cases/<str:public_id>/mark-recovered/", case_views.mark_recovered, name="mark-recovered"),
]
