"""An invoice that is sent, over the wire: overdue, written about, paid by its receiver on Stripe's page, recovered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import DAY, START, Shop
from tideover.core.rules import PRESETS
from tideover.flow.stripe import stripe_for
from tideover.recovery import sweep
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.rulesets import adopt

DAYS_UNTIL_DUE = 7


@pytest.fixture
def shop(open_shop) -> Shop:
    return open_shop("tuned")


def chase(shop: Shop) -> None:
    adopt(shop.connection.project, "chasing", replace(PRESETS["tuned"], name="chasing", chase_overdue=True), START)


def send_an_invoice(shop: Shop) -> Any:
    """Of 99 dollars to somebody whose card is on file, due in a week."""
    shop.customer = shop.client.v1.customers.create({"name": "Pia Payer", "email": "pia@payer.example"})
    shop.use_card("pm_card_visa")
    customer = shop.customer.id
    invoice = shop.client.v1.invoices.create(
        {"customer": customer, "collection_method": "send_invoice", "days_until_due": DAYS_UNTIL_DUE}
    )
    item = {"customer": customer, "invoice": invoice.id, "amount": 9900, "currency": "usd", "description": "Audit"}
    shop.client.v1.invoice_items.create(item)  # type: ignore[arg-type]
    return shop.client.v1.invoices.send_invoice(str(invoice.id))


def pay_on_stripes_page(url: str) -> None:
    """As its receiver does, with a card of their own."""
    card = {"number": "4242 4242 4242 4242", "expiry": "12 / 30", "cvc": "123"}
    answer = httpx.post(url, data=card, follow_redirects=True)
    assert answer.status_code == 200, answer.text


def test_cn_22_an_overdue_invoice_is_chased_and_paid_by_its_receiver(shop):
    chase(shop)
    invoice = send_an_invoice(shop)
    shop.machine.move(START + (DAYS_UNTIL_DUE - 1) * DAY)
    assert not Case.objects.exists()
    shop.machine.move(START + (DAYS_UNTIL_DUE + 3) * DAY + timedelta(hours=1))
    case = shop.case
    assert (case.family, case.opened_at.timestamp()) == ("overdue", invoice.due_date)
    subjects = [mail["Subject"] for _, mail in shop.mail.accepted]
    assert subjects == [
        "[Test] Your invoice of $99.00 is overdue",
        "[Test] Reminder: your invoice of $99.00 is overdue",
    ]
    pay_on_stripes_page(case.hosted_url)
    shop.machine.move(shop.machine.now + 30 * DAY)
    assert (shop.case.state, shop.case.via, shop.case.amount_recovered) == ("recovered", "customer", 9900)
    assert len(shop.mail.accepted) == 2
    assert [attempt.by for attempt in Attempt.objects.all()] == ["customer"]
    assert not Action.objects.filter(do=Action.Do.CHARGE).exists()


def test_its_daily_sweep_finds_what_no_event_told_of(shop):
    invoice = send_an_invoice(shop)
    shop.machine.move(START + (DAYS_UNTIL_DUE + 2) * DAY)
    assert not Case.objects.exists()  # the switch was off as the event came
    chase(shop)
    sweep.sweep(shop.connection, stripe_for(shop.connection), shop.machine.now)
    assert shop.case.invoice_id == invoice.id
    shop.machine.move(shop.machine.now + 6 * DAY)
    tones = Action.objects.filter(do=Action.Do.MESSAGE, state=Action.State.DONE).order_by("settled_at")
    assert [action.tone for action in tones] == ["gentle", "urgent"]  # nothing missed is made up for


def test_cn_36_with_the_switch_off_nothing_is_opened(shop):
    send_an_invoice(shop)
    shop.machine.move(START + (DAYS_UNTIL_DUE + 30) * DAY)
    sweep.sweep(shop.connection, stripe_for(shop.connection), shop.machine.now)
    assert not Case.objects.exists()
    assert shop.mail.accepted == []
