"""What customers do at Stripe without our pages: a new card in the merchant's portal, paying an open invoice."""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.collecting import attempt, method_for
from tideover.simulator.api.payments.method_kinds import new_card
from tideover.simulator.api.payments.paying import Manner
from tideover.simulator.api.payments.payment_methods import adopt
from tideover.simulator.browser.card import make_default
from tideover.simulator.shop.fill import Customer
from tideover.simulator.shop.population import Population


def put_new_card(sim: Simulator, population: Population, customer: Customer) -> Json:
    """A new card for a customer of the shop, put on file as the customer portal does it."""
    resident = customer.resident
    _, face = population.issue(customer, sim.now())
    address = sim.store.customers[customer.id]["address"]
    method = new_card(sim, face, {"name": resident.name, "email": resident.email, "address": address})
    return make_default(sim, adopt(sim, method, customer.id))


def pay_open_invoices(sim: Simulator, customer: Customer, method: Json, manner: Manner) -> None:
    """Pay whatever is open with that card."""
    for invoice in sim.store.invoices.of("customer", customer.id):
        if invoice["status"] == "open" and invoice["amount_remaining"] > 0:
            attempt(sim, invoice, method, manner)


def authenticate(sim: Simulator, invoice: Json) -> None:
    """Answer the bank's question about the card on file, on the hosted page."""
    method = method_for(sim, invoice)
    if method is not None:
        attempt(sim, invoice, method, Manner(by="customer", off_session=False, authenticated=True))


def unpaid(sim: Simulator, invoice: str) -> bool:
    """Whether the invoice still waits for money."""
    found = sim.store.invoices.get(invoice)
    return found is not None and found["status"] == "open"
