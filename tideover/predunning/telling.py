"""What is told of a card that ends: what was written about it and when, or will be, and what keeps it unwritten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce, JSONObject

from tideover.core.ahead.kinds import Ahead
from tideover.core.ahead.predunning import Unneeded, Waits, day_of_message, not_survived
from tideover.core.outcomes import Unsent
from tideover.flow.stops import halts_of, stopped_for_everybody
from tideover.messages.keyed import address_hash
from tideover.messages.suppression import unsent_of
from tideover.mirror.expiring import Ending, paid_after
from tideover.mirror.models import Customer, Method
from tideover.predunning.looking import is_test, why_silent
from tideover.predunning.models import Alert
from tideover.predunning.planning import alert_of_each
from tideover.predunning.sending import CHANNEL
from tideover.recovery.models import Case
from tideover.recovery.places import zone, zone_name
from tideover.tenants.models import Project


class Stands(StrEnum):
    """How it stands with the message about a card."""

    SENT = "sent"
    PERHAPS = "perhaps"  # the mail server's answer was lost
    UNSENT = "unsent"
    PLANNED = "planned"
    HELD = "held"


STANDS: Final[Mapping[str, Stands]] = {
    Alert.State.SENT: Stands.SENT,
    Alert.State.UNKNOWN: Stands.PERHAPS,
    Alert.State.FAILED: Stands.UNSENT,
    Alert.State.SKIPPED: Stands.UNSENT,
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """The message about a card. at: when it was settled, or leaves at the earliest. why: what keeps it, a clause."""

    stands: Stands
    at: datetime | None = None
    why: str = ""


def with_messages(cards: QuerySet[Method]) -> QuerySet[Method]:
    """Cards with all that `outlooks` asks of each: no question of its own for any of them."""
    holder = {"connection": OuterRef("connection"), "customer_id": OuterRef("customer_id")}
    alerts = alert_of_each()
    return cards.select_related("connection__organization").annotate(
        alert=alerts.values(told=JSONObject(id="pk", state="state", reason="reason")),
        alert_at=alerts.values(at=Coalesce(F("settled_at"), F("try_at"))),
        is_failing=Exists(Case.objects.filter(**holder, state=Case.State.FAILING)),
        pays=Exists(paid_after(OuterRef("expires_on"), **holder, method_id=OuterRef("stripe_id"))),
        everybody=stopped_for_everybody(),
    )


def outlooks(project: Project, endings: Sequence[Ending], now: datetime) -> dict[UUID, Outlook]:
    """Of each card, by its row's id, that a payment comes too late for or may, or that was written about: one question.

    endings: of cards that were read `with_messages`.
    """
    addresses = [ending.customer.email for ending in endings if ending.customer]
    kept_out = unsent_of(project.organization_id, CHANNEL, addresses)
    found = ((ending.method.pk, _outlook(project, ending, kept_out, now)) for ending in endings)
    return {card: outlook for card, outlook in found if outlook is not None}


def _outlook(project: Project, ending: Ending, kept_out: Mapping[str, Unsent], now: datetime) -> Outlook | None:
    card: Any = ending.method  # with what `with_messages` has read
    alert = card.alert or {"state": Alert.State.PLANNED, "reason": ""}
    if alert["state"] != Alert.State.PLANNED:
        return Outlook(STANDS[alert["state"]], card.alert_at, alert["reason"])
    renewals = [plan.renews_at for plan in ending.plans]
    payment_at = not_survived(card.expires_on, renewals, now)
    if ending.customer is None or (payment_at is None and None not in renewals):
        return None
    if why := next(_reasons(project, card, ending.customer, kept_out), ""):
        return Outlook(Stands.HELD, None, why)
    if payment_at is None:
        return Outlook(Stands.HELD, None, Waits.UNKNOWN)
    if alert["reason"] not in {"", Waits.EARLY}:
        return Outlook(Stands.HELD, card.alert_at, alert["reason"])
    lives_in = zone(zone_name(ending.customer.country, ending.customer.region, project.time_zone))
    return Outlook(Stands.PLANNED, day_of_message(payment_at, project.card_alert_days, now, lives_in))


def _reasons(project: Project, card: Any, customer: Customer, kept_out: Mapping[str, Unsent]) -> Iterator[str]:  # noqa: ANN401 - with what was annotated
    """What keeps it unwritten as things stand, the weightiest first."""
    account = card.connection
    if customer.erased_at:
        yield Unneeded.ERASED
    if customer.test_clock:
        yield Unneeded.ON_A_CLOCK
    if silent := why_silent(Ahead.CARD, project, account):
        yield silent
    yield from (halt.why for halt in halts_of(account, project, card.everybody))
    if card.pays:
        yield Unneeded.PAYS
    if not customer.email.strip():
        yield Unsent.NO_ADDRESS
    if reason := kept_out.get(address_hash(customer.email)):
        yield reason
    if is_test(account, customer) and not account.test_mail:
        yield Unsent.TEST_MODE
    if card.is_failing:
        yield Waits.OPEN


def holders_of(organization_id: UUID, alerts: Sequence[UUID]) -> dict[UUID, Customer]:
    """Of each alert by its id whose card or subscription it tells of, unless they were erased."""
    found = Alert.objects.filter(organization_id=organization_id, pk__in=alerts) if alerts else Alert.objects.none()
    whose = {each.pk: (each.connection_id, each.customer_id) for each in found}
    theirs = Customer.objects.filter(organization_id=organization_id, erased_at=None)
    customers = theirs.filter(stripe_id__in={customer for _, customer in whose.values()})
    known = {(each.connection_id, each.stripe_id): each for each in customers}
    return {alert: known[holder] for alert, holder in whose.items() if holder in known}
