"""Addresses of what stands around every page."""

from django.urls import path

from tideover.dashboard.frame import views

urlpatterns = [
    path("find/", views.find, name="find"),
    path("project/", views.choose_project, name="project"),
    path("organization/", views.choose_organization, name="organization"),
    path("at/<str:project>/<path:page>", views.open_page, name="open"),
]
