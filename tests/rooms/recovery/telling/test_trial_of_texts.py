"""A month of a trial, by the day: customers stay in their half, and B, after which more is paid, is used for all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.factories import make_connection, make_ruleset
from tests.fakes import NOW, FakeMail, FakeStripe, an_invoice, effects
from tideover import clock
from tideover.core.catalogue import Channel, Template
from tideover.core.shares.verdicts import Half, Says
from tideover.gateways.answers import InvoiceRead
from tideover.messages.models import Message, TextTrial
from tideover.messages.own.choosing import half_of
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.rows import Which, standing
from tideover.messages.own.trials import Plan, begin
from tideover.recovery import intake
from tideover.recovery.figures.trials import results
from tideover.recovery.models import Case
from tideover.tenants.models import Connection
from tideover.upkeep.text_trials import end_decided
from tideover.worker.loop import next_due, run_until_quiet

FAILED = Which(Template.FAILED, Channel.EMAIL, "en")
B = Content(
    (Block(Kind.TEXT, "Dear {{ name }}, {{ amount }} is open."), Block(Kind.BUTTON, "Settle it")),
    "About {{ amount }}", "It is quick.", "A word",
)  # fmt: skip
DAYS, A_DAY = 40, 2  # how long, and for how many customers a day a payment fails
PAYS = {Half.A: {0}, Half.B: {0, 1, 2, 3}}  # of every five customers of a half


@dataclass
class Customers(FakeStripe):
    """A Stripe with as many invoices as there are customers."""

    invoices: dict[str, InvoiceRead] = field(default_factory=dict)

    def read_invoice(self, invoice_id: str, known: object = ()) -> InvoiceRead | None:
        return self.invoices[invoice_id]


@dataclass
class Month:
    """One merchant, whose customers' payments fail day after day."""

    connection: Connection
    trial: TextTrial
    stripe: Customers = field(default_factory=Customers)
    mail: FakeMail = field(default_factory=FakeMail)
    now: datetime = NOW
    seen: Counter[Half] = field(default_factory=Counter)

    def fails(self, number: int) -> None:
        invoice = an_invoice(
            id=f"in_1QzRb4tKq7ZpLw{number:04d}", customer_id=f"cus_Rb4tKq7ZpLw{number:03d}", at=self.now,
            customer_email=f"payer{number}@payer.example",
        )  # fmt: skip
        self.stripe.invoices[invoice.id] = invoice
        intake.take_reading(self.connection, invoice, self.now)

    def goes_to(self, moment: datetime) -> None:
        """Everything that is due on the way happens at its own time."""
        while (due := next_due(self.now)) is not None and due <= moment:
            self.at(max(due, self.now))
            run_until_quiet(effects(self.stripe, self.mail), self.now)
        self.at(moment)

    def at(self, now: datetime) -> None:
        self.now = now
        clock.travel_to(now)

    def some_pay(self) -> None:
        """Who was written to a day ago decides."""
        yesterday, before = self.now - timedelta(days=1), self.now - timedelta(days=2)
        for message in Message.objects.filter(template="failed", sent_at__gt=before, sent_at__lte=yesterday):
            half = half_of(self.trial, Case.objects.get(pk=message.about).customer_id)
            self.seen[half] += 1
            if self.seen[half] % 5 in PAYS[half]:
                self.pays(Case.objects.get(pk=message.about))

    def pays(self, case: Case) -> None:
        paid = {"status": "paid", "amount_paid": 9900, "amount_remaining": 0, "status_at": self.now}
        self.stripe.invoices[case.invoice_id] = replace(self.stripe.invoices[case.invoice_id], **paid)
        intake.take_reading(self.connection, self.stripe.invoices[case.invoice_id], self.now)


@pytest.fixture
def month(db):
    connection = make_connection(livemode=True)
    make_ruleset(connection.project, "windback")
    trial = begin(connection.project, FAILED, Plan(B, "alice", ends_by_itself=True), NOW - timedelta(hours=1))
    yield Month(connection, trial)
    clock.travel_to(None)


def recounted(month: Month, half: Half) -> tuple[int, int]:
    """Who was written to and paid in time, by hand: case by case, from its own rows."""
    written = paid = 0
    for case in Case.objects.all():
        first = Message.objects.filter(about=case.pk, trial=month.trial, half=half, sent_at__isnull=False).first()
        if first is None or first.data_started_at + timedelta(days=7) > month.now:
            continue
        written += 1
        paid += case.state == "recovered" and case.ended_at <= first.data_started_at + timedelta(days=7)
    return written, paid


def test_a_better_text_is_found_and_used_for_all(month):
    said: list[Says] = []
    for day in range(DAYS):
        for number in range(A_DAY):
            month.fails(day * A_DAY + number)
        month.goes_to(NOW + timedelta(days=day + 1))
        month.some_pay()
        [result] = results(month.connection.project, [month.trial], month.now)
        said.append(result.verdict().says)
        if end_decided(month.now):
            break
    month.trial.refresh_from_db()
    assert said[0] == Says.NOT_YET
    assert said[-1] == Says.B_IS_BETTER
    assert set(said[:-1]) == {Says.NOT_YET}, "it ended at the first verdict"
    assert (month.trial.end, month.trial.ended_by) == ("b", "")
    for half, brought in result.halves.items():
        assert (brought.counted, brought.paid) == recounted(month, half)
        assert brought.minor["usd"] == 9900 * brought.paid
    for message in Message.objects.filter(template="failed"):
        half = half_of(month.trial, Case.objects.get(pk=message.about).customer_id)
        assert (message.half, message.text_version) == (half, 1 if half == Half.B else 0)
    assert standing(month.connection.project, FAILED).content == B
    month.fails(999)
    month.goes_to(month.now + timedelta(days=2))
    newest = Message.objects.filter(template="failed").latest("created_at")
    assert (newest.trial, newest.text_version, newest.subject) == (None, 2, "About $99.00")
