"""Addresses of a person's own account."""

from django.urls import path

from tideover.dashboard.account import address, notices, passkeys, views
from tideover.dashboard.proving import prove_again

urlpatterns = [
    path("account/", views.page, name="account"),
    path("account/prove/", prove_again, name="account-prove"),
    path("account/address/", address.address, name="account-address"),
    path("account/password/", views.password, name="account-password"),
    path("account/second-factor/", views.second_factor, name="account-second-factor"),
    path("account/second-factor/off/", views.second_factor_off, name="account-second-factor-off"),
    path("account/passkeys/", passkeys.add, name="account-passkeys"),
    path("account/passkeys/remove/", passkeys.remove, name="account-passkey-remove"),
    path("account/recovery-codes/", views.recovery_codes, name="account-recovery-codes"),
    path("account/notices/", notices.page, name="account-notices"),
    path("notices/out/<str:token>/", notices.let_out, name="notices-out"),
    path("account/browsers/", views.sign_out_browsers, name="account-browsers"),
]
