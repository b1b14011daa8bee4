"""The plain card form of the simulator's own pages, the card typed into it, and what keeping it means."""

from __future__ import annotations

from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.billing.standing import OVER
from tideover.simulator.wire.changes import change


def card_fields() -> str:
    """Number, expiration and security code, labelled."""
    return """<div class="fields">
<div class="all"><label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="cc-number" required></div>
<div><label for="expiry">Expiration (MM/YY)</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM/YY" required></div>
<div><label for="cvc">Security code</label>
<input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" required></div>
</div>"""


def card_of(form: dict[str, str]) -> Json:
    """The card as the API takes it; a month of 0 where the expiration cannot be read, which Stripe refuses."""
    digits = "".join(letter for letter in form["expiry"] if letter in "0123456789")
    month, year = (int(digits[:2]), int(digits[2:])) if len(digits) in {4, 6} else (0, 0)
    return {"number": form["number"], "exp_month": month, "exp_year": year, "cvc": form["cvc"]}


def make_default(sim: Simulator, method: Json) -> Json:
    """An attached card becomes the customer's default, and that of each subscription that named another."""
    owner = sim.store.customers[method["customer"]]
    settings = {**owner["invoice_settings"], "default_payment_method": method["id"]}
    change(sim, "customer.updated", owner, {"invoice_settings": settings})
    for subscription in sim.store.subscriptions.of("customer", owner["id"]):
        if subscription["default_payment_method"] and subscription["status"] not in OVER:
            change(sim, "customer.subscription.updated", subscription, {"default_payment_method": method["id"]})
    return method
