"""A restricted key with the permissions that the documentation asks for can do all that is done, and none is too many."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import stripe

from tests.architecture.tree import ROOT
from tests.contracts.merchant import Merchant
from tideover.gateways.answers import LockedOut
from tideover.gateways.stripe import Stripe
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running

PAGE = (ROOT / "docs/operate/connect.md").read_text(encoding="utf-8")
# As the dashboard calls a resource, and as its permission does.
WORDS = {
    "Account information": "accounts_kyc_basic",
    "Charges": "charge",
    "Customers": "customer",
    "Events": "event",
    "Invoices": "invoice",
    "Payment Intents": "payment_intent",
    "Payment Methods": "payment_method",
    "Setup Intents": "setup_intent",
    "Subscriptions": "subscription",
    "Webhook Endpoints": "webhook",
}


def documented(mode: str) -> list[str]:
    """The permissions of the page's table, as a key has them."""
    rows = re.findall(r"^\| ([\w, ]+) \| (read|none) \| (read|write) \|", PAGE, re.MULTILINE)
    found = [
        (name, observe if mode == "observe" else act) for names, observe, act in rows for name in names.split(", ")
    ]
    return [f"rak_{WORDS[name]}_{may}" for name, may in found if may != "none"]


@dataclass
class Shop:
    """An account with a failed renewal, and what is to be known of it."""

    merchant: Merchant
    invoice: str
    setup: str
    intent: str

    def gateway(self, permissions: list[str]) -> Stripe:
        key = self.merchant.world.pull("restricted_key", permissions=permissions)["key"]
        return Stripe(key, api_base=self.merchant.world.base_url, may_write=True)

    def reads(self, ours: Stripe) -> Iterator[Callable[[], object]]:
        then = datetime(2026, 1, 1, tzinfo=UTC)
        yield ours.account
        yield lambda: ours.read_invoice(self.invoice)
        yield lambda: ours.invoice_status(self.invoice)
        yield lambda: ours.read_payment_intent(self.intent)
        yield lambda: list(ours.list_events(then, ["invoice.paid"]))
        yield lambda: list(ours.list_open_invoices(then))

    def writes(self, ours: Stripe) -> Iterator[Callable[[], object]]:
        read = Stripe(self.merchant.world.sim.keys.secret, api_base=self.merchant.world.base_url).read_invoice(
            self.invoice
        )
        assert read is not None
        customer = self.merchant.v1.payment_methods.attach("pm_card_visa", {"customer": read.customer_id})
        yield lambda: ours.create_setup_intent(read.customer_id, key="s")
        yield lambda: ours.read_setup_intent(self.setup)
        yield lambda: ours.set_default_method(read, customer.id, key="d")
        yield lambda: ours.set_auto_advance(self.invoice, on=False, key="a")
        yield lambda: ours.pay_invoice(self.invoice, key="p")
        yield lambda: ours.create_webhook_endpoint("https://shop.example/hook", ["invoice.paid"], key="w")


@pytest.fixture
def shop() -> Iterator[Shop]:
    sim = new_simulator(seed=3, start=1_790_000_000)
    with running(sim) as world:
        merchant = Merchant(stripe.StripeClient(sim.keys.secret, base_addresses={"api": world.base_url}), world)
        invoice = merchant.failed_invoice()
        setup = merchant.v1.setup_intents.create({"customer": str(invoice.customer), "payment_method": "pm_card_visa"})
        row = merchant.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
        yield Shop(merchant, str(invoice.id), setup.id, str(row.payment.payment_intent))


def test_the_documented_key_can_do_what_each_mode_does(shop: Shop):
    for call in shop.reads(shop.gateway(documented("observe"))):
        call()
    acting = shop.gateway(documented("act"))
    for call in (*shop.reads(acting), *shop.writes(acting)):
        call()


@pytest.mark.parametrize("permission", documented("act"))
def test_without_any_one_of_them_something_is_refused_by_its_name(shop: Shop, permission: str):
    ours = shop.gateway([each for each in documented("act") if each != permission])
    refused = []
    for call in (*shop.reads(ours), *shop.writes(ours)):
        with suppress(LockedOut):
            call()
            continue
        refused.append(call)
    assert refused
    with pytest.raises(LockedOut, match=f"Having the '{permission.rsplit('_', 1)[0]}_"):
        refused[0]()
