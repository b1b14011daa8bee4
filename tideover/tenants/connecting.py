"""Make and change connections: organization, project, owner and keys in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from tideover.gateways.answers import AccountRead
from tideover.tenants import audit
from tideover.tenants.models import Connection, Member, Organization, Project, User
from tideover.tenants.secrets import Unreadable


@dataclass(frozen=True, slots=True)
class Access:
    """The keys of an account and what we may do with them."""

    api_key: str = field(repr=False)
    mode: str
    api_base: str = ""  # empty: Stripe itself
    publishable_key: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Whose the connection is; what is empty is called like the account."""

    organization: str = ""
    project: str = ""
    owner: str = ""  # email
    sender: str = ""  # the address messages to customers come from; empty: as it was


def connect(account: AccountRead, access: Access, names: Names, now: datetime) -> Connection:
    """The connection of this account, made or brought up to date. Repeating it changes only what differs."""
    livemode = "_live_" in access.api_key
    with transaction.atomic():
        merchant = _organization(names.organization or account.name, now)
        product = _project(merchant, names.project or account.name, account, now)
        if names.owner:
            _owner(merchant, names.owner, now)
        if names.sender:
            product.sender_email = names.sender
            product.save(update_fields=["sender_email"])
        before = _permissions(Connection.objects.filter(project=product, account_id=account.id, livemode=livemode))
        connection, _ = Connection.objects.update_or_create(
            project=product,
            account_id=account.id,
            livemode=livemode,
            defaults={
                "organization": merchant,
                "account_name": account.name[:120],
                "mode": access.mode,
                "state": Connection.State.ACTIVE,
                "disconnected_at": None,
                "api_key": access.api_key,
                "api_base": access.api_base,
                **({"publishable_key": access.publishable_key} if access.publishable_key else {}),
            },
            create_defaults={
                "organization": merchant,
                "account_name": account.name[:120],
                "mode": access.mode,
                "api_key": access.api_key,
                "api_base": access.api_base,
                "publishable_key": access.publishable_key,
                "created_at": now,
            },
        )
        _forget_what_cannot_be_read(connection)
        after = _permissions(Connection.objects.filter(pk=connection.pk))
        if after != before:
            audit.write(merchant.pk, audit.Deed("operator", "connected", str(connection.pk), before, after), now)
    return connection


def _permissions(found: QuerySet[Connection]) -> dict[str, str]:
    """What a connection may do and with which key, of which only a fingerprint is told."""
    connection = found.first()
    if connection is None:
        return {}
    return {
        "mode": connection.mode,
        "state": connection.state,
        "key": _fingerprint(connection),
        "api_base": connection.api_base,
    }


def _fingerprint(connection: Connection) -> str:
    try:
        key = connection.api_key
    except Unreadable:
        return "unreadable"
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else ""


def _forget_what_cannot_be_read(connection: Connection) -> None:
    """Webhook secrets whose key is lost are of no use any more, and in the way of new ones."""
    for name in ("webhook_secret", "webhook_secret_previous"):
        try:
            getattr(connection, name)
        except Unreadable:
            setattr(connection, name, "")
            connection.save(update_fields=[name])


def _organization(name: str, now: datetime) -> Organization:
    slug = slugify(name)[:60] or "merchant"
    return Organization.objects.get_or_create(slug=slug, defaults={"name": name[:120], "created_at": now})[0]


def _project(merchant: Organization, name: str, account: AccountRead, now: datetime) -> Project:
    slug = slugify(name)[:60] or "product"
    made, _ = Project.objects.get_or_create(
        organization=merchant,
        slug=slug,
        defaults={
            "name": name[:120],
            "brand_name": name[:120],
            "time_zone": account.time_zone,
            "currency": account.currency,
            "created_at": now,
        },
    )
    return made


def _owner(merchant: Organization, email: str, now: datetime) -> None:
    user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(email)
    owner = Member.Role.OWNER
    _, made = Member.objects.get_or_create(organization=merchant, user=user, defaults={"role": owner})
    if made:
        audit.write(merchant.pk, audit.Deed("operator", "member added", user.email, after={"role": str(owner)}), now)


def keep_webhook_secret(connection: Connection, secret: str, *, endpoint_id: str = "") -> None:
    """Accept deliveries signed with `secret`; what was accepted before holds on, as a roll takes a while."""
    if connection.webhook_secret and connection.webhook_secret != secret:
        connection.webhook_secret_previous = connection.webhook_secret
    connection.webhook_secret = secret
    connection.webhook_endpoint_id = endpoint_id or connection.webhook_endpoint_id
    connection.save(update_fields=["webhook_secret", "webhook_secret_previous", "webhook_endpoint_id"])
