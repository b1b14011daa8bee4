"""Cards that end soon, or have ended, and that a subscription is going to charge: by the mirror, which events keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from tideover.core.outcomes import Tried
from tideover.core.timing import local_day
from tideover.mirror.models import Customer, Method, Payment, Subscription
from tideover.tenants.models import Connection, Project

AHEAD: Final = timedelta(days=60)
BACK: Final = timedelta(days=90)  # so long it is worth a word that one has ended, or was renewed
RENEWS: Final = ("active", "trialing", "past_due")
Whose = tuple[object, str]  # a connection's id, and a customer's at Stripe


@dataclass(frozen=True, slots=True)
class Ending:
    """A card in the list. customer: none where the mirror has not read whose it is.

    renews_at: when it is charged next, as far as that is known; plans: for what.
    """

    method: Method
    customer: Customer | None
    plans: Sequence[Subscription]
    renews_at: datetime | None

    def has_ended(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.method.expires_on is not None and self.method.expires_on < today

    @property
    def ends_before(self) -> bool:
        """Whether it ends before it is charged next."""
        ends, renews = self.method.expires_on, self.renews_at
        return ends is not None and renews is not None and ends < day_of(renews)


def day_of(at: datetime) -> date:
    """The day to which a card's end is held: by UTC, as the zone of its bank is not known."""
    return local_day(at, UTC)


def in_days(column: str) -> TruncDate:
    """The same in the database."""
    return TruncDate(column, tzinfo=UTC)


def expiring(project: Project, today: date) -> QuerySet[Method]:
    """Those of the project's accounts, in the order in which they end."""
    span = Q(expires_on__range=(today - BACK, today + AHEAD))
    return _charged(project).filter(span).order_by("expires_on", "id")


def renewed(project: Project, now: datetime) -> QuerySet[Method]:
    """Those that the network has renewed lately, the latest first: nobody need do anything about them."""
    return _charged(project).filter(renewed_at__gte=now - BACK).order_by("-renewed_at", "-id")


def charged_after_their_end(project: Project, now: datetime, until: datetime) -> QuerySet[Method]:
    """Those that a subscription charges by then, and after their last day; the first to end first."""
    coming = _renewing().filter(renews_at__gt=now, renews_at__lte=until)
    too_late = coming.annotate(on=in_days("renews_at")).filter(on__gt=OuterRef("expires_on"))
    span = Q(expires_on__range=(day_of(now) - BACK, day_of(until)))
    return _charged(project, too_late).filter(span).order_by("expires_on", "id")


def paid_after(day: date | OuterRef, **method: object) -> QuerySet[Payment]:
    """What was paid by a method of a customer's after this day: a bank may take a card after its last."""
    paid = Payment.objects.filter(Q(*method.items()), outcome=Tried.PAID)
    return paid.annotate(on=in_days("at")).filter(on__gt=day)


def _charged(project: Project, plans: QuerySet[Subscription] | None = None) -> QuerySet[Method]:
    """The methods that one of these subscriptions is going to charge: its own, or where it has none the customer's
    default. plans: of whichever customer; None for all that go on.
    """
    plans = _renewing() if plans is None else plans
    plans = plans.filter(connection=OuterRef("connection"), customer_id=OuterRef("customer_id"))
    default = Customer.objects.filter(
        connection=OuterRef("connection"), stripe_id=OuterRef("customer_id"), method_id=OuterRef("stripe_id")
    )
    own = Exists(plans.filter(method_id=OuterRef("stripe_id")))
    accounts = Connection.objects.filter(project=project, state=Connection.State.ACTIVE)
    methods = Method.objects.filter(connection__in=accounts.values("pk"), gone=False)
    return methods.filter(own | (Exists(plans.filter(method_id="")) & Exists(default)))


def _renewing() -> QuerySet[Subscription]:
    """Subscriptions that go on: not those that are to end, nor those whose collection is paused."""
    return Subscription.objects.filter(status__in=RENEWS, rests=False, ends_at=None)


def renewing_of(customer: Customer) -> QuerySet[Subscription]:
    """What they are going to be charged for, by whatever method."""
    return _renewing().filter(connection=customer.connection_id, customer_id=customer.stripe_id)


def told(methods: Sequence[Method]) -> list[Ending]:
    """The cards with whose they are and what they are charged for next. Two questions, however many they are."""
    whose = _theirs(methods)
    customers = {_who(each, each.stripe_id): each for each in Customer.objects.filter(_by(whose, "stripe_id"))}
    plans: dict[Whose, list[Subscription]] = {}
    for plan in _renewing().filter(_by(whose, "customer_id")).order_by("renews_at", "pk"):
        plans.setdefault(_who(plan, plan.customer_id), []).append(plan)
    return [_ending(each, customers, plans) for each in methods]


def _who(row: Customer | Subscription | Method, customer_id: str) -> Whose:
    return row.connection_id, customer_id


def _theirs(methods: Iterable[Method]) -> Mapping[object, set[str]]:
    found: dict[object, set[str]] = {}
    for method in methods:
        found.setdefault(method.connection_id, set()).add(method.customer_id)
    return found


def _by(whose: Mapping[object, set[str]], column: str) -> Q:
    """Rows of any of them: two accounts may have customers of one id."""
    found = Q(pk__in=[])
    for account, ids in whose.items():
        found |= Q(**{"connection_id": account, f"{column}__in": ids})
    return found


def _ending(method: Method, customers: Mapping[Whose, Customer], plans: Mapping[Whose, list[Subscription]]) -> Ending:
    who = _who(method, method.customer_id)
    customer = customers.get(who)
    is_default = customer is not None and customer.method_id == method.stripe_id
    mine = [
        plan for plan in plans.get(who, ()) if plan.method_id == method.stripe_id or (not plan.method_id and is_default)
    ]
    return Ending(method, customer, mine, min((plan.renews_at for plan in mine if plan.renews_at), default=None))
