"""Every address of the house, room by room."""

from django.urls import include, path

urlpatterns = [
    path("", include("tideover.inbox.urls")),
    path("", include("tideover.messages.urls")),
    path("", include("tideover.customer.urls")),
    path("", include("tideover.upkeep.urls")),
    path("", include("tideover.worker.urls")),
    path("", include("tideover.dashboard.urls")),
]

ERRORS = "tideover.dashboard.frame.errors"
handler400 = f"{ERRORS}.bad_request"
handler403 = f"{ERRORS}.permission_denied"
handler404 = f"{ERRORS}.page_not_found"
handler500 = f"{ERRORS}.server_error"
