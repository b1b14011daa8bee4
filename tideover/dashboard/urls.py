"""Addresses of the merchant's pages, group by group."""

from django.urls import include, path

app_name = "dashboard"
urlpatterns = [
    path("", include("tideover.dashboard.frame.urls")),
    path("", include("tideover.dashboard.sign_in.urls")),
    path("", include("tideover.dashboard.home.urls")),
    path("", include("tideover.dashboard.cases.urls")),
    path("", include("tideover.dashboard.customers.urls")),
    path("", include("tideover.dashboard.messages.urls")),
    path("", include("tideover.dashboard.figures.urls")),
    path("", include("tideover.dashboard.settings.urls")),
    path("", include("tideover.dashboard.rules.urls")),
    path("", include("tideover.dashboard.texts.urls")),
    path("", include("tideover.dashboard.team.urls")),
    path("", include("tideover.dashboard.data.urls")),
    path("", include("tideover.dashboard.account.urls")),
    path("", include("tideover.dashboard.connections.urls")),
    path("", include("tideover.dashboard.status.urls")),
    path("", include("tideover.dashboard.onboarding.urls")),
    path("", include("tideover.dashboard.help.urls")),
]
