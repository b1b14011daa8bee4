"""Addresses of the connections."""

from django.urls import path

from tideover.dashboard.connections import consent, endpoints, installing, leaving, views

urlpatterns = [
    path("connections/", views.page, name="connections"),
    path("connections/new/", views.connect_account, name="connect"),
    path("api/stripe/connect", consent.begin, name="connect-consent"),
    path("connections/agreed/", consent.agreed, name="connect-agreed"),
    path("api/stripe/app", installing.begin, name="connect-app"),
    path("connections/installed/", installing.installed, name="connect-installed"),
    path("connections/<str:public_id>/key/", views.replace_key, name="connection-key"),
    path("connections/<str:public_id>/disconnect/", leaving.page, name="connection-disconnect"),
    path("connections/<str:public_id>/check/", views.check, name="connection-check"),
    path("connections/<str:public_id>/mode/", views.mode, name="connection-mode"),
    path("connections/<str:public_id>/test-mail/", views.test_mail, name="connection-test-mail"),
    path("connections/<str:public_id>/card-alerts/", views.card_alerts, name="connection-card-alerts"),
    path("connections/<str:public_id>/own-endpoint/", views.own_endpoint, name="connection-own-endpoint"),
    path("connections/<str:public_id>/endpoints/", endpoints.page, name="connection-endpoints"),
    path("connections/<str:public_id>/new-secret/", endpoints.new_secret, name="connection-new-secret"),
    path("connections/<str:public_id>/webhook/", views.webhook, name="connection-webhook"),
]
