"""A part of an invoice: a payment of its own, attached to the invoice before it is tried.

Attached first, so that whatever becomes of the try is the invoice's: Stripe credits a payment to its invoice as it
succeeds (https://docs.stripe.com/invoicing/partial-payments and /api/invoices/attach_payment, read 2026-11). The call
that moves money carries the caller's key, the ones before it the same with an ending.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tideover.gateways.answers import Answer, InvoiceRead, LessIsOpen, NeedsAuthentication, NotOpen, Paid, Processing
from tideover.gateways.shape import ACCOUNT, Json, Odd, given, id_of, text

WHICH: Final = "tideover_part"  # of a payment's metadata: what its part is called by whom it is asked for


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be collected toward an invoice: minor units, from whom, and by which method.

    name: which part it is. Its payment keeps that at Stripe, so that whoever reads the invoice knows what has come.
    """

    amount: int
    currency: str
    customer_id: str
    payment_method_id: str
    name: str = ""


def made(part: Part) -> dict[str, Any]:
    """What a payment of this part is made of. Nobody is there to be sent to another page."""
    whose = "customer_account" if part.customer_id.startswith(ACCOUNT) else "customer"
    named = {"metadata": {WHICH: part.name}} if part.name else {}
    return {
        "amount": part.amount,
        "currency": part.currency,
        whose: part.customer_id,
        "payment_method": part.payment_method_id,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        **named,
    }


def why_not_tried(read: InvoiceRead | None, payment_intent_id: str, part: Part) -> NotOpen | None:
    """What keeps a payment that is attached from being tried; None where nothing does. Raises LessIsOpen.

    What was tried already is tried under the same key: the same answer comes again, whatever is left by now.
    """
    if read is not None and any(tried.payment_intent_id == payment_intent_id for tried in read.attempts):
        return None
    if read is None or read.status != "open":
        return NotOpen(read.status if read else "deleted", read)
    if read.amount_remaining < part.amount:
        raise LessIsOpen("less is open than this part asks for")
    return None


def came_to(intent: Json, part: Part) -> Answer:
    """What a 200 says of the try. Raises Odd where it says nothing."""
    intent_id, charge = given(intent, "id"), id_of(intent, "latest_charge")
    match text(intent, "status"):
        case "succeeded":
            return Paid(charge or intent_id)
        case "processing":
            return Processing(intent_id, charge, part.amount)
        case "requires_action":
            return NeedsAuthentication("", "", charge, intent_id, part.amount)
        case other:
            raise Odd("status", other)
