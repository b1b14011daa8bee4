"""A merchant who works with the official client: the few things every contract starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import stripe

from tideover.simulator.embedded import Running

DAY = 86400


@dataclass
class Merchant:
    """The official client on a simulated account. Each method makes fresh objects."""

    client: stripe.StripeClient
    world: Running

    @property
    def v1(self) -> stripe.V1Services:
        return self.client.v1

    @cached_property
    def price(self) -> stripe.Price:
        """$29.00 a month."""
        product = self.v1.products.create({"name": "Plan"})
        return self.v1.prices.create(
            {"product": product.id, "unit_amount": 2900, "currency": "usd", "recurring": {"interval": "month"}}
        )

    def customer(self, card: str | None = "pm_card_visa", clock: str | None = None) -> stripe.Customer:
        """A customer with a default card."""
        params: stripe.params.CustomerCreateParams = {"email": "ada@customer.example", "name": "Ada"}
        if clock:
            params["test_clock"] = clock
        made = self.v1.customers.create(params)
        if card:
            method = self.v1.payment_methods.attach(card, {"customer": made.id})
            self.v1.customers.update(made.id, {"invoice_settings": {"default_payment_method": method.id}})
        return self.v1.customers.retrieve(made.id)

    def subscription(self, customer: stripe.Customer | None = None) -> stripe.Subscription:
        """A running monthly subscription."""
        owner = customer or self.customer()
        return self.v1.subscriptions.create({"customer": owner.id, "items": [{"price": self.price.id}]})

    def failed_invoice(self, card: str = "pm_sim_decline_insufficient_funds") -> stripe.Invoice:
        """A renewal whose charge was declined."""
        subscription = self.subscription()
        method = self.v1.payment_methods.attach(card, {"customer": str(subscription.customer)})
        self.v1.subscriptions.update(subscription.id, {"default_payment_method": method.id})
        renewed = self.world.pull("renew", subscription=subscription.id)
        return self.v1.invoices.retrieve(renewed["invoice"]["id"])

    def draft(self) -> stripe.Invoice:
        """A draft over $10.00 that does not advance by itself."""
        customer = self.customer()
        invoice = self.v1.invoices.create({"customer": customer.id, "auto_advance": False})
        self.v1.invoice_items.create(
            {"customer": customer.id, "invoice": invoice.id, "amount": 1000, "currency": "usd", "description": "Work"}
        )
        return self.v1.invoices.retrieve(invoice.id)

    def paid_intent(self, card: str = "pm_card_visa") -> stripe.PaymentIntent:
        """A payment intent over $5.00 that succeeded."""
        return self.v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "payment_method": card, "confirm": True}
        )
