"""How each connection stands, as its card says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Min, Q
from django.http import Http404
from django.urls import reverse

from tideover import clock
from tideover.config import config
from tideover.core.networks import By
from tideover.core.steps import Do
from tideover.dashboard.words import Word
from tideover.flow.refusals import Refusal, known_of, last_of
from tideover.gateways import app, consent
from tideover.gateways.kinds import Kind
from tideover.ids import private, public
from tideover.inbox.models import StripeEvent
from tideover.inbox.registration import hook_of, is_ours_to_move, leads_elsewhere
from tideover.mirror.progress import Progress, progress
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.telling.earlier import Earlier, earlier_of
from tideover.tenants.access import MemberRequest
from tideover.tenants.alerting import alerts
from tideover.tenants.at_once import at_once, number
from tideover.tenants.connecting import has_webhook_secret, key_end
from tideover.tenants.models import Connection, Organization

LATELY: Final = timedelta(days=30)
MOST_LOOKED_AT: Final = 500  # failures, the latest: a page must not count a year of a large merchant


@dataclass(frozen=True, slots=True)
class Planned:
    """What a connection has in hand: a change of its mode concerns all of it."""

    cases: int
    charges: int
    messages: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has come due while Stripe lets us in no more. since: of its first; runs_out: when the first case ends."""

    charges: int
    messages: int
    since: datetime | None
    runs_out: datetime | None


@dataclass(frozen=True, slots=True)
class Beside:
    """Who else dunns, as far as tries tell: of how many failures of the last 30 days Stripe tried again by itself."""

    failures: int
    tried_again: int


@dataclass(frozen=True, slots=True)
class Card:
    """One connection. hook: the address its events come to. by_hand: whether the merchant has to make the endpoint."""

    connection: Connection
    public_id: str
    key_end: str
    word: Word
    refusal: Refusal | None
    last_refusal: Refusal | None
    waiting: Waiting | None
    event: StripeEvent | None
    planned: Planned
    beside: Beside
    hook: str
    by_hand: bool
    elsewhere: bool
    earlier: Earlier | None
    history: Progress | None

    @property
    def made_by_us(self) -> bool:
        """Whether the endpoint is ours to change."""
        return is_ours_to_move(self.connection)

    @property
    def undone(self) -> list[str]:
        """What only the merchant can do, of an account that was disconnected."""
        return self.connection.left_undone.splitlines()

    @property
    def way(self) -> str:
        """Where Stripe's page is begun by which it was connected; empty where that is by a key, or not set up here."""
        if self.connection.kind == Kind.CONSENT and consent.platform() is not None:
            return reverse("dashboard:connect-consent")
        by_app = self.connection.kind == Kind.APP and app.publisher() is not None
        return reverse("dashboard:connect-app") if by_app else ""

    @property
    def agreed(self) -> bool:
        """Whether more is agreed to at Stripe, by this very way."""
        return self.connection.kind == Kind.CONSENT and bool(self.way)

    @property
    def by_app(self) -> bool:
        """Whether a Stripe App opens it, whose events come to an endpoint of the operator's."""
        return self.connection.kind == Kind.APP

    @property
    def app_hears(self) -> bool:
        """Whether the operator has set that endpoint up."""
        return bool(config().stripe_app_webhook_secret)

    @property
    def alerts(self) -> bool:
        """Whether its customers are told of cards that end."""
        return alerts(self.connection)

    @property
    def active(self) -> bool:
        return self.connection.state == Connection.State.ACTIVE


def connection_at(request: MemberRequest, public_id: str) -> Connection:
    """The connection of this address, if it is the organization's."""
    pk = private("conn", public_id)
    found = Connection.objects.filter(organization=request.organization, pk=pk) if pk else None
    connection = found.select_related("project", "organization").first() if found is not None else None
    if connection is None:
        raise Http404("There is no such connection.")
    return connection


def cards(organization: Organization) -> list[Card]:
    """All connections of the organization: what needs somebody first, then live before test."""
    found = Connection.objects.filter(organization=organization)
    found = found.select_related("project", "mirror", "lane", "backlog")
    return sorted(map(_card, found.order_by("created_at", "pk")), key=_rank)


def _rank(card: Card) -> tuple[bool, bool, bool]:
    return not card.active, card.refusal is None, not card.connection.livemode


def _card(connection: Connection) -> Card:
    refusal = known_of(connection)
    return Card(
        connection,
        public("conn", connection.pk),
        key_end(connection),
        _word(connection, refusal),
        refusal,
        last_of(connection),
        _waiting(connection, clock.now()) if refusal else None,
        _last_event(connection),
        planned(connection),
        _beside(connection, clock.now()),
        hook_of(connection),
        connection.can.makes_endpoint and not has_webhook_secret(connection),
        leads_elsewhere(connection),
        earlier_of(connection),
        progress(connection.mirror) if hasattr(connection, "mirror") else None,
    )


def _word(connection: Connection, refusal: Refusal | None) -> Word:
    if connection.state != Connection.State.ACTIVE:
        return Word("Disconnected")
    if refusal:
        return Word("Refused by Stripe", "bad")
    if connection.quarantined_at is not None:
        return Word("In quarantine", "warn")
    return Word("Stopped", "warn") if connection.stopped_at else Word("Connected", "good")


def _last_event(connection: Connection) -> StripeEvent | None:
    seen = StripeEvent.objects.filter(organization_id=connection.organization_id, connection=connection)
    return seen.defer("body").order_by("-pk").first()  # ids sort by time


def _beside(connection: Connection, now: datetime) -> Beside:
    """The first try of an invoice is Stripe's too, and no dunning."""
    lately = Case.objects.filter(connection=connection, opened_at__gte=now - LATELY).order_by("-opened_at", "pk")
    failures = list(lately.values_list("pk", flat=True)[:MOST_LOOKED_AT])
    stripes = Attempt.objects.filter(case__in=failures, by=By.STRIPE).values("case").annotate(tries=Count("pk"))
    return Beside(len(failures), stripes.filter(tries__gt=1).count())


def _waiting(connection: Connection, now: datetime) -> Waiting:
    planned = Action.objects.filter(connection=connection, state=Action.State.PLANNED, clock=None)
    late = planned.filter(due_at__lte=now).aggregate(
        charges=Count("pk", filter=Q(do=Do.CHARGE)), messages=Count("pk", filter=Q(do=Do.MESSAGE)), since=Min("due_at")
    )
    runs_out = planned.filter(do=Do.CLOSE).aggregate(at=Min("due_at"))["at"]
    return Waiting(late["charges"], late["messages"], late["since"], runs_out)


def planned(connection: Connection) -> Planned:
    """What it has in hand at this moment."""
    cases = Case.objects.filter(connection=connection, state=Case.State.FAILING)
    steps = Action.objects.filter(case__in=cases, state=Action.State.PLANNED)
    at = at_once(
        connection.organization_id,
        {
            "cases": number(cases),
            "charges": number(steps.filter(do=Do.CHARGE)),
            "messages": number(steps.filter(do=Do.MESSAGE)),
        },
    )
    return Planned(at["cases"], at["charges"], at["messages"])
