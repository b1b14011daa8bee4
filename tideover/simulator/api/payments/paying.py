"""Moving money: an intent asks the bank; what the bank says becomes a charge, a status, events and a ledger line.

Sources: https://docs.stripe.com/payments/paymentintents/lifecycle, https://docs.stripe.com/payments/ach-direct-debit
(up to four business days), https://docs.stripe.com/api/payment_intents/object,
https://github.com/stripe/stripe-python/issues/1183 (on a test clock, too, an intent is dated by real time). That
charges, refunds, disputes and set-ups are so is not confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tideover.simulator.account.cards import Behavior
from tideover.simulator.account.debits import CLEARINGS
from tideover.simulator.account.declines import declined, settling
from tideover.simulator.account.issuer import Ask, By, Verdict
from tideover.simulator.account.ledger import Attempt, Outcome
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator
from tideover.simulator.api.payments import mandates
from tideover.simulator.api.payments.charges import new_charge, outcome
from tideover.simulator.api.payments.disputes import open_dispute
from tideover.simulator.wire.changes import clock_of, now_of, tell
from tideover.simulator.wire.errors import decline_fields

DAY = 86400
OUTCOMES: dict[str, Outcome] = {
    "approved": "succeeded",
    "declined": "failed",
    "needs_authentication": "requires_action",
    "processing": "processing",
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a payment is tried: by whom, whether the customer is there, whether they passed 3D Secure for it."""

    by: By
    off_session: bool
    authenticated: bool = False
    return_url: str | None = None
    settles: bool = False  # the end of a debit whose beginning was told before


@dataclass(frozen=True, slots=True)
class Trial:
    """One try to pay an intent with a payment method."""

    intent: Json
    method: Json
    ask: Ask
    manner: Manner


Follower = Callable[[Simulator, Json, Verdict, Manner], None]
FOLLOWERS: list[Follower] = []


def follower(function: Follower) -> Follower:
    """Whoever a payment is for hears what the bank said: the function below is called with the intent and the verdict.

    So invoices follow their intents (`billing/collecting.py`) although payments know nothing of billing.
    """
    FOLLOWERS.append(function)
    return function


def new_intent(sim: Simulator, amount: int, currency: str, customer: str | None, **given: Any) -> Json:  # noqa: ANN401
    """A payment intent over `amount` minor units; `given` are further fields of it."""
    key = sim.ids.new("pi")
    intent: Json = {
        "id": key,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{key}_secret_{sim.ids.letters(25)}",
        "confirmation_method": "automatic",
        "created": sim.now(),
        "currency": currency,
        "customer": customer,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    intent.update(given)
    sim.store.payment_intents.add(intent)
    tell(sim, "payment_intent.created", intent)
    return intent


def charge(sim: Simulator, intent: Json, method: Json, manner: Manner) -> Verdict:
    """Ask the bank to pay the intent now, write down what it says, and tell who follows.

    A payment that takes days is answered "processing"; who follows hears the final verdict, too, once it is known.
    """
    ask = _ask(sim, intent, method, manner)
    trial = Trial(intent, method, ask, manner)
    if not mandates.debitable(sim, method):
        return _without_permission(sim, trial)
    verdict = _debit(method, sim.issuer.authorize(ask), ask.at)
    made = None
    if verdict.outcome != "needs_authentication":
        made = new_charge(sim, intent, method, verdict, manner.authenticated)
    _enter(sim, trial, made, verdict)
    intent["next_action"] = None
    if verdict.outcome == "approved":
        _succeed(sim, intent, method, made)
    elif verdict.outcome == "declined":
        fail(sim, intent, method, verdict, made)
    elif verdict.outcome == "processing":
        _process(sim, trial, made, verdict)
    else:
        _challenge(sim, intent, method, manner)
    _tell_followers(sim, trial, verdict)
    return verdict


def _without_permission(sim: Simulator, trial: Trial) -> Verdict:
    """The mandate has ended: the payment fails before any bank is asked, and no charge is made."""
    intent = trial.intent
    fail(sim, intent, trial.method, mandates.INVALID, None)
    _tell_followers(sim, trial, mandates.INVALID)
    return mandates.INVALID


def _tell_followers(sim: Simulator, trial: Trial, verdict: Verdict) -> None:
    for follow in FOLLOWERS:
        follow(sim, trial.intent, verdict, trial.manner)


def _ask(sim: Simulator, intent: Json, method: Json, manner: Manner) -> Ask:
    card = method[method["type"]]
    return Ask(
        at=now_of(sim, intent),
        payment_method=method["id"],
        customer=intent["customer"],
        amount=intent["amount"],
        currency=intent["currency"],
        by=manner.by,
        off_session=manner.off_session,
        authenticated=manner.authenticated,
        invoice=invoice_of(sim, intent),
        fingerprint=card.get("fingerprint"),
        brand=card.get("brand"),
        exp_month=card.get("exp_month", 12),
        exp_year=card.get("exp_year", 2099),
    )


def invoice_of(sim: Simulator, intent: Json) -> str | None:
    """The invoice an intent pays, or None."""
    payment = sim.store.payments_of_intent.get(intent["id"])
    return sim.store.invoice_payments[payment]["invoice"] if payment else None


def _debit(method: Json, verdict: Verdict, at: int) -> Verdict:
    """A bank account answers only after some business days, whatever the answer is."""
    clearing = CLEARINGS.get(method["type"])
    if clearing is None or verdict.outcome not in {"approved", "declined"}:
        return verdict
    return settling(business_days_after(at, clearing.days), verdict)


def business_days_after(at: int, days: int) -> int:
    """The same time of day, that many working days (Monday to Friday, UTC) later."""
    while days:
        at += DAY
        days -= (at // DAY + 3) % 7 < 5  # day 0 of unix time was a Thursday
    return at


def _enter(sim: Simulator, trial: Trial, made: Json | None, verdict: Verdict, *, settles: bool = False) -> None:
    ask, intent = trial.ask, trial.intent
    key = made["id"] if made else None
    sim.ledger.add(
        Attempt(
            at=now_of(sim, intent),
            customer=ask.customer,
            invoice=ask.invoice,
            payment_intent=intent["id"],
            charge=key,
            amount=ask.amount,
            currency=ask.currency,
            by=ask.by,
            idempotency_key=sim.events.cause.idempotency_key,
            outcome=OUTCOMES[verdict.outcome],
            code=verdict.code,
            decline_code=verdict.decline_code,
            card_fingerprint=ask.fingerprint,
            settles=key if settles else None,
            metadata=dict(intent["metadata"]),
        )
    )


def _succeed(sim: Simulator, intent: Json, method: Json, made: Json | None) -> None:
    made = made or {}
    held = intent["capture_method"] == "manual"
    intent |= {
        "status": "requires_capture" if held else "succeeded",
        "amount_received": 0 if held else intent["amount"],
        "amount_capturable": intent["amount"] if held else 0,
        "latest_charge": made.get("id"),
        "payment_method": method["id"],
        "last_payment_error": None,
    }
    tell(sim, "charge.succeeded", made)
    tell(sim, "payment_intent.amount_capturable_updated" if held else "payment_intent.succeeded", intent)
    memory = sim.cards.of(method["id"])
    if memory and memory.behavior.disputed:
        _dispute(sim, method, made, memory.behavior)


def _dispute(sim: Simulator, method: Json, made: Json, behavior: Behavior) -> None:
    """The money goes back at once, or so long after it came."""
    reason = behavior.disputed or ""

    def take_back() -> None:
        open_dispute(sim, made, reason)
        _end_permission(sim, method, reason)

    if behavior.disputed_after:
        at = now_of(sim, made) + behavior.disputed_after
        sim.timeline_of(clock_of(sim, made)).at(at, take_back, f"dispute {made['id']}")
    else:
        take_back()


def fail(sim: Simulator, intent: Json, method: Json, verdict: Verdict, made: Json | None) -> None:
    """The bank said no: the intent waits for another payment method."""
    error = decline_fields(verdict) | {"payment_method": method}
    if made:
        error["charge"] = made["id"]
        tell(sim, "charge.failed", made)
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "latest_charge": made["id"] if made else intent["latest_charge"],
        "last_payment_error": error,
        "next_action": None,
        "processing": None,
    }
    tell(sim, "payment_intent.payment_failed", intent)


def _process(sim: Simulator, trial: Trial, made: Json | None, verdict: Verdict) -> None:
    intent, made = trial.intent, made or {}
    intent |= {
        "status": "processing",
        "latest_charge": made["id"],
        "payment_method": trial.method["id"],
        "last_payment_error": None,
    }
    at = verdict.settles_at or now_of(sim, intent)
    timeline = sim.timeline_of(clock_of(sim, intent))
    timeline.at(at, lambda: _settle(sim, trial, verdict), f"settle {intent['id']}")
    tell(sim, "charge.pending", made)
    tell(sim, "payment_intent.processing", intent)


def _settle(sim: Simulator, trial: Trial, verdict: Verdict) -> None:
    """The bank debit ends: the pending charge becomes what the bank decided."""
    intent, method = trial.intent, trial.method
    later = verdict.later or declined("generic_decline")
    made = sim.store.charges[intent["latest_charge"]]
    approved = later.outcome == "approved"
    made |= {
        "status": "succeeded" if approved else "failed",
        "paid": approved,
        "failure_code": None if approved else later.decline_code,
        "failure_message": None if approved else "The customer's bank returned the debit.",
        "outcome": outcome(later),
    }
    _enter(sim, trial, made, later, settles=True)
    if approved:
        _succeed(sim, intent, method, made)
    else:
        fail(sim, intent, method, later, made)
        _end_permission(sim, method, later.decline_code)
    _tell_followers(sim, replace(trial, manner=replace(trial.manner, settles=True)), later)


def _end_permission(sim: Simulator, method: Json, reason: str | None) -> None:
    """Who sends a debit back as not authorized has withdrawn the mandate."""
    if reason == "debit_not_authorized":
        mandates.set_mandate(sim, method, "inactive")


def _challenge(sim: Simulator, intent: Json, method: Json, manner: Manner) -> None:
    error = decline_fields(declined("authentication_required")) | {"payment_method": method}
    intent |= {
        "status": "requires_action",
        "payment_method": method["id"],
        "next_action": next_action(sim, intent["id"], manner.return_url),
        # Off-session nobody could answer the bank: the error says why, the action lets the customer finish later.
        "last_payment_error": error if manner.off_session else None,
    }
    tell(sim, "payment_intent.requires_action", intent)


def next_action(sim: Simulator, key: str, return_url: str | None) -> Json:
    """Where the customer authenticates: Stripe.js's own dialog, or a page when a return address was given."""
    url = f"{sim.base_url}/_sim/3ds/{key}"
    if return_url:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
    details = {"type": "three_d_secure_redirect", "stripe_js": url, "source": f"src_{key}"}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": details}


def way_back(method: Json, params: Json) -> str | None:
    """Where the customer comes back to who leaves to agree; None where Stripe.js asks on the page itself."""
    stays = params.get("use_stripe_sdk") and method["type"] == "card"
    return None if stays else params.get("return_url")


def cancel_intent(sim: Simulator, intent: Json, reason: str | None) -> None:
    """The intent can no longer be paid."""
    if intent["status"] in {"succeeded", "canceled"}:
        return
    intent |= {
        "status": "canceled",
        "canceled_at": sim.now(),
        "cancellation_reason": reason,
        "next_action": None,
        "amount_capturable": 0,
    }
    tell(sim, "payment_intent.canceled", intent)


def resize(intent: Json, amount: int) -> None:
    """An invoice's own intent follows what is still to pay."""
    if intent["status"] in {"requires_payment_method", "requires_confirmation", "requires_action"}:
        intent["amount"] = amount
