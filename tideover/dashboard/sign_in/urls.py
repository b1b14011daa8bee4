"""Addresses of signing in and out."""

from django.urls import path

from tideover.dashboard.sign_in import entering, passkeys, sign_up, views

urlpatterns = [
    path("signup/", sign_up.sign_up, name="sign-up"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", entering.second, name="sign-in-second"),
    path("sign-in/passkey/", passkeys.sign_in, name="sign-in-passkey"),
    path("sign-in/passkey/options/", passkeys.options, name="sign-in-passkey-options"),
    path("sign-in/mail/", entering.by_mail, name="sign-in-by-mail"),
    path("sign-in/<str:token>/", views.sign_in_by_link, name="sign-in-by-link"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
