"""Acme and its simulated Stripe, as a test moves them, and the hands of a customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import httpx
import stripe

from tideover import clock
from tideover.core.catalogue import Channel
from tideover.flow.stripe import stripe_for
from tideover.gateways.transport import Accepted, Refused, Transport, at_will
from tideover.recovery import links
from tideover.recovery.effects import Effects
from tideover.recovery.models import Case
from tideover.tenants.models import Connection
from tideover.worker.loop import run_until_quiet

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVENTS = [
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.paid",
    "payment_method.attached",
    "customer.subscription.deleted",
]
FAR = 4_000_000_000


class NoMail(Transport):
    """These tests read no mail."""

    def send(
        self, sender: str, recipient: str, mail: EmailMessage, _leaving: Callable[[], None] = at_will
    ) -> Accepted | Refused:
        raise AssertionError(f"no mail is due in these tests: {sender}, {recipient}, {mail['Subject']}")


@dataclass(frozen=True)
class World:
    """The simulated Stripe of one merchant, and our connection to it."""

    api_base: str
    client: stripe.StripeClient
    connection: Connection

    def control(self, path: str, **body: object) -> dict[str, Any]:
        answer = httpx.post(f"{self.api_base}/_sim/{path}", json=body, timeout=120)
        answer.raise_for_status()
        return dict(answer.json())

    def ledger(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self.api_base}/_sim/ledger", timeout=120).json()["attempts"])

    def successes(self, invoice_id: str) -> int:
        mine = [row for row in self.ledger() if row["invoice"] == invoice_id]
        return sum(row["outcome"] == "succeeded" for row in mine)

    def work(self) -> None:
        """Let our worker do what came in and what is due."""
        run_until_quiet(Effects(stripe_for=stripe_for, transports={Channel.EMAIL: NoMail()}), clock.now())

    def failed_renewal(self, method: str, *, pays: int = 9900, reads: str = "en") -> Case:
        """A subscription whose renewal fails on `method`, told to us by Stripe's own webhook. reads: the customer."""
        v1 = self.client.v1
        customer = v1.customers.create(
            {"name": "Jane Payer", "email": "jane@payer.example", "preferred_locales": [reads]}
        )
        card = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        price = v1.prices.create(
            {
                "currency": "usd",
                "unit_amount": pays,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro, monthly"},
            }
        )
        subscription = v1.subscriptions.create(
            {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": card.id}
        )
        if method == "authentication":
            failing = v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer.id})
            v1.subscriptions.update(subscription.id, {"default_payment_method": failing.id})
        else:
            self.control("card", payment_method=card.id, behavior=method)
        invoice = self.control("renew", subscription=subscription.id)["invoice"]
        self.work()
        return Case.objects.get(invoice_id=invoice["id"])

    def url_of(self, case: Case, base: str) -> str:
        return f"{base}/c/{links.make_link(case, message_id=None, now=clock.now())}"

    def hold_news(self) -> None:
        """Deliver no webhook: the test's server is one thread on one database connection."""
        self.control("drop_deliveries", until=FAR)

    def deliver_news(self, case: Case) -> None:
        """Deliver what was held about the case's customer, oldest first, and let our worker read it."""
        self.control("drop_deliveries", until=0)
        events = self.client.v1.events.list({"limit": 100}).data
        for event in reversed(events):
            if event.type in EVENTS and event.data.object.to_dict().get("customer") == case.customer_id:
                self.control("redeliver", event=event.id)
        self.work()


def open_card_door(page: Page) -> None:
    """Open the door to Stripe's form, where it is closed, and choose a method that is not saved yet."""
    door = page.locator("details#door-card:not([open]) > summary")
    if door.count():
        door.click()
    page.locator("#payment-element:not([aria-busy])").wait_for()
    new = page.get_by_label("New payment method")
    if new.count():
        new.check()


def enter_card(page: Page, number: str) -> None:
    """Fill Stripe's form as a customer does."""
    open_card_door(page)
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expires").fill("12 / 40")
    page.get_by_label("Security code").fill("123")
