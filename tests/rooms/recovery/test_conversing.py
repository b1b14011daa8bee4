"""Several failed invoices of one customer: one conversation, whose messages list them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import DAY, make_action, make_connection, make_plan, make_ruleset
from tests.fakes import NOW, a_charge, an_invoice
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.gateways.answers import Card
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.recovery import conversing, intake
from tideover.recovery.models import Action, Case


class Ledger(World):
    """A world with many invoices."""

    def fails(self, number: int, amount: int = 1500, **values: object) -> None:
        charge = replace(a_charge(at=self.now, number=number), payment_intent_id=f"pi_{number}", amount=amount)
        read = replace(
            an_invoice(at=self.now), id=f"in_{number}", number=f"A-{number}", subscription_id=f"sub_{number}", description=f"Box {number}",
            amount_due=amount, amount_remaining=amount, payment_intent_id=f"pi_{number}", attempts=(charge,),
        )  # fmt: skip
        self.invoices[read.id] = read = replace(read, **values)  # type: ignore[arg-type]
        intake.take_reading(self.connection, read, self.now)

    def is_paid(self, number: int) -> None:
        read = self.invoices[f"in_{number}"]
        self.invoices[read.id] = replace(
            read, status="paid", amount_paid=read.amount_due, amount_remaining=0, status_at=self.now
        )

    def said(self) -> list[str]:
        return [" ".join(mail.get_body(("plain",)).get_content().split()) for _, mail in self.mail.accepted]

    def joined(self) -> list[tuple[str, str]]:
        rows = Action.objects.filter(outcome="joined").order_by("settled_at", "case__opened_at")
        return list(rows.values_list("case__invoice_number", "reason"))


@pytest.fixture
def ledger(db):
    connection = make_connection()
    make_ruleset(connection.project, "paymentrescue")
    made = Ledger(connection)
    made.invoices = {}
    made.stripe.read_invoice = lambda invoice_id, _known=(): made.invoices[invoice_id]
    yield made
    clock.travel_to(None)


def test_two_invoices_that_failed_together_are_told_of_in_three_messages(ledger):
    ledger.fails(1, 9900)
    ledger.fails(2)
    ledger.day(12)
    assert len(ledger.mail.accepted) == 3
    for text in ledger.said():
        assert "$114.00 for 2 invoices" in text
        assert "A-1: $99.00 for Box 1 A-2: $15.00 for Box 2 Total: $114.00" in text
    assert ledger.joined() == [("A-2", "joined with invoice A-1's message")] * 3


def test_a_message_about_several_says_of_none_what_is_true_of_another_alone(ledger):
    bank = Card("pm_bank", "us_bank_account", "6789", "fp_bank")
    ledger.fails(1, 9900)
    ledger.fails(2, billing_reason="manual", subscription_id="", card=bank, other_lines=2)
    ledger.day(1)
    [text] = ledger.said()
    assert "A-2: $15.00 for Box 2 and 2 more" in text
    assert not [word for word in ("card", "bank account", "subscription") if word in text.lower()], text


def test_who_pays_one_hears_of_the_other_alone(ledger):
    ledger.fails(1, 9900)
    ledger.fails(2)
    ledger.day(1)
    ledger.is_paid(1)
    intake.take_reading(ledger.connection, ledger.invoices["in_1"], ledger.now)
    ledger.day(12)
    assert [("$114.00" in text, "$15.00" in text) for text in ledger.said()] == [
        (True, True),
        (False, True),
        (False, True),
    ]


def test_what_was_paid_at_stripe_a_moment_ago_is_not_listed_though_no_webhook_came(ledger):
    ledger.fails(1, 9900)
    ledger.fails(2)
    ledger.is_paid(2)
    ledger.day(1)
    (text,) = ledger.said()
    assert "A-2" not in text
    assert Case.objects.get(invoice_id="in_2").state == "recovered"


def test_ten_daily_renewals_do_not_make_a_message_a_day(db):
    connection = make_connection()
    make_ruleset(connection.project, "tuned")
    ledger = Ledger(connection)
    ledger.invoices = {}
    ledger.stripe.read_invoice = lambda invoice_id, _known=(): ledger.invoices[invoice_id]
    for number in range(1, 11):
        ledger.fails(number)
        ledger.day(number)
    ledger.day(40)
    days = sorted({(message.data_started_at - NOW).days for message in Message.objects.all()})
    told = {number for number in range(1, 11) if any(f"A-{number}:" in text for text in ledger.said())}
    clock.travel_to(None)
    assert len(ledger.mail.accepted) == len(days) <= 12
    assert told == set(range(1, 11))


@pytest.mark.parametrize("other", [{"customer_id": "cus_2", "customer_email": "b@payer.example"}, {"currency": "eur"}])
def test_another_customer_or_currency_is_another_conversation(ledger, other):
    ledger.fails(1)
    ledger.fails(2, **other)
    ledger.day(2)
    assert not any("2 invoices" in text for text in ledger.said())
    assert ledger.joined() == []


def test_invoices_without_a_customer_have_nothing_in_common(ledger):
    ledger.fails(1, customer_id="")
    ledger.fails(2, customer_id="", customer_email="b@payer.example")
    ledger.day(1)
    assert len(ledger.said()) == 2
    assert not any("2 invoices" in text for text in ledger.said())


def test_a_paused_case_is_not_told_of(ledger):
    ledger.fails(1)
    ledger.fails(2)
    Case.objects.filter(invoice_id="in_2").update(paused_until=NOW + timedelta(days=20))
    ledger.day(1)
    assert "A-2" not in ledger.said()[0]


def test_what_is_paid_in_parts_is_told_of_in_no_message_about_another_invoice(ledger):
    ledger.fails(1, 9900)
    make_plan(Case.objects.get())
    ledger.invoices["in_1"] = replace(ledger.invoices["in_1"], amount_remaining=6600, amount_paid=3300)
    ledger.fails(2)
    ledger.day(12)
    about_the_other = [text for text in ledger.said() if "$15.00" in text]
    assert len(about_the_other) == 3
    assert not [text for text in about_the_other if "A-1" in text or "2 invoices" in text]
    assert ledger.joined() == []


def test_no_message_waits_for_one_about_a_plan_which_tells_of_no_other_invoice(ledger):
    ledger.fails(1, 9900)
    ledger.fails(2)
    older, younger = Case.objects.order_by("invoice_id")
    older.actions.all().delete()
    offer = {"do": "message", "step": "message-plan-offered", "template": "plan_offered", "state": "planned"}
    make_action(older, due_at=NOW + DAY, **offer)
    assert conversing.turn_of(younger, NOW) is None


def test_who_unsubscribes_hears_of_none_and_both_cases_go_on(ledger):
    ledger.fails(1)
    ledger.fails(2)
    ledger.day(1)
    suppress(ledger.connection.organization, "email", "pia@payer.example", Suppression.Reason.UNSUBSCRIBED, ledger.now)
    ledger.day(9)
    assert len(ledger.mail.accepted) == 1
    assert set(Case.objects.values_list("state", flat=True)) == {"failing"}


@pytest.mark.parametrize("on", [False, True])
def test_customers_of_a_test_account_are_written_to_only_where_that_is_switched_on_and_then_marked(db, on):
    connection = make_connection(livemode=False, test_mail=on)
    make_ruleset(connection.project, "paymentrescue")
    world = World(connection, is_live=False)
    world.payment_fails()
    world.day(1)
    clock.travel_to(None)
    if not on:
        assert world.mail.accepted == []
        assert set(Action.objects.filter(do="message", state="done").values_list("reason", flat=True)) == {"test-mode"}
        return
    ((_, mail),) = world.mail.accepted
    assert mail["Subject"].startswith("[Test] ")
    for kind in ("plain", "html"):
        assert "This is a test." in mail.get_body((kind,)).get_content()


def test_customers_of_a_live_account_get_no_mark(db):
    connection = make_connection(livemode=True, test_mail=False)
    make_ruleset(connection.project, "paymentrescue")
    world = World(connection)
    world.payment_fails()
    world.day(1)
    clock.travel_to(None)
    ((_, mail),) = world.mail.accepted
    assert "est" not in mail["Subject"].split()[0]
    assert "This is a test." not in mail.get_body(("plain",)).get_content()
