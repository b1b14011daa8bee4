"""Checks of how Stripe's events come here: the endpoint, our address, gaps, and Stripe's limit of endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from tideover.config import config, public_address
from tideover.gateways.answers import EndpointRead, LockedOut
from tideover.gateways.kinds import Kind
from tideover.inbox.models import StripeEvent
from tideover.inbox.registration import hook_of
from tideover.inbox.translate import ENDPOINT_EVENTS
from tideover.inbox.webhook import ADDRESS
from tideover.tenants.connecting import has_webhook_secret
from tideover.tenants.models import Connection, Organization
from tideover.upkeep.doctor.asking import Answers
from tideover.upkeep.doctor.findings import Finding, Level, Mend
from tideover.upkeep.doctor.patient import Patient, called

CONNECTIONS: Final = "dashboard:connections"
STRIPES_LIMIT: Final = 16
NEAR_IT: Final = 14
ON_ITS_WAY: Final = timedelta(minutes=15)  # an event may need that long, or be asked for again by Stripe
LOOKS_BACK: Final = timedelta(days=1)
WITHOUT: Final = "Until then events are found in Stripe's list, every five minutes."


def seen_by(connection: Connection, answers: Answers) -> list[EndpointRead] | None:
    """The account's endpoints; None where its key is not asked to let us see them."""
    try:
        found: list[EndpointRead] = answers.of("endpoints", connection)
    except LockedOut:
        if connection.may_make_endpoint:
            raise
        return None
    return found


def webhook(_: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """Whether an endpoint leads here, is enabled, and asks for all that is needed."""
    if connection.kind == Kind.APP:
        yield from _of_app(connection)
        return
    if not has_webhook_secret(connection):
        says = "There is no webhook whose signature we know"
        mend = Mend(f"Make an endpoint for {hook_of(connection)} and hand over its secret", page=CONNECTIONS)
        yield Finding("webhook", Level.BAD, says, WITHOUT, called(connection), mend)
        return
    found = seen_by(connection, answers)
    if found is None:
        says = "Whether the endpoint leads here cannot be seen with a key that only observes"
        yield Finding(
            "webhook", Level.NOTE, says, "Gaps between Stripe's events and ours are looked for.", called(connection)
        )
        return
    mine = next((each for each in found if each.url == hook_of(connection)), None)
    if mine is None:
        yield _leads_elsewhere(connection, found)
    elif not mine.enabled:
        says = "Stripe has disabled the endpoint"
        mend = Mend("Enable it at Stripe", link=f"https://dashboard.stripe.com/webhooks/{mine.id}")
        yield Finding("webhook", Level.BAD, says, f"{mine.id}. {WITHOUT}", called(connection), mend)
    elif "*" not in mine.events and (lacks := sorted(set(ENDPOINT_EVENTS) - mine.events)):
        mend = Mend("Add them to the endpoint", link=f"https://dashboard.stripe.com/webhooks/{mine.id}")
        says = "The endpoint does not ask for all events"
        yield Finding("webhook", Level.WARN, says, ", ".join(lacks), called(connection), mend)


def _of_app(connection: Connection) -> Iterator[Finding]:
    """Events of an app come to one endpoint of the operator's, for all who have installed it."""
    if not config().stripe_app_webhook_secret:
        says = "The endpoint of the Stripe App is not set up on this server"
        mend = Mend("Its operator sets TIDEOVER_STRIPE_APP_WEBHOOK_SECRET", page=CONNECTIONS)
        yield Finding("webhook", Level.WARN, says, WITHOUT, called(connection), mend)


def _leads_elsewhere(connection: Connection, found: Sequence[EndpointRead]) -> Finding:
    """A forwarder may bring the events all the same: what shows that it does not is the check of gaps."""
    hosts = ", ".join(sorted({urlsplit(each.url).hostname or each.url for each in found})) or "no endpoint at all"
    says, evidence = "None of the account's endpoints leads here", f"Stripe has {hosts}. {WITHOUT}"
    mend = Mend(f"Let one lead to {hook_of(connection)}", page=CONNECTIONS)
    return Finding("webhook", Level.WARN, says, evidence, called(connection), mend)


def reachable(patient: Patient, organization: Organization, answers: Answers) -> Iterator[Finding]:
    """Whether our public address can be reached, and answers."""
    address, real = public_address(), [each for each in patient.connections if not each.api_base]
    parts = urlsplit(address)
    mend = Mend("Set TIDEOVER_BASE_URL to the address by which Stripe and customers reach this server")
    if _is_inside(parts.hostname or ""):
        if real:
            says = "Stripe and customers cannot reach this server"
            yield Finding("reachable", Level.BAD, says, f"{address} is inside of this network.", mend=mend)
        return
    status = answers.of("address", organization)
    if status != 200:
        says = "Something else answers at our address"
        yield Finding("reachable", Level.BAD, says, f"{address}/healthz answers {status}, and not 200.", mend=mend)
    elif parts.scheme != "https" and real:
        yield Finding("reachable", Level.WARN, "Our address is not https: Stripe asks for that in live mode", address)


def _is_inside(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def events(patient: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """What Stripe's list of events has and we have not; and what came, but by no webhook."""
    since = max(connection.since, patient.now - LOOKS_BACK)
    listed = [each for each in answers.of("events", connection) if _is_due(each, since, patient.now)]
    ids = [str(each["id"]) for each in listed]
    known = StripeEvent.objects.filter(connection=connection, event_id__in=ids)
    missing = len(ids) - known.count()
    if missing:
        says = f"{missing} event{'s' if missing > 1 else ''} of the last day did not come here"
        evidence = f"Stripe lists {len(ids)} of the types we ask for, all older than 15 minutes."
        mend = Mend("They are taken in within five minutes where a worker runs", command="tideover worker")
        yield Finding("events", Level.BAD, says, evidence, called(connection), mend)
    late = sum(got - at > ON_ITS_WAY for got, at in known.values_list("received_at", "happened_at"))
    if late:
        says = f"{late} of {len(ids)} events of the last day came late or by no webhook"
        mend = Mend("Look at the endpoint's deliveries", link="https://dashboard.stripe.com/webhooks")
        evidence = "They are in Stripe's list and were found there, more than 15 minutes after they happened."
        yield Finding("events", Level.WARN, says, evidence, called(connection), mend)


def _is_due(event: dict[str, Any], since: datetime, now: datetime) -> bool:
    made = event.get("created")
    return (
        isinstance(made, int)
        and bool(event.get("id"))
        and (since <= datetime.fromtimestamp(made, UTC) < now - ON_ITS_WAY)
    )


def endpoints(_: Patient, connection: Connection, answers: Answers) -> Iterator[Finding]:
    """How near the account is to the most endpoints that Stripe allows."""
    found = seen_by(connection, answers) or []
    if len(found) < NEAR_IT:
        return
    ours = [each for each in found if urlsplit(each.url).path.startswith(ADDRESS)]
    stale = [each.id for each in ours if each.url != hook_of(connection)]
    full = len(found) >= STRIPES_LIMIT
    says = f"The account has {len(found)} of Stripe's {STRIPES_LIMIT} webhook endpoints"
    evidence = f"Of earlier addresses of Tideover: {', '.join(stale)}." if stale else ""
    mend = Mend("Delete those that nobody needs", link="https://dashboard.stripe.com/webhooks")
    yield Finding("endpoints", Level.BAD if full else Level.WARN, says, evidence, called(connection), mend)
