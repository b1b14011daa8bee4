"""The plain card form of the simulator's own pages, and the card that was typed into it."""

from __future__ import annotations

from tideover.simulator.account.store import Json


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
