"""The account at Twilio by which a project sends text messages: set, changed, taken away, each with its record."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from tideover.tenants import audit
from tideover.tenants.kept_apart import SmsAccount
from tideover.tenants.models import Project


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody wants an account to be. An empty token is the one that is kept."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    name: str = ""


def keep(project: Project, given: Given, by: str, now: datetime) -> SmsAccount:
    """Send by this account from now on. The addresses at which Twilio tells us things stay as they are."""
    with transaction.atomic():
        before = SmsAccount.objects.select_for_update(no_key=True).filter(project=project).first()
        account = before or SmsAccount(project=project, hook_token=secrets.token_urlsafe(24))
        was = {"account": account.account_sid, "sender": account.sender} if before else {}
        account.organization_id = project.organization_id
        account.account_sid, account.sender, account.account_name = given.account_sid, given.sender, given.name[:120]
        account.set_at = now
        if given.auth_token:
            account.auth_token = given.auth_token
        account.save()
        told = {"account": given.account_sid, "sender": given.sender, "new token": bool(given.auth_token)}
        audit.write(project.organization_id, audit.Deed(by, "SMS account set", project.slug, was, told), now)
    return account


def forget(project: Project, by: str, now: datetime) -> bool:
    """Keep no account any more; whether there was one. Nothing is sent by SMS then."""
    with transaction.atomic():
        gone = SmsAccount.objects.filter(project=project, organization_id=project.organization_id).delete()[0]
        if gone:
            audit.write(project.organization_id, audit.Deed(by, "SMS account forgotten", project.slug), now)
    return bool(gone)
