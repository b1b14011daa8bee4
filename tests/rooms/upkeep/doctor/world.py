"""A healthy organization and everybody Doctor asks, each of whom can be made to say something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests import factories as make
from tests.factories import NOW
from tideover.gateways.answers import AccountRead, EndpointRead
from tideover.gateways.permissions import asked_of
from tideover.gateways.probe import Finding, Proof
from tideover.gateways.shape import Json
from tideover.inbox.registration import hook_of
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.tenants.models import Connection
from tideover.upkeep.doctor.asking import Outside
from tideover.upkeep.doctor.examine import examine
from tideover.upkeep.doctor.findings import Finding as Found

GOOD_NAMES = {
    "merchant.example": ["v=spf1 include:mail.example ~all"],
    "_dmarc.merchant.example": ["v=DMARC1; p=quarantine"],
    "tide._domainkey.merchant.example": ["v=DKIM1; k=rsa; p=MIGfMA0"],
}


def raising(broken: Exception) -> Callable[..., Any]:
    def call(*_: object) -> Any:
        raise broken

    return call


@dataclass
class Account:
    """What Stripe says of one account."""

    connection: Connection
    read: AccountRead | Exception
    endpoints: list[EndpointRead] | Exception
    events: list[Json] = field(default_factory=list)

    def feel(self) -> None:
        self.account()

    def account(self) -> AccountRead:
        return _said(self.read)

    def webhook_endpoints(self) -> list[EndpointRead]:
        return _said(self.endpoints)

    def list_events(self, since: datetime, types: object) -> Iterator[list[Json]]:
        yield self.events


def _said(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


@dataclass
class Names:
    published: dict[str, list[str]]

    def texts(self, name: str) -> list[str]:
        return self.published.get(name, [])


@dataclass
class World:
    """A live account in act mode with a case, an event and a healthy everything."""

    connection: Connection
    stripe: Account
    outside: Outside

    @property
    def organization(self):
        return self.connection.organization

    @property
    def project(self):
        return self.connection.project

    def found(self, now: datetime = NOW) -> list[Found]:
        return examine(self.organization.pk, now, self.outside)

    def say(self, **answers: Any) -> None:
        """Let somebody outside answer otherwise."""
        self.outside = replace(self.outside, **answers)


def healthy(project: Any, monkeypatch: Any) -> World:
    from tideover.config import config  # noqa: PLC0415

    monkeypatch.setenv("TIDEOVER_BASE_URL", "https://tideover.example")
    monkeypatch.setattr(config(), "base_url", "https://tideover.example")
    monkeypatch.setattr(config(), "dkim_selector", "tide")
    project.sender_email = "billing@merchant.example"
    project.save()
    connection = make.make_connection(
        project, livemode=True, events_seen_to=NOW, webhook_endpoint_id="we_1", publishable_key="pk_live_x"
    )
    make.make_case(connection)
    event = make.make_stripe_event(connection, received_at=NOW, happened_at=NOW - timedelta(hours=1))
    event.received_at = event.happened_at + timedelta(seconds=2)
    event.save()
    stripe = Account(
        connection,
        AccountRead(connection.account_id, "Alpine", False, "GB", "gbp", "Europe/London", paypal="active"),
        [EndpointRead("we_1", hook_of(connection), frozenset(ENDPOINT_EVENTS), enabled=True)],
        [{"id": event.event_id, "created": int(event.happened_at.timestamp()), "type": event.type}],
    )
    outside = Outside(
        stripe_for=lambda _: stripe,
        probe=lambda _: [Finding(each, Proof.PROVED) for each in asked_of(act=True)],
        names=Names(dict(GOOD_NAMES)),
        status_of=lambda _: 200,
        mail_server=str,
        mail_account=lambda _: "Simulated",
        disk=str,
        seconds=30,
    )
    return World(connection, stripe, outside)
