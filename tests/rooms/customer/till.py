"""A Stripe of one invoice for tests: it remembers, and answers the payments with what the test has laid out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tests.factories import NOW
from tideover.core.declines import Decline
from tideover.gateways.answers import (
    Answer,
    Card,
    ChargeRead,
    Declined,
    IntentRead,
    InvoiceRead,
    NeedsAuthentication,
    Paid,
    Processing,
    ReadOnly,
)
from tideover.gateways.stripe import Stripe
from tideover.recovery import links
from tideover.recovery.models import Case, Link


@dataclass(frozen=True)
class Payment:
    """One call to pay the invoice."""

    key: str
    payment_method: str | None
    off_session: bool


def invoice_of(case: Case, **values: object) -> InvoiceRead:
    """The open invoice of `case`, its card declined for lack of money."""
    card = Card("pm_old", "visa", "4242", case.card_fingerprint)
    failed = ChargeRead(
        id="ch_first",
        payment_intent_id="pi_1",
        at=case.opened_at,
        amount=case.amount_due,
        currency=case.currency,
        outcome="declined",
        decline=Decline(code="insufficient_funds", brand="visa"),
        card=card,
        reached_network=True,
    )
    read = InvoiceRead(
        id=case.invoice_id,
        number=case.invoice_number,
        status="open",
        currency=case.currency,
        amount_due=case.amount_due,
        amount_paid=0,
        amount_remaining=case.amount_due,
        created_at=case.opened_at,
        status_at=None,
        next_attempt_at=None,
        auto_advance=True,
        billing_reason="subscription_cycle",
        collection_method="charge_automatically",
        hosted_url="https://invoice.stripe.example/i/1",
        description=case.description,
        customer_id=case.customer_id,
        customer_name=case.customer_name,
        customer_email=case.customer_email,
        customer_deleted=False,
        locale="en",
        country="US",
        region="NY",
        subscription_id=case.subscription_id,
        subscription_status="past_due",
        subscription_ended_at=None,
        test_clock="",
        payment_method_from="subscription",
        card=card,
        attempts=(failed,),
        payment_intent_id="pi_1",
        client_secret="pi_1_secret_x",
    )
    return replace(read, **values)  # type: ignore[arg-type]


class Till(Stripe):
    """Answers like the gateway. `answers` are given to the payments in turn; a paid invoice stays paid."""

    def __init__(self, case: Case, *answers: Answer | Exception, may_write: bool = True) -> None:
        self.invoice: InvoiceRead | None = invoice_of(case)
        self.answers = list(answers)
        self.intents: dict[str, IntentRead] = {}
        self.payments: list[Payment] = []
        self.defaults: list[str] = []
        self.default_keys: set[str] = set()
        self.setups: list[str] = []
        self.methods: list[str] = []
        self.led_back: list[str] = []
        self.saved: list[Card] = []
        self.while_paying: Callable[[], None] = lambda: None
        self.while_setting: Callable[[], object] = lambda: None
        self._may_write = may_write

    # ── what happens at Stripe ──

    def card_chosen(self, name: str, time: int = 1) -> str:
        """The customer chose what they had saved, for this time; returns the id of the setup intent."""
        entered = self.intents[self.card_entered(name)]
        intent_id = f"seti_{name}_{time}"
        self.intents[intent_id] = replace(entered, id=intent_id)
        return intent_id

    def card_entered(self, name: str = "new", *, customer: str = "", status: str = "succeeded", **card: str) -> str:
        """The customer confirmed a setup intent in their browser; returns its id."""
        assert self.invoice is not None
        intent_id, method = f"seti_{name}", f"pm_{name}"
        details = {"brand": "visa", "last4": "1111", "fingerprint": f"fp_{name}", **card}
        self.intents[intent_id] = IntentRead(
            id=intent_id,
            status=status,
            customer_id=customer or self.invoice.customer_id,
            payment_method_id="" if status == "requires_payment_method" else method,
            client_secret=f"{intent_id}_secret_x",
            card=Card(method, **details),
        )
        return intent_id

    def paid(self, at: datetime = NOW) -> None:
        assert self.invoice is not None
        self.invoice = replace(
            self.invoice,
            status="paid",
            amount_paid=self.invoice.amount_due,
            amount_remaining=0,
            status_at=at,
            requires_action=False,
        )

    # ── the gateway ──

    def read_invoice(self, invoice_id: str, known: object = ()) -> InvoiceRead | None:
        return self.invoice if self.invoice and self.invoice.id == invoice_id else None

    def read_setup_intent(self, intent_id: str) -> IntentRead | None:
        return self.intents.get(intent_id)

    def read_payment_intent(self, intent_id: str) -> IntentRead | None:
        return self.intents.get(intent_id)

    def create_setup_intent(self, customer_id: str, *, key: str, methods: Sequence[str] = ()) -> IntentRead:
        self._guard()
        assert methods[0] == "card"  # whatever else is offered
        self.setups.append(key)
        self.methods = list(methods)
        return IntentRead("seti_made", "requires_payment_method", customer_id, "", "seti_made_secret_x")

    def saved_methods(self, customer_id: str) -> list[Card]:
        return self.saved

    def show_saved(self, customer_id: str, *, key: str) -> str:
        self._guard()
        assert key.startswith("saved_")
        return f"cuss_secret_{customer_id}"

    def open_portal(self, customer_id: str, back: str, *, key: str) -> str:
        self._guard()
        self.led_back.append(back)
        return f"https://billing.stripe.example/p/session/{customer_id}"

    def set_default_method(self, read: InvoiceRead, payment_method_id: str, *, key: str) -> None:
        self._guard()
        assert read == self.invoice
        assert key.endswith(payment_method_id)  # asked twice, it is set once
        self.while_setting()
        if key not in self.default_keys:  # as Stripe: under a key that it knows nothing is done again
            self.default_keys.add(key)
            self.defaults.append(payment_method_id)

    def set_auto_advance(self, invoice_id: str, *, on: bool, key: str) -> None:
        self._guard()
        assert self.invoice is not None
        self.invoice = replace(self.invoice, auto_advance=on, held=not on)

    def pay_invoice(
        self,
        invoice_id: str,
        *,
        key: str,
        payment_method: str | None = None,
        off_session: bool = True,
        not_after: datetime | None = None,
    ) -> Answer:
        self._guard()
        assert self.invoice is not None
        assert self.invoice.id == invoice_id
        self.payments.append(Payment(key, payment_method, off_session))
        self.while_paying()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Paid):
            self.paid()
        if isinstance(answer, NeedsAuthentication) and self.invoice:
            self.invoice = replace(self.invoice, requires_action=True)
        return answer

    def _guard(self) -> None:
        if not self._may_write:
            raise ReadOnly("observe mode")


PAID = Paid("ch_ok")
NO_FUNDS = Declined(Decline(code="insufficient_funds", brand="visa"), "ch_no", "pi_1")
STOLEN = Declined(Decline(code="stolen_card", brand="visa"), "ch_stolen", "pi_1")
ASKS_THE_BANK = NeedsAuthentication("pi_1_secret_x", "", "ch_3ds", "pi_1")
BANK_DEBIT = Processing("pi_1")


def open_link(case: Case) -> Link:
    """A link to the page of `case`, as the customer holds it."""
    link = links.find(links.make_link(case, message_id=None, now=NOW), NOW)
    assert link is not None
    return link
