"""Our side of the demo's shop: organization, project, owner, and the connection to its simulated Stripe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tideover.cli.demo.world import RunningWorld
from tideover.core.rules import PRESETS
from tideover.flow.stripe import stripe_for
from tideover.gateways.stripe import Stripe
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.messages.erased import erased_among
from tideover.mirror.importing import begin, connected, read_page
from tideover.recovery.rulesets import adopt
from tideover.tenants.connecting import Access, Names, connect, keep_webhook_secret, switch_test_mail
from tideover.tenants.models import Connection, Organization, Project
from tideover.tenants.settings import turn_recovery

OWNER = "ada@acme.example"


def open_shop(running: RunningWorld, base_url: str, preset: str, now: datetime) -> Connection:
    """Connect the simulated account in act mode, with the rules of `preset` and its webhook."""
    account = Stripe(running.api_key, api_base=running.api_base).account()
    access = Access(running.api_key, Connection.Mode.ACT, running.api_base, running.publishable_key)
    connection = connect(account, access, Names("Acme Analytics", "Acme Analytics", OWNER), now)
    Organization.objects.filter(pk=connection.organization_id).update(is_demo=True)
    Project.objects.filter(pk=connection.project_id).update(
        support_email="help@acme.example",
        sender_email="billing@acme.example",
        postal_address="1 Harbor Street, Oakland",
    )
    connection.refresh_from_db()
    turn_recovery(connection.project, on=True, by=OWNER, now=now)
    switch_test_mail(connection, on=True, now=now)
    adopt(connection.project, preset, PRESETS[preset], now)
    hook = f"{base_url}/hooks/stripe/{connection.hook_token}"
    endpoint = stripe_for(connection).create_webhook_endpoint(hook, ENDPOINT_EVENTS, key=f"endpoint_{connection.pk}")
    keep_webhook_secret(connection, endpoint.secret, now, endpoint_id=endpoint.id, url=hook)
    return connection


def read_history(stripe_for: Callable[[Connection], Stripe], now: datetime) -> None:
    """The customers of the shop and what they paid, as a worker reads them of an account."""
    for connection in connected():
        mirror = begin(connection, now)
        while mirror.stage:
            mirror = read_page(connection, stripe_for(connection), erased_among, now)
