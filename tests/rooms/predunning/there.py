"""A merchant that alerts, a customer whose card ends, and the account at Stripe where they are read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests import factories as make
from tests.fakes import FakeMail
from tideover import clock
from tideover.core.ahead.offers import Discount
from tideover.core.catalogue import Channel
from tideover.core.money import Money
from tideover.gateways.answers import NotPossible, ReadOnly, Unreachable
from tideover.gateways.leading.comebacks import Session
from tideover.gateways.told import LED_BY
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer, Method, Subscription
from tideover.predunning.models import Alert, Offer
from tideover.predunning.rounds import alert_all
from tideover.recovery.effects import Effects
from tideover.tenants.models import Connection, Project

NOW = make.NOW  # noon of November 20, a Friday
DAY = timedelta(days=1)
ENDS = date(2026, 11, 30)
PLAN = ("status", "ends_at", "rests", "months", "monthly", "sent", "began_at", "plan")  # columns of a subscription
RENEWS = datetime(2026, 12, 3, 12, tzinfo=NOW.tzinfo)


@dataclass
class AtStripe:
    """What the account says of each thing by its id, as JSON; and what was written to it."""

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    amount: Money | None = field(default_factory=lambda: Money(9900, "usd"))
    may_write: bool = True
    silent: bool = False
    not_to_set: str = ""  # a subscription of which it refuses that
    portal: str = "https://portal.example/session"
    may_offer: bool = True
    subscribing: set[str] = field(default_factory=set)  # who has a subscription that goes on, also unknown to us
    writes: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    while_reading: Callable[[], object] = lambda: None

    def look(self, ask: Callable[[Any, bool], Any]) -> Any:
        """As a reading that is sent: by whatever resource."""
        self.while_reading()
        if self.silent:
            raise Unreachable("no route")
        of_any_kind = SimpleNamespace(retrieve=self.things.get)
        v1: Any = SimpleNamespace(customers=of_any_kind, subscriptions=of_any_kind, payment_methods=of_any_kind)
        return ask(v1, False)

    def upcoming(self, _subscription_id: str) -> Money | None:
        return self.amount

    def _write(self, what: str, about: str, key: str) -> None:
        if not self.may_write:
            raise ReadOnly("observe")
        self.writes.append((what, about))
        self.keys.append(key)

    def open_portal(self, customer_id: str, back: str, *, key: str) -> str:
        self._write("portal", f"{customer_id} {back}", key)
        if not self.portal:
            raise NotPossible("no configuration")
        return self.portal

    def open_canceling(self, customer_id: str, subscription_id: str, back: str, *, key: str) -> str:
        self._write("cancel", f"{customer_id} {subscription_id} {back}", key)
        if not self.portal:
            raise NotPossible("no configuration")
        return self.portal

    def subscribes(self, customer_id: str) -> bool:
        return customer_id in self.subscribing

    def offer(self, customer_id: str, discount: Discount, until: datetime, *, key: str) -> str:
        if not self.may_offer:
            return ""
        self._write("offer", f"{customer_id} {discount} {until:%Y-%m-%d %H:%M}", key)
        return f"promo_{key}"

    def open_checkout(self, session: Session) -> str:
        asked = f"{session.subscription_id} {session.code_id} {session.letter} {session.back}"
        self._write("checkout", asked, session.key)
        return self.portal

    def close_checkout(self, session: Session) -> None:
        self._write("checkout over", session.letter, session.key)

    def charge_by(self, subscription_id: str, payment_method_id: str, *, key: str) -> None:
        if subscription_id == self.not_to_set:
            raise NotPossible("this subscription cannot be changed")
        self._write("charge by", f"{subscription_id} {payment_method_id}", key)
        self.things[subscription_id]["default_payment_method"] = payment_method_id


def seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None


def as_json(row: Customer | Method | Subscription) -> dict[str, Any]:
    """The row as Stripe would tell of it."""
    thing: dict[str, Any] = {"id": row.stripe_id, "created": seconds(NOW - 100 * DAY)}
    match row:
        case Customer():
            return thing | {
                "object": "customer", "name": row.name, "email": row.email, "preferred_locales": [row.locale],
                "address": {"country": row.country, "state": row.region},
                "invoice_settings": {"default_payment_method": row.method_id or None},
            }  # fmt: skip
        case Method():
            ends = row.expires_on
            card: dict[str, Any] = {"brand": row.brand, "last4": row.last4, "fingerprint": row.fingerprint}
            card |= {"exp_month": ends.month, "exp_year": ends.year} if ends else {}
            return thing | {"object": "payment_method", "type": "card", "customer": row.customer_id, "card": card}
        case Subscription():
            months = row.months or 1
            amount = row.monthly and row.monthly * months
            recurring = {"interval": "month", "interval_count": months, "usage_type": "licensed"}
            recurring |= {"usage_type": "metered"} if row.monthly is None else {}
            key, _, product = row.prices.partition(" ")
            price = {
                "id": key or None,
                "product": product or None,
                "nickname": row.plan,
                "unit_amount": amount,
                "recurring": recurring,
            }
            return thing | {
                "object": "subscription", "customer": row.customer_id, "status": row.status, "currency": row.currency,
                "start_date": seconds(row.began_at), "current_period_end": seconds(row.renews_at),
                "items": {"data": [{"price": price, "quantity": 1}]},
                "default_payment_method": row.method_id or None, "cancel_at": seconds(row.ends_at),
                "ended_at": seconds(row.ended_at), "trial_end": seconds(row.trial_ends_at),
                "collection_method": "send_invoice" if row.sent else "charge_automatically",
                "pause_collection": {"behavior": "void"} if row.rests else None,
                "cancellation_details": {"reason": row.left_for or None},
                "metadata": {LED_BY: row.led_by} if row.led_by else {},
            }  # fmt: skip


@dataclass
class World:
    """All of it, and a worker's rounds."""

    connection: Connection
    stripe: AtStripe = field(default_factory=AtStripe)
    mail: FakeMail = field(default_factory=FakeMail)
    now: datetime = NOW

    @property
    def project(self) -> Project:
        return Project.objects.get(pk=self.connection.project_id)

    @property
    def effects(self) -> Effects:
        return Effects(stripe_for=lambda _: self.stripe, transports={Channel.EMAIL: self.mail})  # type: ignore[arg-type,return-value]

    def set(self, **columns: object) -> None:
        """What the merchant has chosen."""
        Project.objects.filter(pk=self.connection.project_id).update(**columns)

    def holder(
        self, *, ends: date | None = ENDS, renews_at: datetime | None = RENEWS, own: bool = False, **values: Any
    ) -> tuple[Customer, Method, Subscription]:
        """A customer whose card a subscription charges: as its own, or as the customer's default; at Stripe as here."""
        card: dict[str, Any] = {name: values.pop(name) for name in ("fingerprint", "last4") if name in values}
        plan: dict[str, Any] = {name: values.pop(name) for name in ("status", "ends_at", "rests") if name in values}
        who = values.pop("who", None) or make.make_customer(self.connection, **values)
        method = make.make_method(who, expires_on=ends, **card)
        if not own:
            who.method_id = method.stripe_id
            who.save()
        plan |= {"method_id": method.stripe_id if own else "", "renews_at": renews_at}
        subscription = make.make_subscription(who, **plan)
        for row in (who, method, subscription):
            self.stripe.things[row.stripe_id] = as_json(row)
        return who, method, subscription

    def subscriber(
        self, *, renews_at: datetime = RENEWS, trial: bool = False, **values: Any
    ) -> tuple[Customer, Subscription]:
        """A customer whose yearly subscription renews by a card, or whose trial ends; at Stripe as here."""
        plan: dict[str, Any] = {"months": 12, "monthly": 9900}
        plan |= {name: values.pop(name) for name in PLAN if name in values}
        plan |= {"status": "trialing", "trial_ends_at": renews_at} if trial else {}
        who = make.make_customer(self.connection, **values)
        method = make.make_method(who, expires_on=date(2031, 11, 30))
        who.method_id = method.stripe_id
        who.save()
        subscription = make.make_subscription(who, renews_at=renews_at, **plan)
        for row in (who, method, subscription):
            self.stripe.things[row.stripe_id] = as_json(row)
        return who, subscription

    def leaver(self, *, ended_at: datetime = NOW, **values: Any) -> tuple[Customer, Subscription]:
        """A customer whose monthly subscription has ended, a year after it began; at Stripe as here."""
        plan: dict[str, Any] = {
            "months": 1,
            "monthly": 2000,
            "status": "canceled",
            "left_for": "cancellation_requested",
        }
        plan |= {"began_at": ended_at - 365 * DAY, "prices": "price_1PZ8tR prod_QaB3"}
        plan |= {name: values.pop(name) for name in (*PLAN, "left_for", "prices") if name in values}
        who = make.make_customer(self.connection, **values)
        subscription = make.make_subscription(who, ended_at=ended_at, renews_at=ended_at, **plan)
        for row in (who, subscription):
            self.stripe.things[row.stripe_id] = as_json(row)
        return who, subscription

    def becomes(self, row: Customer | Method | Subscription, **values: object) -> None:
        """At Stripe and here, as an event tells."""
        type(row)._default_manager.filter(pk=row.pk).update(**values)
        row.refresh_from_db()
        self.stripe.things[row.stripe_id] = as_json(row)

    def at(self, now: datetime) -> World:
        """A round of the worker at this moment."""
        self.now = now
        clock.travel_to(now)
        alert_all(self.effects, now)
        return self

    def by_the_day(self, days: int) -> World:
        """So many days of three rounds, by one of which it is day wherever they live; and on to the one after them."""
        start = self.now
        for number in range(days):
            for hours in (0, 6, 14):
                self.at(start + number * DAY + timedelta(hours=hours))
        self.now = start + days * DAY
        return self

    @property
    def alert(self) -> Alert:
        return Alert.objects.get()

    @property
    def sent(self) -> list[str]:
        return [recipient for recipient, _ in self.mail.accepted]


def make_offer(alert: Alert, **values: object) -> Offer:
    """What a letter offers: a fifth off for three months, by a code that is made."""
    terms = {"months": 3, "percent": 20, "until": NOW + 10 * DAY, "code_id": "promo_1"}
    return Offer.objects.create(**{"alert": alert, "organization_id": alert.organization_id, **terms, **values})


def open_world(**connection: Any) -> World:
    project = make.make_project(card_alerts=True, support_email="help@acme.example", brand_name="Acme")
    made = make.make_connection(project, **connection)
    begin(made, NOW)
    return World(made)
