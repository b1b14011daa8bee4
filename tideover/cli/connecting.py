"""`tideover connect`: a Stripe account becomes a connection, and the merchant hears what to do next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import typer

from tideover.cli.start import fail, migrated


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    api_key: str = field(repr=False)
    mode: str
    webhook_secret: str = field(repr=False)
    publishable_key: str
    api_base: str
    organization: str
    project: str
    preset: str
    email: str
    sender: str = ""


def _check(wish: Wish) -> None:
    from tideover.core.rules import PRESETS  # noqa: PLC0415

    if wish.mode not in {"observe", "act"}:
        fail(f"--mode is {wish.mode!r}; it is observe (read and write to customers) or act (also charge).")
    if wish.preset not in PRESETS:
        fail(f"there is no preset {wish.preset!r}; there are {', '.join(PRESETS)}.")
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
    """Make or update organization, project and connection. Every step may be repeated."""
    _check(wish)
    migrated()
    from tideover import clock  # noqa: PLC0415
    from tideover.config import config  # noqa: PLC0415
    from tideover.gateways.answers import Busy, LockedOut, Unreachable  # noqa: PLC0415
    from tideover.gateways.stripe import Stripe  # noqa: PLC0415
    from tideover.tenants.connecting import Access, ConnectedElsewhere, Names, connect  # noqa: PLC0415

    try:
        account = Stripe(wish.api_key, api_base=wish.api_base).account()
    except LockedOut as refused:
        fail(f"Stripe refuses this key: {refused}", then="Permissions it needs: docs/operate/connect.md")
    except (Unreachable, Busy) as silent:
        fail(f"Stripe does not answer: {silent}", then="Nothing was changed. Try again, or check --api-base.")
    now = clock.now()
    access = Access(wish.api_key, wish.mode, wish.api_base, wish.publishable_key)
    names = Names(wish.organization, wish.project, wish.email, wish.sender)
    try:
        made = connect(account, access, names, now)
    except ConnectedElsewhere as elsewhere:
        fail(str(elsewhere), then="Leave out --organization and --project to bring it up to date where it is.")
    _adopt(made.project_id, wish.preset, now)
    hook = f"{config().base_url.rstrip('/')}/hooks/stripe/{made.hook_token}"
    _hook_up(str(made.pk), wish, hook)
    return 0


def _adopt(project_id: UUID, preset: str, now: datetime) -> None:
    from tideover.core.rules import PRESETS  # noqa: PLC0415
    from tideover.recovery.rulesets import adopt  # noqa: PLC0415
    from tideover.tenants.models import Project  # noqa: PLC0415

    project = Project.objects.get(pk=project_id)
    latest = project.rulesets.order_by("-version").first()
    if latest is None or latest.name != preset:
        adopt(project, preset, PRESETS[preset], now)


def _hook_up(connection_id: str, wish: Wish, hook: str) -> None:
    """The webhook endpoint: made through the API in act mode, or by the merchant, whose secret we take."""
    from tideover.flow.stripe import stripe_for  # noqa: PLC0415
    from tideover.gateways.answers import Busy, LockedOut, NotPossible, ReadOnly, Unknown  # noqa: PLC0415
    from tideover.inbox.translate import ENDPOINT_EVENTS  # noqa: PLC0415
    from tideover.tenants.connecting import keep_webhook_secret  # noqa: PLC0415
    from tideover.tenants.models import Connection  # noqa: PLC0415

    connection = Connection.objects.select_related("organization").get(pk=connection_id)
    if wish.webhook_secret:
        keep_webhook_secret(connection, wish.webhook_secret)
    elif connection.may_write and not connection.webhook_secret:
        try:
            made = stripe_for(connection).create_webhook_endpoint(
                hook, ENDPOINT_EVENTS, key=f"endpoint_{connection.pk}"
            )
        except (LockedOut, Unknown, NotPossible, Busy, ReadOnly) as refused:
            fail(
                f"the webhook endpoint could not be made: {refused}",
                then=f"Make it in Stripe for {hook} and run this command again with --webhook-secret whsec_…",
            )
        keep_webhook_secret(connection, made.secret, endpoint_id=made.id)
    _say_what_next(connection, hook, ENDPOINT_EVENTS)


def _say_what_next(connection: object, hook: str, events: tuple[str, ...]) -> None:
    from tideover.tenants.models import Connection  # noqa: PLC0415

    assert isinstance(connection, Connection)
    mode = "test mode" if not connection.livemode else "live mode"
    typer.echo(f"Connected {connection.account_name} ({connection.account_id}, {mode}) in {connection.mode} mode.")
    if connection.webhook_secret:
        typer.echo("Its webhook endpoint is set up.")
    else:
        typer.echo("In observe mode nothing is written to Stripe, so make the webhook endpoint there yourself:")
        typer.echo(f"  URL     {hook}\n  events  {', '.join(events)}")
        typer.echo("then run this command again with --webhook-secret whsec_…")
    if connection.may_write and not connection.publishable_key:
        typer.echo("Without --publishable-key the card page leads to Stripe's own invoice page.")
    typer.echo("Next: `tideover serve` runs webhook, pages and worker; `tideover login` prints a sign-in link.")
