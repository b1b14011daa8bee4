"""Addresses of the team and of its invitations."""

from django.urls import path

from tideover.dashboard.team import joining, views

urlpatterns = [
    path("settings/team/", views.page, name="team"),
    path("settings/team/leave/", views.leave, name="team-leave"),
    path("settings/team/<str:public_id>/role/", views.change_role, name="team-role"),
    path("settings/team/<str:public_id>/remove/", views.take_out, name="team-remove"),
    path("settings/team/<str:public_id>/hand-on/", views.hand_over, name="team-hand-on"),
    path("settings/team/<str:public_id>/withdraw/", views.take_back, name="team-withdraw"),
    path("invitations/<str:token>/", joining.invitation, name="invitation"),
]
