"""Addresses of home and its parts."""

from django.urls import path

from tideover.dashboard.home import acts, views

urlpatterns = [
    path("", views.page, name="home"),
    path("dashboard", views.known_as, name="home-known-as-dashboard"),
    path("activity/", views.recent, name="activity"),
    path("trend.csv", views.trend_csv, name="trend-csv"),
    path("test-mail/", acts.send_test_mail, name="test-mail"),
]
