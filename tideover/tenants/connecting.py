"""Make and change connections: organization, project, owner and keys in one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from tideover.config import config
from tideover.gateways.answers import AccountRead
from tideover.gateways.kinds import Kind
from tideover.tenants import audit
from tideover.tenants.alerting import alerts
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import NOT_LIVE_YET, Connection, Member, Organization, Project, User
from tideover.tenants.roles import Role
from tideover.tenants.secrets import Unreadable

UNREADABLE = "unreadable"
OPERATOR = "operator"
SECRETS = ("webhook_secret", "webhook_secret_previous")
LOOKS_BACK: Final = timedelta(days=30)
ROLLING = ("refresh_token", "api_key_until", "rolls", "rolling_until")
ROLLED_WITHIN = timedelta(days=1)  # Stripe lets two secrets sign for a day at most


@dataclass(frozen=True, slots=True)
class Access:
    """The keys of an account and what we may do with them."""

    api_key: str = field(repr=False)
    mode: str | None = None  # None: as it was, and to begin with observe
    api_base: str = ""  # empty: Stripe itself
    publishable_key: str = ""
    kind: Kind = Kind.KEY
    livemode: bool | None = None  # None: as the key says
    own_endpoint: bool | None = None  # in observe mode; None: as it was, and to begin with not
    refresh_token: str = field(default="", repr=False)  # of a Stripe App, whose key lasts until then:
    until: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Of which mode of the account it is."""
        return is_live(self.api_key) if self.livemode is None else self.livemode


@dataclass(frozen=True, slots=True)
class Names:
    """Whose the connection is, and who says so; what is empty is called like the account.

    into: the project itself, where a person connects from within it.
    """

    organization: str = ""
    project: str = ""
    owner: str = ""  # email
    sender: str = ""  # the address messages to customers come from; empty: as it was
    into: Project | None = None
    by: str = OPERATOR


class ConnectedElsewhere(Exception):  # noqa: N818 - what stands in the way
    """The account is another product's already. Connected twice, each of its payments would be recovered twice.

    Whose it is stays untold, as that may be another merchant.
    """


class OnlyASample(ConnectedElsewhere):
    """It was to become a sample shop's, which no account is ever connected to."""


def connect(account: AccountRead, access: Access, names: Names, now: datetime) -> Connection:
    """The connection of this account, made or brought up to date. What is not said stays as it is.

    Raises ConnectedElsewhere, and then nothing is changed.
    """
    try:
        return _connected(account, access, names, now)
    except IntegrityError:  # another connects the account at the same moment: now its row is there to be found
        return _connected(account, access, names, now)


def is_live(api_key: str) -> bool:
    """Whether the key is of live mode."""
    return "_live_" in api_key


def connection_of(account_id: str, *, livemode: bool) -> Connection | None:
    """The connection of an account, the active one first; one that was disconnected where there is none."""
    found = Connection.objects.filter(account_id=account_id, livemode=livemode, organization__ended_at=None)
    newest_first = found.select_related("organization", "project").order_by("-created_at")
    return newest_first.filter(state=Connection.State.ACTIVE).first() or newest_first.first()


def _connected(account: AccountRead, access: Access, names: Names, now: datetime) -> Connection:
    livemode = access.is_live
    with transaction.atomic():
        known = connection_of(account.id, livemode=livemode)
        merchant, product = _whose(known, account, names, now)
        if merchant.is_sample:
            raise OnlyASample(f"{merchant.name} is invented, and no account can be connected to it")
        if names.owner:
            _owner(merchant, names.owner, now)
        if names.sender:
            product.sender_email = names.sender
            product.save(update_fields=["sender_email"])
        mine = Connection.objects.filter(project=product, account_id=account.id, livemode=livemode)
        before = _permissions(mine.first())
        comes = before.get("state") != Connection.State.ACTIVE
        connection = mine.first() or Connection(
            organization=merchant, project=product, account_id=account.id, livemode=livemode, created_at=now
        )
        _set(connection, account, access, now)
        _forget_what_cannot_be_read(connection)
        if comes:
            _look_back(connection, now)
        after = _permissions(connection)
        if after != before:
            audit.write(merchant.pk, audit.Deed(names.by, "connected", str(connection.pk), before, after), now)
    return connection


def _look_back(connection: Connection, now: datetime) -> None:
    """Before a project is live, what failed lately is taken in as well: its merchant sees what the rules would do."""
    Backlog.objects.filter(connection=connection).delete()  # of an earlier time
    if not connection.project.recovery_enabled:
        Backlog.objects.create(
            connection=connection, organization_id=connection.organization_id, since=now - LOOKS_BACK
        )


_SET: Final = (
    "state", "disconnected_at", "left_at", "left_undone", "connected_at", "account_name", "mode", "api_key", "api_base",
    "publishable_key", "kind", "own_endpoint", *ROLLING,
)  # fmt: skip


def _set(connection: Connection, account: AccountRead, access: Access, now: datetime) -> None:
    """The keys and all else that was said, in the connection's row."""
    if connection.state == Connection.State.DISCONNECTED:
        connection.state, connection.disconnected_at = Connection.State.ACTIVE, None
        connection.left_at, connection.left_undone = None, ""
        connection.connected_at = now  # what failed meanwhile is not ours
    connection.account_name = account.name[:120]
    connection.mode = access.mode or connection.mode
    connection.kind, connection.api_key, connection.api_base = access.kind, access.api_key, access.api_base
    connection.refresh_token, connection.api_key_until = access.refresh_token, access.until
    connection.rolls, connection.rolling_until = connection.rolls + 1, None  # what is being refreshed counts no more
    connection.publishable_key = access.publishable_key or connection.publishable_key
    connection.own_endpoint = connection.own_endpoint if access.own_endpoint is None else access.own_endpoint
    new = connection._state.adding  # noqa: SLF001 - Django's documented way
    connection.save(update_fields=None if new else _SET)


def where_known(api_key: str) -> str:
    """The address under which this very key is known to an account already; empty where it is Stripe itself."""
    elsewhere = Connection.objects.exclude(api_base="").order_by("created_at")
    return next((known.api_base for known in elsewhere if _opens_as(known, api_key)), "")


def where_stripe_is(api_key: str) -> str:
    """The address at which this key is to be tried; empty where it is Stripe itself."""
    return where_known(api_key) or config().stripe_api_base


def _opens_as(connection: Connection, api_key: str) -> bool:
    try:
        return connection.api_key == api_key
    except Unreadable:
        return False


def standing(account_id: str, *, livemode: bool) -> dict[str, str]:
    """What connecting can change of an account, by its name for people; empty where it is not connected."""
    connection = connection_of(account_id, livemode=livemode)
    if connection is None or connection.state != Connection.State.ACTIVE:
        return {}
    owners = Member.objects.filter(organization=connection.organization, role=Role.OWNER).select_related("user")
    return {
        "name": connection.account_name,
        "organization": connection.organization.name,
        "project": connection.project.name,
        "owner": ", ".join(sorted(owner.user.email for owner in owners)),
        "sender": connection.project.sender_email,
        "mode": connection.mode,
        "key": _fingerprint(connection),
        "publishable key": connection.publishable_key,
        "Stripe's address": connection.api_base,
        "test mail": "on" if connection.test_mail else "off",
        "pre-dunning alerts": "on" if alerts(connection) else "off",
        "own endpoint": "on" if connection.own_endpoint else "off",
    }


def change_mode(connection: Connection, mode: str, *, by: str, now: datetime) -> None:
    """What we may do with the account from now on."""
    before = connection.mode
    if before == mode:
        return
    connection.mode = mode
    with transaction.atomic():
        connection.save(update_fields=["mode"])
        deed = audit.Deed(by, "mode changed", str(connection.pk), {"mode": before}, {"mode": mode})
        audit.write(connection.organization_id, deed, now)


def switch_test_mail(connection: Connection, *, on: bool, now: datetime, by: str = OPERATOR) -> None:
    """Whether customers are written to while the account is in test mode."""
    if connection.test_mail == on:
        return
    connection.test_mail = on
    connection.save(update_fields=["test_mail"])
    deed = audit.Deed(by, "test mail switched", str(connection.pk), {"test_mail": not on}, {"test_mail": on})
    audit.write(connection.organization_id, deed, now)


def let_make_endpoint(connection: Connection, *, on: bool, by: str, now: datetime) -> None:
    """Whether our webhook endpoint may be made in observe mode, too."""
    before, connection.own_endpoint = connection.own_endpoint, on
    if before == on:
        return
    with transaction.atomic():
        connection.save(update_fields=["own_endpoint"])
        told = {"own_endpoint": before}, {"own_endpoint": on}
        audit.write(connection.organization_id, audit.Deed(by, "own endpoint switched", str(connection.pk), *told), now)


def _permissions(connection: Connection | None) -> dict[str, str]:
    """What a connection may do and with which key, of which only a fingerprint is told."""
    if connection is None:
        return {}
    return {
        "mode": connection.mode,
        "state": connection.state,
        "kind": connection.kind,
        "own_endpoint": "on" if connection.own_endpoint else "off",
        "key": _fingerprint(connection),
        "api_base": connection.api_base,
    }


def _fingerprint(connection: Connection) -> str:
    try:
        key = connection.api_key
    except Unreadable:
        return UNREADABLE
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else ""


def key_end(connection: Connection) -> str:
    """The last letters of the key, by which its owner knows it; empty where there is none that can be read."""
    try:
        return connection.api_key[-4:]
    except Unreadable:
        return ""


def has_webhook_secret(connection: Connection) -> bool:
    """Whether deliveries of the account can be verified."""
    try:
        return bool(connection.webhook_secret)
    except Unreadable:
        return False


def _forget_what_cannot_be_read(connection: Connection) -> None:
    """Webhook secrets whose key is lost are of no use any more, and in the way of new ones."""
    for name in SECRETS:
        try:
            getattr(connection, name)
        except Unreadable:
            setattr(connection, name, "")
            connection.save(update_fields=[name])


def _whose(known: Connection | None, account: AccountRead, names: Names, now: datetime) -> tuple[Organization, Project]:
    """Merchant and product: those that were named, or that have the account already, or are called like it."""
    if names.into is None and known is not None and not names.organization and not names.project:
        return known.organization, known.project
    merchant, product = (names.into.organization, names.into) if names.into else _named(known, account, names, now)
    if known is not None and known.state == Connection.State.ACTIVE and known.project_id != product.pk:
        ours = known.organization_id == merchant.pk
        whose = f"for {known.project.name}" if ours else "for another organization of this installation"
        raise ConnectedElsewhere(f"{account.id} is connected already, {whose}, and charged by one connection alone")
    return merchant, product


def _named(known: Connection | None, account: AccountRead, names: Names, now: datetime) -> tuple[Organization, Project]:
    if known is not None and _is_meant(known.organization, names.organization):
        merchant = known.organization
        if _is_meant(known.project, names.project):
            return merchant, known.project
    else:
        merchant = _organization(names.organization or account.name, now)
    return merchant, _project(merchant, names.project or account.name, account, now)


def _is_meant(house: Organization | Project, name: str) -> bool:
    """Whether it is what was named, by what it is called or was called when it was made; or nothing was named."""
    return not name or _letters(name) in {_letters(house.name), _letters(house.slug)}


def _organization(name: str, now: datetime) -> Organization:
    named = Organization.objects.filter(name__iexact=name[:120], is_sample=False)
    called_so = named.order_by("created_at", "pk").first()
    if called_so is not None:  # whatever it was called when it was made
        return called_so
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
    called_so = merchant.projects.filter(name__iexact=name[:120]).order_by("created_at", "pk").first()
    if called_so is not None:
        return called_so
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
            **NOT_LIVE_YET,
        },
    )
    return made


def _owner(merchant: Organization, email: str, now: datetime) -> None:
    user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(email)
    owner = Role.OWNER
    _, made = Member.objects.get_or_create(organization=merchant, user=user, defaults={"role": owner})
    if made:
        audit.write(merchant.pk, audit.Deed("operator", "member added", user.email, after={"role": str(owner)}), now)


def without_a_key() -> tuple[list[Connection], bool]:
    """The active connections whose API key cannot be read, and whether that is all there are."""
    active = list(Connection.objects.filter(state=Connection.State.ACTIVE).order_by("account_id"))
    closed = [connection for connection in active if _fingerprint(connection) == UNREADABLE]
    return closed, bool(closed) and len(closed) == len(active)


def keep_webhook_secret(
    connection: Connection, secret: str, now: datetime, *, endpoint_id: str = "", url: str = ""
) -> None:
    """Accept deliveries signed with `secret`; what was accepted before holds on for a day, as a roll takes a while.

    url: where the endpoint leads, where whoever hands in the secret knows it.
    """
    _forget_what_cannot_be_read(connection)
    if connection.webhook_secret and connection.webhook_secret != secret:
        connection.webhook_secret_previous = connection.webhook_secret
        connection.webhook_secret_previous_until = now + ROLLED_WITHIN
    connection.webhook_secret = secret
    connection.webhook_endpoint_id = endpoint_id or connection.webhook_endpoint_id
    connection.webhook_url = url or connection.webhook_url
    connection.save(update_fields=[*SECRETS, "webhook_secret_previous_until", "webhook_endpoint_id", "webhook_url"])


def end_old_secrets(connections: QuerySet[Connection], now: datetime) -> int:
    """Accept nothing any more that is signed with a secret from before a roll; returns for how many there was one."""
    rolled = list(connections.filter(webhook_secret_previous_until__isnull=False))
    for connection in rolled:
        with transaction.atomic():
            connections.filter(pk=connection.pk).update(webhook_secret_previous="", webhook_secret_previous_until=None)
            deed = audit.Deed("operator", "ended the old webhook secret", str(connection.pk))
            audit.write(connection.organization_id, deed, now)
    return len(rolled)
