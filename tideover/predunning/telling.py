"""What is told of a card that ends: what was written about it and when, or will be, and what keeps it unwritten.

What keeps it so holds for a message about a subscription (`announcing`), too.
"""

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
from tideover.predunning.looking import is_test, why_silent, zone_of
from tideover.predunning.models import Alert
from tideover.predunning.planning import alert_of_each
from tideover.predunning.sending import CHANNEL
from tideover.recovery.models import Case
from tideover.recovery.places import zone
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


UNPLANNED: Final[Mapping[str, str]] = {"state": Alert.State.PLANNED, "reason": ""}  # as one that waits for nothing


@dataclass(frozen=True, slots=True)
class Outlook:
    """The message about a card or a subscription. at: when it was settled, or leaves at the earliest. why: what keeps
    it, a clause.
    """

    stands: Stands
    at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What all that are asked about have in common. kept_out: why some addresses are not written to, by their hash."""

    project: Project
    kind: Ahead
    kept_out: Mapping[str, Unsent]
    now: datetime


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
    asked = Asked(project, Ahead.CARD, unsent_of(project.organization_id, CHANNEL, addresses), now)
    found = ((ending.method.pk, _outlook(asked, ending)) for ending in endings)
    return {card: outlook for card, outlook in found if outlook is not None}


def _outlook(asked: Asked, ending: Ending) -> Outlook | None:
    card: Any = ending.method  # with what `with_messages` has read
    alert = card.alert or UNPLANNED
    if alert["state"] != Alert.State.PLANNED:
        return Outlook(STANDS[alert["state"]], card.alert_at, alert["reason"])
    renewals = [plan.renews_at for plan in ending.plans]
    payment_at = not_survived(card.expires_on, renewals, asked.now)
    if ending.customer is None or (payment_at is None and None not in renewals):
        return None
    if why := next(reasons(asked, card, ending.customer, Unneeded.PAYS if card.pays else None), ""):
        return Outlook(Stands.HELD, None, why)
    if payment_at is None:
        return Outlook(Stands.HELD, None, Waits.UNKNOWN)
    if alert["reason"] not in {"", Waits.EARLY}:
        return Outlook(Stands.HELD, card.alert_at, alert["reason"])
    lives_in = zone(zone_of(asked.project, ending.customer))
    return Outlook(Stands.PLANNED, day_of_message(payment_at, asked.project.card_alert_days, asked.now, lives_in))


def reasons(asked: Asked, row: Any, customer: Customer, moot: Unneeded | None) -> Iterator[str]:  # noqa: ANN401 - with what was annotated
    """What keeps a message unwritten as things stand, the weightiest first. moot: why there is nothing to say of it."""
    account = row.connection
    if customer.erased_at:
        yield Unneeded.ERASED
    if customer.test_clock:
        yield Unneeded.ON_A_CLOCK
    if silent := why_silent(asked.kind, asked.project, account):
        yield silent
    yield from (halt.why for halt in halts_of(account, asked.project, row.everybody))
    if moot:
        yield moot
    if not customer.email.strip():
        yield Unsent.NO_ADDRESS
    if reason := asked.kept_out.get(address_hash(customer.email)):
        yield reason
    if is_test(account, customer) and not account.test_mail:
        yield Unsent.TEST_MODE
    if row.is_failing:
        yield Waits.OPEN


def holders_of(organization_id: UUID, alerts: Sequence[UUID]) -> dict[UUID, Customer]:
    """Of each alert by its id whose card or subscription it tells of, unless they were erased."""
    found = Alert.objects.filter(organization_id=organization_id, pk__in=alerts) if alerts else Alert.objects.none()
    whose = {each.pk: (each.connection_id, each.customer_id) for each in found}
    theirs = Customer.objects.filter(organization_id=organization_id, erased_at=None)
    customers = theirs.filter(stripe_id__in={customer for _, customer in whose.values()})
    known = {(each.connection_id, each.stripe_id): each for each in customers}
    return {alert: known[holder] for alert, holder in whose.items() if holder in known}
