"""Every address of the house, room by room."""

from django.urls import include, path

urlpatterns = [
    path("", include("tideover.inbox.urls")),
    path("", include("tideover.messages.urls")),
    path("c/", include("tideover.customer.urls")),
    path("", include("tideover.upkeep.urls")),
    path("", include("tideover.worker.urls")),
    path("", include("tideover.dashboard.urls")),
]
