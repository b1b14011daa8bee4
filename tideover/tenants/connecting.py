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

UNREADABLE = "unreadable"


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


class ConnectedElsewhere(Exception):  # noqa: N818 - says where
    """The account is another product's already. Connected twice, each of its payments would be recovered twice."""


def connect(account: AccountRead, access: Access, names: Names, now: datetime) -> Connection:
    """The connection of this account, made or brought up to date. Repeating it changes only what differs.

    Raises ConnectedElsewhere, and then nothing is changed.
    """
    livemode = "_live_" in access.api_key
    with transaction.atomic():
        merchant, product = _whose(account, names, now, livemode=livemode)
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
        return UNREADABLE
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else ""


def _forget_what_cannot_be_read(connection: Connection) -> None:
    """Webhook secrets whose key is lost are of no use any more, and in the way of new ones."""
    for name in ("webhook_secret", "webhook_secret_previous"):
        try:
            getattr(connection, name)
        except Unreadable:
            setattr(connection, name, "")
            connection.save(update_fields=[name])


def _whose(account: AccountRead, names: Names, now: datetime, *, livemode: bool) -> tuple[Organization, Project]:
    """Merchant and product: those that were named, or that have the account already, or are called like it."""
    same = Connection.objects.filter(account_id=account.id, livemode=livemode, state=Connection.State.ACTIVE)
    known = same.select_related("organization", "project").first()
    if known is not None and not names.organization and not names.project:
        return known.organization, known.project
    merchant = _organization(names.organization or account.name, now)
    of_this = (
        known.project if known is not None and known.organization_id == merchant.pk and not names.project else None
    )
    product = of_this or _project(merchant, names.project or account.name, account, now)
    if known is not None and known.project_id != product.pk:
        raise ConnectedElsewhere(f"{account.id} is connected as {known.organization.name}, {known.project.name}")
    return merchant, product


def _organization(name: str, now: datetime) -> Organization:
    slug = _slug(Organization.objects.all(), name[:120], "merchant")
    return Organization.objects.get_or_create(slug=slug, defaults={"name": name[:120], "created_at": now})[0]


def _slug(taken: QuerySet[Organization] | QuerySet[Project], name: str, of_none: str) -> str:
    """What the name becomes in an address. Many names become the same, and then only the first one keeps it so."""
    slug = slugify(name)[:60] or of_none
    first = taken.filter(slug=slug).first()
    if first is None or _letters(first.name) == _letters(name):
        return slug
    return f"{slug[:51]}-{hashlib.sha256(_letters(name).encode()).hexdigest()[:8]}"


def _letters(name: str) -> str:
    """What tells two names apart: not their case, nor blanks and points where there is anything else."""
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def _project(merchant: Organization, name: str, account: AccountRead, now: datetime) -> Project:
    slug = _slug(merchant.projects.all(), name[:120], "product")
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


def without_a_key() -> tuple[list[Connection], bool]:
    """The active connections whose API key cannot be read, and whether that is all there are."""
    active = list(Connection.objects.filter(state=Connection.State.ACTIVE).order_by("account_id"))
    closed = [connection for connection in active if _fingerprint(connection) == UNREADABLE]
    return closed, bool(closed) and len(closed) == len(active)


def keep_webhook_secret(connection: Connection, secret: str, *, endpoint_id: str = "") -> None:
    """Accept deliveries signed with `secret`; what was accepted before holds on, as a roll takes a while."""
    _forget_what_cannot_be_read(connection)
    if connection.webhook_secret and connection.webhook_secret != secret:
        connection.webhook_secret_previous = connection.webhook_secret
    connection.webhook_secret = secret
    connection.webhook_endpoint_id = endpoint_id or connection.webhook_endpoint_id
    connection.save(update_fields=["webhook_secret", "webhook_secret_previous", "webhook_endpoint_id"])
