"""An account with one of everything, in the state a test needs, made through the door as a merchant makes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.rooms.simulator.door import Door

DAY = 86400


@dataclass
class Account:
    """Each method makes a fresh object and answers its id."""

    door: Door

    @cached_property
    def price(self) -> str:
        """$29.00 a month."""
        product = self.door.made("/v1/products", {"name": "Plan"})["id"]
        terms = {"product": product, "unit_amount": 2900, "currency": "usd", "recurring[interval]": "month"}
        return str(self.door.made("/v1/prices", terms)["id"])

    @cached_property
    def once(self) -> str:
        """$5.00, not again."""
        terms = {"product_data[name]": "Set-up", "unit_amount": 500, "currency": "usd"}
        return str(self.door.made("/v1/prices", terms)["id"])

    def customer(self, card: str | None = "pm_card_visa", **given: Any) -> str:
        form = {"email": "ada@customer.example", **given}
        if card:
            form |= {"payment_method": card, "invoice_settings[default_payment_method]": card}
        return str(self.door.made("/v1/customers", form)["id"])

    def gone(self) -> str:
        """A customer who was deleted."""
        customer = self.customer()
        assert self.door.ask("DELETE", f"/v1/customers/{customer}").status_code == 200
        return customer

    def method(self) -> str:
        """A card that is nobody's."""
        return str(self.door.made("/v1/payment_methods", {"type": "card", "card[token]": "tok_visa"})["id"])

    def debit(self) -> str:
        """A bank account that is nobody's."""
        form = {"type": "sepa_debit", "sepa_debit[iban]": "DE89370400440532013000"}
        return str(self.door.made("/v1/payment_methods", form)["id"])

    def attached(self) -> str:
        """Somebody's card."""
        return str(self.door.made("/v1/payment_methods/pm_card_visa/attach", {"customer": self.customer(None)})["id"])

    def subscription(self, card: str = "pm_card_visa") -> str:
        form = {"customer": self.customer(card), "items[0][price]": self.price}
        return str(self.door.made("/v1/subscriptions", form)["id"])

    def canceled(self) -> str:
        subscription = self.subscription()
        assert self.door.ask("DELETE", f"/v1/subscriptions/{subscription}").status_code == 200
        return subscription

    def draft(self, customer: str | None = None) -> str:
        """A draft over $10.00."""
        owner = customer or self.customer()
        invoice = self.door.made("/v1/invoices", {"customer": owner})["id"]
        self.door.made("/v1/invoiceitems", {"customer": owner, "invoice": invoice, "amount": 1000, "currency": "usd"})
        return str(invoice)

    def renewals_draft(self) -> str:
        """The draft a renewal waits with."""
        subscription = self.subscription()
        self.door.made(f"/v1/subscriptions/{subscription}", {"pause_collection[behavior]": "keep_as_draft"})
        return str(self.door.pull("renew", {"subscription": subscription}).json()["invoice"]["id"])

    def empty(self) -> str:
        """A draft over nothing."""
        return str(self.door.made("/v1/invoices", {"customer": self.customer()})["id"])

    def open(self, customer: str | None = None) -> str:
        return str(self.door.made(f"/v1/invoices/{self.draft(customer)}/finalize")["id"])

    def unpayable(self) -> str:
        """An open invoice of somebody without any card."""
        return self.open(self.customer(None))

    def paid(self) -> str:
        return str(self.door.made(f"/v1/invoices/{self.open()}/pay")["id"])

    def void(self) -> str:
        return str(self.door.made(f"/v1/invoices/{self.open()}/void")["id"])

    def uncollectible(self) -> str:
        return str(self.door.made(f"/v1/invoices/{self.open()}/mark_uncollectible")["id"])

    def in_flight(self) -> str:
        """An open invoice that a bank debit is on its way to pay."""
        owner, account = self.customer(None), self.door.made("/v1/payment_methods", {"type": "us_bank_account"})["id"]
        self.door.made(f"/v1/payment_methods/{account}/attach", {"customer": owner})
        invoice = self.open(owner)
        self.door.made(f"/v1/invoices/{invoice}/pay", {"payment_method": account})
        return invoice

    def used_item(self) -> str:
        """An invoice item that was billed."""
        invoice = self.open()
        return str(next(item["id"] for item in self.door.sim.store.invoice_items if item["invoice"] == invoice))

    def intent(self, **given: Any) -> str:
        return str(self.door.made("/v1/payment_intents", {"amount": 500, "currency": "usd", **given})["id"])

    def of_invoice(self) -> str:
        """The intent an invoice made for itself."""
        invoice = self.open()
        rows = self.door.sim.store.invoice_payments.of("invoice", invoice)
        return str(rows[0]["payment"]["payment_intent"])

    def succeeded(self, **given: Any) -> str:
        return self.intent(payment_method="pm_card_visa", confirm="true", **given)

    def held(self) -> str:
        """An intent whose money waits to be captured."""
        return self.succeeded(capture_method="manual")

    def given_up(self) -> str:
        return str(self.door.made(f"/v1/payment_intents/{self.intent()}/cancel")["id"])

    def setup(self, **given: Any) -> str:
        return str(self.door.made("/v1/setup_intents", {"customer": self.customer(None), **given})["id"])

    def set_up(self) -> str:
        return self.setup(payment_method="pm_card_visa", confirm="true")

    def setup_given_up(self) -> str:
        return str(self.door.made(f"/v1/setup_intents/{self.setup()}/cancel")["id"])

    def charge(self) -> str:
        return str(self.door.sim.store.payment_intents[self.succeeded()]["latest_charge"])

    def failed_charge(self) -> str:
        form = {"amount": 500, "currency": "usd", "payment_method": "pm_card_chargeCustomerFail", "confirm": "true"}
        assert self.door.ask("POST", "/v1/payment_intents", form).status_code == 402
        return str(list(self.door.sim.store.charges)[-1]["id"])

    def refunded(self) -> str:
        charge = self.charge()
        self.door.made("/v1/refunds", {"charge": charge})
        return charge

    def dispute(self) -> str:
        assert self.door.pull("dispute", {"charge": self.charge()}).status_code == 200
        return str(list(self.door.sim.store.disputes)[-1]["id"])

    def disputed(self) -> str:
        """A charge that was disputed."""
        return str(self.door.sim.store.disputes[self.dispute()]["charge"])

    def lost(self) -> str:
        """A dispute that is over."""
        return str(self.door.made(f"/v1/disputes/{self.dispute()}/close")["id"])

    def clock(self) -> str:
        return str(self.door.made("/v1/test_helpers/test_clocks", {"frozen_time": 1_750_000_000})["id"])

    def clock_of_a_subscriber(self) -> str:
        """A test clock with a monthly subscription on it."""
        clock = self.clock()
        form = {"customer": self.customer(test_clock=clock), "items[0][price]": self.price}
        self.door.made("/v1/subscriptions", form)
        return clock

    def full_clock(self) -> str:
        """A test clock with as many customers as may live on it."""
        clock = self.clock()
        for _ in range(3):
            self.customer(None, test_clock=clock)
        return clock

    def busy(self) -> str:
        """A customer on a test clock with as many subscriptions as they may have."""
        customer = self.customer(test_clock=self.clock())
        for _ in range(3):
            self.door.made("/v1/subscriptions", {"customer": customer, "items[0][price]": self.price})
        return customer

    def subscriber(self) -> str:
        return str(self.door.sim.store.subscriptions[self.subscription()]["customer"])

    def product(self) -> str:
        return str(self.door.made("/v1/products", {"name": "Plan"})["id"])

    def endpoint(self) -> str:
        form = {"url": "http://127.0.0.1:9/hook", "enabled_events[0]": "*"}
        return str(self.door.made("/v1/webhook_endpoints", form)["id"])
