"""A payment beside an invoice: for a debt on which its invoice takes no payment any more.

It is made once, over exactly the debt, and may be tried with one method after another: Stripe lets it succeed once. Its
metadata name the case, the invoice and the disputes by which it is owed, so that Stripe knows what it is for whatever
becomes of our rows. The call that moves money carries the caller's key.
https://docs.stripe.com/payments/paymentintents/lifecycle, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import stripe

from tideover.core.declines import Decline
from tideover.core.outcomes import Tried
from tideover.gateways import reading
from tideover.gateways.answers import Answer, ChargeRead, NeedsAuthentication, Paid, Processing, Refused
from tideover.gateways.errors import in_words
from tideover.gateways.leading.sessions import whose
from tideover.gateways.reads import Reads
from tideover.gateways.shape import Json, Odd, amount, given, id_of, part, text
from tideover.gateways.way import must_be_young, plain

CASE, INVOICE, DISPUTES = "tideover_case", "tideover_invoice", "tideover_disputes"
SUCCEEDED: Final = "succeeded"
ENDED: Final = frozenset({SUCCEEDED, "canceled"})  # nothing more comes of it
ASKS: Final = "requires_action"  # the bank asks its payer
PROCESSING: Final = "processing"


@dataclass(frozen=True, slots=True)
class Debt:
    """What is to be collected: minor units, of whom, for which case of ours and invoice, by which types of method."""

    case: str
    invoice_id: str
    disputes: str
    amount: int
    currency: str
    customer_id: str
    description: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """One such payment as Stripe has it. status: Stripe's. decline: of its last try. charges: every try of it."""

    id: str
    status: str
    amount: int
    disputes: str
    client_secret: str = field(repr=False)
    payment_method_id: str = ""
    decline: Decline | None = None
    charges: tuple[ChargeRead, ...] = ()

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_under_way(self) -> bool:
        """Whether money may come of it without another call of ours."""
        return self.status in {ASKS, PROCESSING}

    @property
    def paid(self) -> ChargeRead | None:
        """The try that brought the money; None where none did until now."""
        return next((charge for charge in self.charges if charge.outcome == Tried.PAID), None)


def made(debt: Debt) -> dict[str, Any]:
    """What a payment of the debt is made of."""
    return {
        "amount": debt.amount,
        "currency": debt.currency,
        **whose(debt.customer_id),
        "description": debt.description,
        "allowed_payment_method_types": list(debt.methods),
        "metadata": {CASE: debt.case, INVOICE: debt.invoice_id, DISPUTES: debt.disputes},
    }


def beside_read(intent: Json, charges: Sequence[ChargeRead]) -> Beside:
    """A payment intent of ours with its tries. Raises Odd: of money that came, what brought it is always told."""
    known = reading.intent_read(intent)
    read = Beside(
        known.id,
        known.status,
        amount(intent, "amount"),
        text(part(intent, "metadata"), DISPUTES),
        known.client_secret,
        known.payment_method_id,
        known.decline,
        tuple(sorted(charges, key=lambda charge: (charge.at, charge.id))),
    )
    if read.status == SUCCEEDED and read.paid is None:
        raise Odd("charges")
    return read


def came_to(intent: Json) -> Answer:
    """What a try has come to. Raises Odd where the payment says nothing of it."""
    intent_id, charge, asked = given(intent, "id"), id_of(intent, "latest_charge"), amount(intent, "amount")
    match text(intent, "status"):
        case "succeeded" if charge:
            return Paid(charge)
        case "processing":
            return Processing(intent_id, charge, asked)
        case "requires_action":
            return NeedsAuthentication(text(intent, "client_secret"), "", charge, intent_id, asked)
        case other:
            raise Odd("status", other)


class Besides(Reads):
    """The payments beside invoices of one connected account."""

    def read_beside(self, intent_id: str) -> Beside | None:
        """One of them with all its tries; None where there is none of this id."""
        with self._read():
            intent = self._found(lambda: self._v1.payment_intents.retrieve(intent_id, self._expand("payment_method")))
            if intent is None:
                return None
            return beside_read(self._with(["payment_method"], intent), self._charges(intent_id, ""))

    def read_besides(self, customer_id: str, case: str, since: datetime | None) -> list[Beside]:
        """Those of a case that were made since then, or ever, whoever of us made them, each with its tries."""
        wanted = {**whose(customer_id), "limit": 100}
        if since is not None:
            wanted |= {"created": {"gte": int(since.timestamp())}}
        pages = self._pages(lambda cursor: self._v1.payment_intents.list(cast("Any", {**wanted, **cursor})))
        mine = [each for page in pages for each in page if text(part(each, "metadata"), CASE) == case]
        with self._read():
            return [beside_read(each, self._charges(given(each, "id"), "")) for each in mine]

    def make_beside(self, debt: Debt, *, key: str) -> str:
        """Make the payment of a debt; returns its id. Moves no money."""
        self._must_write()
        with self._written():
            intent = plain(self._v1.payment_intents.create(made(debt), {"idempotency_key": key}))  # type: ignore[arg-type]
            return given(intent, "id")

    def pay_beside(self, intent_id: str, payment_method: str, *, key: str, not_after: datetime | None = None) -> Answer:
        """Try the payment with this method; its payer is there. Raises Unknown, keeps to `not_after`, as pay_invoice.

        Paid, too, where an earlier try of the same payment has brought the money meanwhile.
        """
        self._must_write()
        must_be_young(not_after)
        asked: Any = {"payment_method": payment_method, "use_stripe_sdk": True}
        with self._written():
            try:
                return came_to(plain(self._v1.payment_intents.confirm(intent_id, asked, {"idempotency_key": key})))
            except stripe.CardError as refused:
                answer = reading.refusal_of(cast("Json", refused.json_body)["error"])
            except stripe.InvalidRequestError as refused:
                return self._untried(intent_id, refused)
        return self._as_charged(answer)

    def _untried(self, intent_id: str, refused: stripe.InvalidRequestError) -> Answer:
        """A 400 has no try behind it; whether an earlier one has brought the money, or will, the payment tells."""
        intent = self._found(lambda: self._v1.payment_intents.retrieve(intent_id))
        if intent is not None and text(intent, "status") in {SUCCEEDED, PROCESSING}:
            return came_to(intent)
        return Refused(refused.code or "invalid_request", in_words(refused))

    def drop_payment(self, payment_intent_id: str, *, key: str) -> None:
        """Leave nothing behind of a payment that did not come. Raises NotPossible where it came after all."""
        self._must_write()
        with self._written():
            self._v1.payment_intents.cancel(payment_intent_id, {}, {"idempotency_key": key})
