"""Addresses of the settings."""

from django.urls import path

from tideover.dashboard.settings import brand, changes, email, sms, views
from tideover.gateways.mailers.account import Provider

urlpatterns = [
    path("settings/", views.index, name="settings"),
    path("settings/brand/", views.brand, name="settings-brand"),
    path("settings/brand/look/", brand.look, name="brand-look"),
    path("settings/brand/mail/", brand.mail, name="brand-mail"),
    path("settings/recovery/", views.recovery, name="settings-recovery"),
    path("settings/pay-page/", views.pay_page, name="settings-pay-page"),
    path("settings/email/", email.page, name="settings-email"),
    path("settings/email/key/", email.key, name="settings-email-key"),
    path("settings/email/renew/", email.renew, name="settings-email-renew"),
    path("settings/email/house/", email.house, name="settings-email-house"),
    *(
        path(f"settings/email/{each}/", email.provider, {"name": each}, name=f"settings-email-{each}")
        for each in Provider
    ),
    path("settings/sms/", sms.page, name="settings-sms"),
    path("settings/sms/test/", sms.test, name="settings-sms-test"),
    path("settings/plans/", views.plans, name="settings-plans"),
    path("settings/renewals/", views.renewals, name="settings-renewals"),
    path("settings/winback/", views.winback, name="settings-winback"),
    path("settings/retention/", views.retention, name="settings-retention"),
    path("settings/changes/", changes.page, name="settings-changes"),
    path("settings/general/", views.general, name="settings-general"),
]
