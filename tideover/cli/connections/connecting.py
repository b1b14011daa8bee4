"""`tideover connect`: a Stripe account becomes a connection, or is brought up to date; what changed is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from tideover.cli.start import fail, migrated, with_tables

if TYPE_CHECKING:
    from tideover.gateways.answers import AccountRead
    from tideover.gateways.permissions import KeyPermission
    from tideover.inbox.registration import Registered
    from tideover.tenants.models import Connection

NEW_OWNER = "owner@localhost"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line. What is None or empty was not: it stays as it is."""

    api_key: str = field(repr=False)
    mode: str | None = None
    webhook_secret: str | None = field(default=None, repr=False)
    publishable_key: str | None = None
    api_base: str | None = None
    organization: str | None = None
    project: str | None = None
    preset: str | None = None
    email: str | None = None
    sender: str | None = None
    test_mail: str | None = None
    card_alerts: str | None = None
    own_endpoint: str | None = None
    unrestricted: bool = False  # take a key that may do everything


def _check(wish: Wish) -> None:
    from tideover.core.rules import PRESETS  # noqa: PLC0415

    if wish.mode is not None and wish.mode not in {"observe", "act"}:
        fail(f"--mode is {wish.mode!r}; it is observe (read and write to customers) or act (also charge).")
    if wish.preset is not None and wish.preset not in PRESETS:
        fail(f"there is no preset {wish.preset!r}; there are {', '.join(PRESETS)}.")
    switches = {"test-mail": wish.test_mail, "card-alerts": wish.card_alerts, "own-endpoint": wish.own_endpoint}
    for flag, said in switches.items():
        if said not in {None, "on", "off"}:
            fail(f"--{flag} is {said!r}; it is on or off.")
    if not re.fullmatch(r"(rk|sk)_\w+", wish.api_key, re.ASCII):
        fail("--api-key must be a restricted (rk_…) or secret (sk_…) key of Stripe; a pk_ key cannot read invoices.")
    for flag, address in (("--email", wish.email), ("--sender", wish.sender)):
        if address and not _is_an_address(address):
            fail(f"{flag} is {address!r}, which is no email address.")
    if wish.webhook_secret and not wish.webhook_secret.startswith("whsec_"):
        fail("--webhook-secret must start with whsec_; Stripe shows it beside the endpoint as its signing secret.")


def _is_an_address(text: str) -> bool:
    from django.core.exceptions import ValidationError  # noqa: PLC0415
    from django.core.validators import validate_email  # noqa: PLC0415

    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isascii()


def connect_account(wish: Wish) -> int:
    """Make or update organization, project and connection. Every step may be repeated, and changes what was said."""
    _check(wish)
    migrated()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.alerting import switch_alerts  # noqa: PLC0415
    from tideover.tenants.connecting import (  # noqa: PLC0415
        OPERATOR,
        is_live,
        standing,
        switch_test_mail,
        where_stripe_is,
    )

    api_base = wish.api_base or where_stripe_is(wish.api_key)
    _must_be_restricted(wish, api_base)
    account, now, livemode = _account(wish.api_key, api_base), clock.now(), is_live(wish.api_key)
    before = standing(account.id, livemode=livemode)
    _must_hold_nothing(wish, account.id, livemode=livemode)
    endpoint = (wish.own_endpoint or before.get("own endpoint")) == "on"
    unproved = _try_key(wish.api_key, api_base, act=(wish.mode or before.get("mode")) == "act", endpoint=endpoint)
    made = _connected(wish, account, api_base, now, is_new=not before)
    if wish.test_mail:
        switch_test_mail(made, on=wish.test_mail == "on", now=now)
    if wish.card_alerts:
        switch_alerts(made, on=wish.card_alerts == "on", by=OPERATOR, now=now)
    rules = _adopt(made, wish.preset, now)
    _say_what_changed(made, before, standing(account.id, livemode=livemode), rules)
    _hook_up(made, wish.webhook_secret or "", now)
    if unproved:
        typer.echo(f"Not provable without a real call: {', '.join(unproved)}.")
    if not (made.livemode or made.test_mail):
        typer.echo("In test mode no customer is written to; with --test-mail on they are, and each mail is marked.")
    if made.may_write and not made.publishable_key:
        typer.echo("Without --publishable-key the card page leads to Stripe's own invoice page.")
    if not made.project.recovery_enabled:
        typer.echo("Nothing is charged or sent until `tideover go-live`: until then failures are watched.")
    typer.echo("Next: `tideover serve` runs webhook, pages and worker; `tideover login` prints a sign-in link.")
    return 0


def _must_be_restricted(wish: Wish, api_base: str) -> None:
    """A key of the simulator opens nothing, whatever it is called."""
    from tideover.gateways.permissions import UNRESTRICTED, is_unrestricted, key_form  # noqa: PLC0415

    if is_unrestricted(wish.api_key) and not (wish.unrestricted or api_base):
        form = key_form(act=wish.mode == "act")
        fail(UNRESTRICTED, then=f"Make one, with all of it filled in: {form}\n          Or insist: --unrestricted")


def _must_hold_nothing(wish: Wish, account_id: str, *, livemode: bool) -> None:
    from tideover.recovery.ways.giving_back import why_not_observe  # noqa: PLC0415
    from tideover.tenants.connecting import connection_of  # noqa: PLC0415

    known = connection_of(account_id, livemode=livemode) if wish.mode == "observe" else None
    held = why_not_observe(known) if known else ""
    if held:
        fail(f"{held}: tideover settings set recovery.enabled false.")


def _try_key(api_key: str, api_base: str, *, act: bool, endpoint: bool) -> list[str]:
    """Try what the mode asks of the key, tell what is missing, and end where the mode is not possible without it.

    Returns the permissions of which nothing is known until they are used.
    """
    from tideover.gateways.answers import LockedOut, Unreachable  # noqa: PLC0415
    from tideover.gateways.probe import Proof, missing, probe  # noqa: PLC0415

    try:
        found = probe(api_key, api_base=api_base, act=act, endpoint=endpoint)
    except LockedOut as dead:
        fail(f"Stripe refuses this key: {dead}", then="Permissions it needs: docs/operate/stripe-key.md")
    except Unreachable as silent:
        fail(f"Stripe does not answer: {silent}", then="Nothing was changed. Try again, or check --api-base.")
    lacks = missing(found)
    if lacks:
        _say_what_is_missing(lacks, len(found))
    if any(permission.vital for permission in lacks):
        fail(
            f"{'act' if act else 'observe'} mode is not possible with this key; nothing was connected.",
            then="Add the permissions to this same key at Stripe and run the command again.",
        )
    return [finding.permission.name for finding in found if finding.proof == Proof.NOT_PROVABLE]


def _say_what_is_missing(lacks: Sequence[KeyPermission], asked: int) -> None:
    typer.echo(f"Of {asked} permissions {len(lacks)} are missing:")
    for permission in lacks:
        typer.echo(f"  {permission.resource}, {permission.access} ({permission.name})")
        typer.echo(f"    for      {permission.what_for}")
        typer.echo(f"    without  {permission.without}")


def _account(api_key: str, api_base: str) -> AccountRead:
    """Whose key it is."""
    from tideover.gateways.answers import Busy, LockedOut, Unreachable  # noqa: PLC0415
    from tideover.gateways.stripe import Stripe  # noqa: PLC0415

    try:
        return Stripe(api_key, api_base=api_base).account()
    except LockedOut as refused:
        fail(f"Stripe refuses this key: {refused}", then="Permissions it needs: docs/operate/stripe-key.md")
    except (Unreachable, Busy) as silent:
        fail(f"Stripe does not answer: {silent}", then="Nothing was changed. Try again, or check --api-base.")


def _connected(wish: Wish, account: AccountRead, api_base: str, now: datetime, *, is_new: bool) -> Connection:
    from tideover.tenants.connecting import Access, ConnectedElsewhere, Names, connect  # noqa: PLC0415

    own = None if wish.own_endpoint is None else wish.own_endpoint == "on"
    access = Access(wish.api_key, wish.mode, api_base, wish.publishable_key or "", own_endpoint=own)
    owner = wish.email or (NEW_OWNER if is_new else "")
    try:
        return connect(
            account, access, Names(wish.organization or "", wish.project or "", owner, wish.sender or ""), now
        )
    except ConnectedElsewhere as elsewhere:
        fail(str(elsewhere), then="Leave out --organization and --project to bring it up to date where it is.")


def _adopt(connection: Connection, preset: str | None, now: datetime) -> tuple[str, str]:
    """The rules of new cases, before and now. A product without any begins with our default."""
    from tideover.core.rules import PRESETS  # noqa: PLC0415
    from tideover.recovery.rulesets import adopt, current_ruleset  # noqa: PLC0415
    from tideover.tenants.models import Project  # noqa: PLC0415

    project = Project.objects.get(pk=connection.project_id)
    latest = project.rulesets.order_by("-version").first()
    before = latest.name if latest else ""
    if preset and preset != before:
        return before, adopt(project, preset, PRESETS[preset], now).name
    return before, current_ruleset(project, now).name


def _say_what_changed(
    connection: Connection, before: Mapping[str, str], after: Mapping[str, str], rules: tuple[str, str]
) -> None:
    live = "live mode" if connection.livemode else "test mode"
    said = "Connected already:" if before else "Connected"
    typer.echo(f"{said} {connection.account_name} ({connection.account_id}, {live}) in {connection.mode} mode.")
    if not before:
        return
    now, was = {**after, "rules of new cases": rules[1]}, {**before, "rules of new cases": rules[0]}
    changed = [name for name in now if now[name] != was[name]]
    for name in changed:
        told = "" if name in {"key", "publishable key"} else f": {now[name] or 'none'}, before {was[name] or 'none'}"
        typer.echo(f"  changed  {name}{told}")
    if not changed:
        typer.echo("  Nothing of it has changed.")


def _hook_up(connection: Connection, secret: str, now: datetime) -> None:
    """The webhook endpoint: made and moved through the API in act mode, or by the merchant, whose secret we take."""
    from tideover.flow.stripe import stripe_for  # noqa: PLC0415
    from tideover.gateways.answers import NotHere, NotNow, Unknown  # noqa: PLC0415
    from tideover.inbox.registration import Did, Registered, hook_of, register  # noqa: PLC0415
    from tideover.tenants.connecting import keep_webhook_secret  # noqa: PLC0415

    hook = hook_of(connection)
    if secret:
        keep_webhook_secret(connection, secret, now, url=hook)
        _say_where_it_leads(connection, hook, Registered(Did.LEFT, hook))
        return
    try:
        done = register(connection, stripe_for(connection))
    except (NotHere, NotNow, Unknown) as refused:
        fail(
            f"the webhook endpoint could not be made or moved: {refused}",
            then=f"Make it in Stripe for {hook} and run this command again with --webhook-secret whsec_…",
        )
    _say_where_it_leads(connection, hook, done)


def _say_where_it_leads(connection: Connection, hook: str, done: Registered) -> None:
    from tideover.inbox.registration import Did  # noqa: PLC0415
    from tideover.inbox.translate import ENDPOINT_EVENTS  # noqa: PLC0415

    here, before = _origin(hook), _origin(done.before)
    match done.did:
        case Did.NOTHING | Did.MADE:
            typer.echo(f"Its webhook endpoint {'is made, and ' if done.did == Did.MADE else ''}leads to {here}.")
        case Did.MOVED:
            typer.echo(f"Its webhook endpoint leads to {here} from now on; it led to {before}.")
        case Did.LEFT if connection.webhook_secret and done.before == hook:
            typer.echo(f"Its webhook endpoint, which you made, is to lead to {here}.")
        case Did.LEFT:
            _say_how_to_make_it(connection, hook, before, ENDPOINT_EVENTS)
    if done.removed:
        typer.echo(f"Endpoints of ours that led nowhere were taken away: {done.removed}.")


def _say_how_to_make_it(connection: Connection, hook: str, before: str, events: tuple[str, ...]) -> None:
    if connection.webhook_secret:
        typer.echo(f"Its webhook endpoint, which you made, led to {before or 'an address we do not know'}. Change it:")
    else:
        typer.echo("In observe mode nothing is written to Stripe, so make the webhook endpoint there yourself:")
    typer.echo(f"  URL     {hook}\n  events  {', '.join(events)}")
    typer.echo("then run this command again with --webhook-secret whsec_…")


def _origin(url: str) -> str:
    """The address without the part that opens it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def end_secrets(account: str) -> int:
    """End the webhook secrets from before a roll, of everybody or of one Stripe account."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.tenants.connecting import end_old_secrets  # noqa: PLC0415
    from tideover.tenants.models import Connection  # noqa: PLC0415

    concerned = Connection.objects.filter(account_id=account) if account else Connection.objects.all()
    if account and not concerned.exists():
        fail(f"there is no account {account}")
    ended = end_old_secrets(concerned, clock.now())
    typer.echo(f"{ended} old webhook secrets ended. What is signed with the newest one is accepted as before.")
    return 0
