"""What is told of subscriptions that renew and trials that end: when each customer is told, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce, JSONObject

from tideover.core.ahead.kinds import KINDS, Ahead
from tideover.core.ahead.law import MOST_DAYS
from tideover.core.ahead.notices import Timing
from tideover.core.ahead.predunning import Waits, day_of_message
from tideover.core.timing import local_day
from tideover.flow.stops import stopped_for_everybody
from tideover.messages.suppression import unsent_of
from tideover.mirror.models import Customer, Subscription
from tideover.mirror.renewing import renewing
from tideover.predunning.looking import zone_of
from tideover.predunning.models import Alert
from tideover.predunning.noticing import timing_of, why_not
from tideover.predunning.planning import notice_of_each
from tideover.predunning.sending import CHANNEL
from tideover.predunning.telling import STANDS, UNPLANNED, Asked, Outlook, Stands, reasons
from tideover.recovery.models import Case
from tideover.recovery.places import zone
from tideover.tenants.models import Project

SHOWN: Final = timedelta(days=MOST_DAYS)
TOLD: Final = {Stands.SENT, Stands.PERHAPS}


class Window(StrEnum):
    """How a notice lies in the window of a law."""

    WITHIN = "within"
    OUTSIDE = "outside"
    UNTOLD = "not told in"  # it did not come, or something holds it back


@dataclass(frozen=True, slots=True)
class Coming:
    """A payment to come. on: its day where the customer lives. timing: how long ahead they are told, and by which law.

    outlook: what becomes of the message; None where there is nobody to write to. window: of that law, by the day of the
    message itself, which may be another than was meant; None where no law is known.
    """

    plan: Subscription
    customer: Customer | None
    on: date
    timing: Timing | None
    outlook: Outlook | None
    window: Window | None


def coming(project: Project, kind: Ahead, now: datetime) -> QuerySet[Subscription]:
    """Every subscription of this kind that is paid within three months, the next first; with all that `told` asks."""
    notices = notice_of_each(kind)
    failing = Case.objects.filter(
        connection=OuterRef("connection"), customer_id=OuterRef("customer_id"), state=Case.State.FAILING
    )
    return (
        renewing(project, KINDS[kind].status, now, now + SHOWN)
        .select_related("connection__organization")
        .annotate(
            notice=notices.values(told=JSONObject(state="state", reason="reason")),
            notice_at=notices.values(at=Coalesce(F("settled_at"), F("try_at"))),
            is_failing=Exists(failing),
            everybody=stopped_for_everybody(),
        )
    )


def told(project: Project, kind: Ahead, plans: Sequence[Subscription], now: datetime) -> list[Coming]:
    """Of subscriptions that were read by `coming`: two questions, however many they are."""
    ids = {plan.customer_id for plan in plans}
    mine = Customer.objects.filter(project=project, stripe_id__in=ids)
    customers = {(each.connection_id, each.stripe_id): each for each in mine}
    kept_out = unsent_of(project.organization_id, CHANNEL, [each.email for each in customers.values()])
    asked = Asked(project, kind, kept_out, now)
    return [_told(asked, plan, customers.get((plan.connection_id, plan.customer_id))) for plan in plans]


def _told(asked: Asked, plan: Subscription, customer: Customer | None) -> Coming:
    assert plan.renews_at is not None
    project = asked.project
    lives_in = zone(zone_of(project, customer) if customer else project.time_zone)
    on = local_day(plan.renews_at, lives_in)
    if customer is None:
        return Coming(plan, None, on, None, None, None)
    timing = timing_of(project, asked.kind, plan, customer, lives_in)
    at = day_of_message(plan.renews_at, timing.days, asked.now, lives_in)
    outlook = _outlook(asked, plan, customer, at)
    told_at = outlook.at if outlook.stands in TOLD else None
    told_on = local_day(told_at or at, lives_in)
    return Coming(plan, customer, on, timing, outlook, _window(timing, outlook, on, told_on))


def _window(timing: Timing, outlook: Outlook, on: date, told_on: date) -> Window | None:
    if timing.law is None:
        return None
    if outlook.stands == Stands.UNSENT:
        return Window.UNTOLD
    if timing.is_outside(on, told_on):
        return Window.OUTSIDE
    return Window.UNTOLD if outlook.stands == Stands.HELD else Window.WITHIN


def _outlook(asked: Asked, plan: Any, customer: Customer, at: datetime) -> Outlook:  # noqa: ANN401 - with what was annotated
    notice = plan.notice or UNPLANNED
    if notice["state"] != Alert.State.PLANNED:
        return Outlook(STANDS[notice["state"]], plan.notice_at, notice["reason"])
    moot = why_not(asked.project, asked.kind, plan, plan.renews_at)
    if why := next(reasons(asked, plan, customer, moot), ""):
        return Outlook(Stands.HELD, None, why)
    if notice["reason"] not in {"", Waits.EARLY}:
        return Outlook(Stands.HELD, plan.notice_at, notice["reason"])
    return Outlook(Stands.PLANNED, at)
