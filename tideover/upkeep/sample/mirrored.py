"""The sample shop's customers as the mirror of an account has them: who pays, for what, and how it went before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from tideover.core.case import State
from tideover.core.outcomes import Tried
from tideover.mirror.models import Customer, Method, Mirror, MirrorInvoice, Payment, Subscription
from tideover.recovery.models import Attempt, Case
from tideover.upkeep.sample.living import Life

BACK: Final = timedelta(days=730)
STATUS: Final = {State.RECOVERED: "paid", State.CANCELED: "void"}
BEFORE: Final = 11  # renewals that were paid before the first failure


@dataclass(slots=True)
class Mirrored:
    """Rows of one account, before they are stored."""

    customers: dict[str, Customer] = field(default_factory=dict)
    rows: list[Subscription | MirrorInvoice | Payment | Method] = field(default_factory=list)


def store(lives: Sequence[Life], now: datetime) -> None:
    """All of it, as if the account had been read just now."""
    found = Mirrored()
    for life in lives:
        _add(found, life, now)
    Customer.objects.bulk_create(found.customers.values())
    for model in (Subscription, MirrorInvoice, Payment, Method):
        manager: Any = model._default_manager  # noqa: SLF001 - documented
        manager.bulk_create([row for row in found.rows if isinstance(row, model)])
    if lives:
        _read(lives[0].case, found, now)


def _read(case: Case, found: Mirrored, now: datetime) -> None:
    counts = {"customers": len(found.customers)}
    for name, model in (("subscriptions", Subscription), ("payments", Payment), ("invoices", MirrorInvoice)):
        counts[name] = sum(isinstance(row, model) for row in found.rows)
    whole = {"imported_at": now, "walked_at": now, "began_at": now, "since": now - BACK, "walk_since": now}
    Mirror.objects.create(connection=case.connection, organization=case.organization, counts=counts, **whole)


def _add(found: Mirrored, life: Life, now: datetime) -> None:
    case, months = life.case, 12 if life.story.plan.yearly else 1
    told: dict[str, Any] = {"organization": case.organization, "connection": case.connection, "told_at": now}
    whose = told | {"customer_id": case.customer_id}
    period = timedelta(days=365 if life.story.plan.yearly else 30)
    began = case.opened_at - period * (1 if life.story.plan.yearly else BEFORE)
    found.customers.setdefault(case.customer_id, _customer(case, told, began))
    found.rows.append(_plan(case, whose, began, period))
    found.rows.append(_invoice(case, whose, len(life.known.attempts)))
    found.rows += [_payment(case, whose, attempt) for attempt in life.known.attempts]
    found.rows.append(_method(case, whose))
    found.rows += _before(life, whose, range(1, 2 if months == 12 else BEFORE + 1), period)


def _customer(case: Case, told: dict[str, Any], began: datetime) -> Customer:
    return Customer(
        **told, project=case.project, stripe_id=case.customer_id, name=case.customer_name, email=case.customer_email,
        locale=case.locale, made_at=began, method_id=case.payment_method_id,
    )  # fmt: skip


def _plan(case: Case, whose: dict[str, Any], began: datetime, period: timedelta) -> Subscription:
    over = case.state == State.CHURNED
    return Subscription(
        **whose, stripe_id=case.subscription_id, plan=case.description, currency=case.currency, monthly=case.monthly,
        status="canceled" if over else "past_due" if case.state == State.FAILING else "active", began_at=began,
        renews_at=None if over else _next(case.opened_at, period, whose["told_at"]),
        ended_at=case.ended_at if over else None,
    )  # fmt: skip


def _next(first: datetime, period: timedelta, now: datetime) -> datetime:
    return first + ((now - first) // period + 1) * period


def _invoice(case: Case, whose: dict[str, Any], tries: int) -> MirrorInvoice:
    status = STATUS.get(State(case.state), "open")
    return MirrorInvoice(
        **whose, stripe_id=case.invoice_id, subscription_id=case.subscription_id, number=case.invoice_number,
        description=case.description, status=status, reason=case.billing_reason, currency=case.currency, tries=tries,
        amount_due=case.amount_due, amount_paid=case.amount_due if status == "paid" else 0,
        amount_open=case.amount_due if status == "open" else 0, made_at=case.opened_at, status_at=case.ended_at,
    )  # fmt: skip


def _payment(case: Case, whose: dict[str, Any], attempt: Attempt) -> Payment:
    return Payment(
        **whose, stripe_id=attempt.charge_id, intent_id=attempt.payment_intent_id, invoice_id=case.invoice_id,
        at=attempt.at, currency=attempt.currency, amount=attempt.amount, outcome=attempt.outcome, code=attempt.code,
        reached_network=attempt.counts, method_id=case.payment_method_id, brand=attempt.card_brand,
        last4=attempt.card_last4, fingerprint=attempt.card_fingerprint,
    )  # fmt: skip


def _method(case: Case, whose: dict[str, Any]) -> Method:
    month, year = case.card_expires.split("/")
    return Method(
        **whose, stripe_id=case.payment_method_id, brand=case.card_brand, last4=case.card_last4,
        fingerprint=case.card_fingerprint, expires_on=date(int(year), int(month), 28),
    )  # fmt: skip


def _before(life: Life, whose: dict[str, Any], periods: range, period: timedelta) -> Iterator[MirrorInvoice | Payment]:
    """The renewals that went well."""
    case = life.case
    for number in periods:
        at = case.opened_at - number * period
        invoice, charge = life.shop.new_id("in"), life.shop.new_id("ch")
        yield MirrorInvoice(
            **whose, stripe_id=invoice, subscription_id=case.subscription_id, number=f"{case.invoice_number}-{number}",
            description=case.description, status="paid", reason=case.billing_reason, currency=case.currency, tries=1,
            amount_due=case.amount_due, amount_paid=case.amount_due, amount_open=0, made_at=at, status_at=at,
        )  # fmt: skip
        yield Payment(
            **whose, stripe_id=charge, invoice_id=invoice, at=at, currency=case.currency, amount=case.amount_due,
            outcome=Tried.PAID, method_id=case.payment_method_id, brand=case.card_brand, last4=case.card_last4,
            fingerprint=case.card_fingerprint,
        )  # fmt: skip
