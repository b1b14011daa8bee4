"""Fakes that remember: a Stripe with one account's invoices, and a mail server that keeps what it was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage

from tideover.core.catalogue import Channel
from tideover.core.declines import Decline
from tideover.core.outcomes import Tried
from tideover.gateways.answers import (
    Answer,
    Card,
    ChargeRead,
    ClockRead,
    Declined,
    IntentRead,
    InvoiceRead,
    NeedsAuthentication,
    NotOpen,
    Paid,
    Processing,
    ReadOnly,
    Unreachable,
)
from tideover.gateways.mailers.account import Account, Mail
from tideover.gateways.payments.parts import Part
from tideover.gateways.transport import Accepted, Refused, at_will
from tideover.gateways.twilio.client import Text
from tideover.recovery.effects import Effects
from tideover.recovery.models import Action
from tideover.recovery.perform import attempt, settle_verdicts

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
VISA = Card("pm_old", "visa", "4242", "fp_old", "12/2027")
NEW_CARD = Card("pm_new", "visa", "1111", "fp_new", "11/2030")


def a_charge(
    code: str | None = "insufficient_funds", *, at: datetime = NOW, number: int = 1, card: Card = VISA
) -> ChargeRead:
    """A try that failed with `code`, or went through where it is None."""
    decline = Decline(code=code, brand=card.brand) if code else None
    return ChargeRead(
        f"ch_{number}", "pi_1", at, 9900, "usd", "declined" if code else "paid", decline, card, reached_network=True
    )


def an_invoice(code: str | None = "insufficient_funds", *, at: datetime = NOW, **values: object) -> InvoiceRead:
    """An open invoice of $99 whose renewal failed with `code` at `at`."""
    read = InvoiceRead(
        id="in_1",
        number="A-1",
        status="open",
        currency="usd",
        amount_due=9900,
        amount_paid=0,
        amount_remaining=9900,
        created_at=at,
        status_at=None,
        next_attempt_at=None,
        auto_advance=False,
        billing_reason="subscription_cycle",
        collection_method="charge_automatically",
        hosted_url="https://invoice.stripe.example/1",
        description="Pro",
        customer_id="cus_1",
        customer_name="Pia Payer",
        customer_email="pia@payer.example",
        customer_deleted=False,
        locale="en-US",
        country="",
        region="",
        subscription_id="sub_1",
        subscription_status="past_due",
        subscription_ended_at=None,
        test_clock="",
        payment_method_from="customer",
        card=VISA,
        attempts=(a_charge(code, at=at),),
        payment_intent_id="pi_1",
        client_secret="pi_1_secret_x",
    )
    return replace(read, **values)  # type: ignore[arg-type]


@dataclass
class FakeStripe:
    """Answers of the fake are decided by `answer`; every write is kept in `writes`."""

    invoice: InvoiceRead | None = field(default_factory=an_invoice)
    answer: Callable[[], Answer] = field(default=lambda: Declined(Decline("insufficient_funds"), "", "pi_1"))
    may_write: bool = True
    silent: bool = False
    writes: list[tuple[str, str]] = field(default_factory=list)  # (what, idempotency key)
    answered: dict[str, Answer] = field(default_factory=dict)
    intents: dict[str, IntentRead] = field(default_factory=dict)
    saved: list[Card] = field(default_factory=list)  # other methods of the customer, the newest first
    charged: Card = VISA  # the last one that was
    before_reading: Callable[[], None] = lambda: None
    before_paying: Callable[[], None] = lambda: None
    test_clock: ClockRead | None = None  # that the customer hangs on
    before_advancing: Callable[[datetime], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: NOW

    def read_invoice(self, invoice_id: str, known: object = ()) -> InvoiceRead | None:
        self.before_reading()
        if self.silent:
            raise Unreachable("no route")
        return self.invoice and replace(self.invoice, clock=self.test_clock)

    def read_clock(self, clock_id: str) -> ClockRead:
        if self.silent:
            raise Unreachable("no route")
        return self.test_clock or ClockRead(clock_id, "deleted")

    def advance_clock(self, clock_id: str, to: datetime, *, key: str) -> ClockRead:
        """As Stripe: it is on its way then."""
        assert self.test_clock is not None
        self.before_advancing(to)
        self._write(f"advance:{to.isoformat()}", key)
        self.test_clock = replace(self.test_clock, status="advancing", target=to)
        return self.test_clock

    def saved_methods(self, customer_id: str) -> list[Card]:
        return self.saved

    def _write(self, what: str, key: str) -> None:
        if not self.may_write:
            raise ReadOnly("observe")
        self.writes.append((what, key))

    def pay_invoice(
        self,
        invoice_id: str,
        *,
        key: str,
        payment_method: str | None = None,
        off_session: bool = True,
        not_after: datetime | None = None,
    ) -> Answer:
        """As Stripe: the same key gives the same answer, and a paid invoice takes no second payment."""
        self.before_paying()
        self._write("pay", key)
        if key in self.answered:
            return self.answered[key]
        assert self.invoice is not None
        if self.invoice.status != "open":
            return NotOpen(self.invoice.status, self.invoice)
        known = {card.payment_method_id: card for card in self.saved}
        self.charged = known.get(payment_method or "", VISA)
        answer = self.answered[key] = self._done(self.answer(), key)
        return answer

    def pay_part(self, invoice_id: str, part: Part, *, key: str, not_after: datetime | None = None) -> Answer:
        """As Stripe: the part alone is credited to the invoice, and more than is left is not taken."""
        self._write("pay part", key)
        if key in self.answered:
            return self.answered[key]
        assert self.invoice is not None
        if self.invoice.status != "open":
            return NotOpen(self.invoice.status, self.invoice)
        assert part.amount <= self.invoice.amount_remaining
        answer = self.answered[key] = self._part_done(self.answer(), part)
        return answer

    def _part_done(self, answer: Answer, part: Part) -> Answer:
        assert self.invoice is not None
        number = len(self.invoice.attempts) + 1
        match answer:
            case Paid():
                paid = replace(a_charge(None, at=self.clock(), number=number), amount=part.amount, part=part.name)
                left = self.invoice.amount_remaining - part.amount
                over = {} if left else {"status": "paid", "status_at": self.clock()}
                self.invoice = replace(
                    self.invoice,
                    amount_paid=self.invoice.amount_paid + part.amount,
                    amount_remaining=left,
                    attempts=(*self.invoice.attempts, paid),
                    **over,
                )
                return Paid(paid.id, self.invoice)
            case Declined(decline):
                refused = a_charge(decline.code, at=self.clock(), number=number)
                failed = replace(refused, amount=part.amount, part=part.name)
                self.invoice = replace(self.invoice, attempts=(*self.invoice.attempts, failed))
                return Declined(decline, failed.id, f"pi_part_{number}", amount=part.amount)
        return answer

    def drop_payment(self, payment_intent_id: str, *, key: str) -> None:
        self._write("drop part", key)

    def _done(self, answer: Answer, key: str) -> Answer:
        assert self.invoice is not None
        number = len(self.invoice.attempts) + 1
        match answer:
            case Paid():
                asked = self.invoice.amount_remaining
                paid = replace(a_charge(None, at=self.clock(), number=number, card=self.charged), amount=asked)
                self.invoice = replace(
                    self.invoice,
                    status="paid",
                    amount_paid=self.invoice.amount_paid + asked,
                    amount_remaining=0,
                    status_at=self.clock(),
                    attempts=(*self.invoice.attempts, paid),
                )
                return Paid(paid.id, self.invoice)
            case Declined(decline, reached_network=reached):
                asked = self.invoice.amount_remaining
                failed = replace(
                    a_charge(decline.code, at=self.clock(), number=number, card=self.charged), amount=asked
                )
                if decline.blocked:
                    failed = replace(failed, outcome=Tried.BLOCKED, decline=decline, reached_network=reached)
                self.invoice = replace(self.invoice, attempts=(*self.invoice.attempts, failed))
                return Declined(decline, failed.id, "pi_1", amount=asked, reached_network=reached)
            case NeedsAuthentication():
                self.invoice = replace(self.invoice, requires_action=True)
            case Processing():
                self.invoice = replace(self.invoice, processing=True)
        return answer

    def create_setup_intent(self, customer_id: str, *, key: str, methods: tuple[str, ...] = ()) -> IntentRead:
        self._write("setup", key)
        return IntentRead("seti_1", "requires_payment_method", customer_id, "", "seti_1_secret_x")

    def read_setup_intent(self, intent_id: str) -> IntentRead | None:
        return self.intents.get(intent_id)

    def read_payment_intent(self, intent_id: str) -> IntentRead | None:
        return self.intents.get(intent_id)

    def set_default_method(self, read: InvoiceRead, payment_method_id: str, *, key: str) -> None:
        self._write(f"default:{payment_method_id}", key)
        assert self.invoice is not None
        self.invoice = replace(self.invoice, card=replace(NEW_CARD, payment_method_id=payment_method_id))

    def set_auto_advance(self, invoice_id: str, *, on: bool, key: str) -> None:
        self._write(f"auto_advance:{on}", key)
        assert self.invoice is not None
        self.invoice = replace(self.invoice, auto_advance=on, held=not on)

    def cancel_subscription(self, subscription_id: str, *, key: str) -> None:
        self._write(f"cancel:{subscription_id}", key)
        assert self.invoice is not None
        self.invoice = replace(self.invoice, subscription_status="canceled", subscription_ended_at=self.clock())

    def pause_collection(self, subscription_id: str, *, key: str) -> None:
        self._write(f"pause:{subscription_id}", key)
        assert self.invoice is not None
        self.invoice = replace(self.invoice, collection_paused=True)

    def mark_uncollectible(self, invoice_id: str, *, key: str) -> None:
        self._write(f"uncollectible:{invoice_id}", key)
        assert self.invoice is not None
        self.invoice = replace(self.invoice, status="uncollectible", status_at=self.clock())

    def invoice_status(self, invoice_id: str) -> str:
        read = self.read_invoice(invoice_id)
        return read.status if read else "deleted"

    def delete_webhook_endpoint(self, endpoint_id: str) -> None:
        self._write(f"delete {endpoint_id}", "")

    @property
    def payments(self) -> list[str]:
        return [key for what, key in self.writes if what == "pay"]


@dataclass
class FakeMail:
    """A mail server that keeps what it accepted; `refuse` makes it say no.

    in_line: what happens while a message waits there for its turn; fail: after it has left, before the answer.
    """

    accepted: list[tuple[str, EmailMessage]] = field(default_factory=list)
    by: list[Account | None] = field(default_factory=list)  # by whose account each of them went
    refuse: Refused | None = None
    fail: Callable[[], None] = lambda: None
    in_line: Callable[[], None] = lambda: None

    def send(
        self, sender: str, recipient: str, mail: Mail, leaving: Callable[[], None] = at_will
    ) -> Accepted | Refused:
        """As a mail server: whatever it says, it says it after the last dot."""
        self.in_line()
        leaving()
        self.fail()
        if self.refuse:
            return self.refuse
        self.accepted.append((recipient, mail.letter))
        self.by.append(mail.by)
        return Accepted(f"fake-{len(self.accepted)}")

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for _, mail in self.accepted]


@dataclass
class FakeTexts:
    """A Twilio that keeps what it accepted: to whom, and the words."""

    accepted: list[tuple[str, str]] = field(default_factory=list)
    refuse: Refused | None = None
    fail: Callable[[], None] = lambda: None

    def send(
        self, sender: str, recipient: str, text: Text, leaving: Callable[[], None] = at_will
    ) -> Accepted | Refused:
        """As Twilio."""
        leaving()
        self.fail()
        if self.refuse:
            return self.refuse
        self.accepted.append((recipient, text.body))
        return Accepted(f"SM{len(self.accepted):032}")


def effects(stripe: FakeStripe, mail: FakeMail | None = None, texts: FakeTexts | None = None) -> Effects:
    """The fakes as ways out of the house."""
    transports = {Channel.EMAIL: mail or FakeMail(), Channel.SMS: texts or FakeTexts()}
    return Effects(stripe_for=lambda _connection: stripe, transports=transports)  # type: ignore[arg-type,return-value]


def perform(action: Action, effects: Effects, now: datetime) -> None:
    """Do one claimed action and settle it, as a worker does with many."""
    settle_verdicts([attempt(action, effects, now)], now)
