"""Address of the page of figures."""

from django.urls import path

from tideover.dashboard.figures import views

urlpatterns = [path("analytics/", views.page, name="analytics")]
