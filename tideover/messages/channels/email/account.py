"""The account by which a project sends mail: read for whoever sends; set and taken away, each with its record."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from tideover.config import public_address
from tideover.gateways.mailers.account import Account, Mail, Provider
from tideover.messages.accounts import MailAccount, MailHook
from tideover.messages.channels.email.envelope import mail_of
from tideover.messages.models import Message
from tideover.tenants import audit
from tideover.tenants.models import Project


def account_of(project: Project) -> MailAccount | None:
    """The account by which a project sends; None: by the server of the installation."""
    mine = MailAccount.objects.filter(project_id=project.pk, organization_id=project.organization_id)
    return mine.first()


def as_gateway(account: MailAccount) -> Account:
    """What lets us in. Raises Unreadable."""
    return Account(account.project_id, Provider(account.provider), account.secret, account.options)


def sent_by(project: Project) -> Account | None:
    """For whoever sends: the account as its provider wants it. Raises Unreadable."""
    account = account_of(project)
    return as_gateway(account) if account else None


def handed_over(message: Message, now: datetime) -> Mail:
    """The mail to hand over, and by whom it goes. Raises Unreadable."""
    return Mail(mail_of(message, now), sent_by(message.project), message.public_id)


def took_a_test(account: MailAccount, now: datetime) -> None:
    """The provider took a test by the account: from then on the way out is known to work."""
    mine = MailAccount.objects.filter(pk=account.pk, set_at=account.set_at)
    mine.update(proven_at=now, failures=0, open_until=None)


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody wants an account to be. An empty secret is the one that is kept."""

    provider: Provider
    options: Mapping[str, str]
    secret: str = field(repr=False)
    name: str = ""


def keep(project: Project, given: Given, by: str, now: datetime) -> MailAccount:
    """Send by this account from now on. What its provider did not answer before is forgotten."""
    with transaction.atomic():
        mine = MailAccount.objects.select_for_update(no_key=True)
        before = mine.filter(project=project, organization_id=project.organization_id).first()
        account = before or MailAccount(project=project, organization_id=project.organization_id)
        was = {"provider": before.provider, **before.options} if before else {}
        account.provider, account.options = given.provider.value, dict(given.options)
        account.account_name, account.set_at, account.proven_at = given.name[:200], now, None
        account.failures, account.open_until = 0, None
        if given.secret:
            account.secret = given.secret
        account.save()
        if before is None or was["provider"] != given.provider:
            _make_hook(account)
        told = {"provider": given.provider.value, **given.options, "new secret": bool(given.secret)}
        audit.write(project.organization_id, audit.Deed(by, "mail account set", project.slug, was, told), now)
    return account


def _make_hook(account: MailAccount, key: str = "") -> MailHook:
    """At an address of its own, which nobody knows yet."""
    MailHook.objects.filter(account=account).delete()
    token = secrets.token_urlsafe(24)
    return MailHook.objects.create(account=account, organization_id=account.organization_id, token=token, key=key)


def hook_of(account: MailAccount) -> MailHook | None:
    """Where the account's provider tells what becomes of mails."""
    return MailHook.objects.filter(account=account, organization_id=account.organization_id).first()


def told_at(account: MailAccount, hook: MailHook) -> str:
    """The address to enter at the provider."""
    return f"{public_address()}/mail/{account.provider}/{hook.token}"


def keep_key(account: MailAccount, key: str, by: str, now: datetime) -> None:
    """Know the provider by this from now on."""
    with transaction.atomic():
        hook = MailHook.objects.select_for_update(no_key=True).get(account=account)
        hook.key = key
        hook.save(update_fields=["key"])
        audit.write(account.organization_id, audit.Deed(by, "mail webhook key set", account.project.slug), now)


def renew_hook(account: MailAccount, by: str, now: datetime) -> MailHook:
    """Be told at a new address; at the one of before nobody is believed any more. The key stays."""
    with transaction.atomic():
        before = hook_of(account)
        hook = _make_hook(account, before.key if before else "")
        audit.write(account.organization_id, audit.Deed(by, "mail webhook address renewed", account.project.slug), now)
    return hook


def forget(project: Project, by: str, now: datetime) -> bool:
    """Send by the server of the installation again; whether there was an account."""
    with transaction.atomic():
        mine = MailAccount.objects.filter(project=project, organization_id=project.organization_id)
        gone = mine.delete()[0]
        if gone:
            audit.write(project.organization_id, audit.Deed(by, "mail account forgotten", project.slug), now)
    return bool(gone)
