"""Invoices sent to be paid by their receivers: off nothing is opened; on, what is overdue is written about until paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.factories import make_case, make_connection, make_ruleset
from tests.fakes import NEW_CARD, NOW, FakeStripe, a_charge, an_invoice
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.declines import Family
from tideover.core.rules import PRESETS
from tideover.recovery import commands, conversing, intake, sweep
from tideover.recovery.figures.tallies import Sort, What, as_told
from tideover.recovery.models import Action, Case
from tideover.recovery.rulesets import adopt
from tideover.recovery.sweep import Swept
from tideover.recovery.telling.rehearsal import rehearse, rendered
from tideover.recovery.telling.why import why
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import Connection
from tideover.tenants.settings import turn_recovery

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Sends(FakeStripe):
    """An account whose only invoice was sent, and is listed while it is open and due."""

    def list_open_invoices(self, since: datetime):
        yield []

    def list_overdue_invoices(self, since: datetime, until: datetime):
        read = self.invoice
        yield [read.id] if read.status == "open" and read.due_at and since <= read.due_at <= until else []


def sent(*, due: datetime = NOW, **values: object):
    """An invoice that was sent a week before it is due; a card of its receiver lies there from elsewhere."""
    plain = {"collection_method": "send_invoice", "due_at": due, "attempts": (), "billing_reason": "manual"}
    return an_invoice(at=due - 7 * DAY, **{**plain, **values})


def chasing(connection, preset: str = "revguard", *, on: bool = True) -> None:
    adopt(connection.project, "chasing", replace(PRESETS[preset], name="chasing", chase_overdue=on), NOW)


@pytest.fixture
def shop(db):
    connection = make_connection(mode="act")
    chasing(connection)
    world = World(connection)
    world.stripe = Sends(invoice=sent(), clock=lambda: world.now)
    world.connection.created_at = NOW - 30 * DAY
    world.connection.save()
    yield world
    clock.travel_to(None)


def heard(shop, read):
    shop.stripe.invoice = read
    return intake.take_reading(shop.connection, read, shop.now)


def swept(shop, read):
    shop.stripe.invoice = read
    sweep.sweep(shop.connection, shop.stripe, shop.now)
    return Case.objects.first()


WHOEVER_TELLS = pytest.mark.parametrize("told", [heard, swept])


# ── what opens a case ──


@WHOEVER_TELLS
def test_cn_22_what_is_overdue_opens_a_case_from_its_due_date_on(shop, told):
    case = told(shop, sent(due=NOW - DAY / 2, amount_remaining=5000))
    assert (case.family, case.first_family, case.opened_at) == ("overdue", "overdue", NOW - DAY / 2)
    assert (case.amount_due, case.card_last4, case.payment_method_id) == (5000, "", "")


@WHOEVER_TELLS
def test_cn_36_nothing_is_opened_while_the_switch_is_off(shop, told):
    chasing(shop.connection, on=False)
    assert told(shop, sent()) is None


def test_the_switch_is_off_at_first_and_nobody_asks_stripe(world):
    world.stripe.list_open_invoices = lambda _since: iter([])  # the fake has no list of overdue ones
    assert sweep.sweep(world.connection, world.stripe, NOW) == Swept()
    assert heard(world, sent()) is None


@WHOEVER_TELLS
@pytest.mark.parametrize(
    "read",
    [
        sent(due=NOW + timedelta(minutes=1)),
        sent(due_at=None),
        sent(status="paid", amount_paid=9900, amount_remaining=0, status_at=NOW),
        sent(status="void", status_at=NOW),
        sent(status="draft"),
        sent(amount_remaining=0),
    ],
    ids=["not due yet", "no date", "paid", "void", "draft", "nothing open"],
)
def test_what_need_not_be_paid_now_opens_none(shop, told, read):
    assert told(shop, read) is None


@WHOEVER_TELLS
def test_what_was_due_before_the_account_was_connected_is_an_old_debt(shop, told):
    shop.connection.connected_at = NOW - DAY
    assert told(shop, sent(due=NOW - 2 * DAY)) is None


@WHOEVER_TELLS
def test_what_was_due_before_is_taken_up_where_the_merchant_chose_so(shop, told):
    shop.connection.connected_at = NOW - DAY
    Backlog.objects.create(connection=shop.connection, organization=shop.connection.organization, since=NOW - 60 * DAY)
    assert told(shop, sent(due=NOW - 2 * DAY)).opened_at == NOW - 2 * DAY


@WHOEVER_TELLS
def test_what_is_overdue_for_longer_than_the_rules_write_is_left_alone(shop, told):
    assert told(shop, sent(due=NOW - 14 * DAY)) is None
    assert told(shop, sent(due=NOW - 13 * DAY)) is not None


def test_what_is_overdue_for_so_long_is_not_even_listed(shop):
    asked = []
    shop.stripe.list_overdue_invoices = lambda since, until: asked.append((since, until)) or iter([])
    sweep.sweep(shop.connection, shop.stripe, NOW)
    assert asked == [(NOW - 14 * DAY, NOW)]


def test_the_sweep_finds_each_once(shop):
    assert sweep.sweep(shop.connection, shop.stripe, NOW) == Swept(open=1, opened=1)
    assert sweep.sweep(shop.connection, shop.stripe, NOW + DAY) == Swept(open=1, opened=0)


# ── what is done about it ──


def test_its_receiver_is_written_to_and_nothing_is_charged(shop):
    heard(shop, sent())
    shop.day(40)
    assert shop.story() == [
        "day 0  message overdue: sent",
        "day 3  message overdue: sent",
        "day 7  message overdue: sent",
        "day 15  close: closed",
    ]
    assert shop.stripe.writes == []
    assert shop.case.state == Case.State.ABANDONED


def test_the_message_says_since_when_and_nothing_of_a_failure(shop):
    heard(shop, sent())
    shop.day(0.1)
    mail = shop.mail.accepted[0][1]
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert mail["Subject"] == "Your invoice of $99.00 is overdue"
    assert "is overdue since November 2, 2026" in text
    assert "/c/" in text
    for untrue in ("did not go through", "failed", "card", "try again", "4242"):
        assert untrue not in text.lower()


def test_a_card_that_its_receiver_attaches_is_not_charged(shop):
    case = heard(shop, sent())
    case.new_method, case.customer_acted_at = "pm_new", NOW + timedelta(hours=1)
    intake.learn(case, [], NOW + timedelta(hours=1))
    assert not case.actions.filter(do=Action.Do.CHARGE).exists()


def test_nobody_may_ask_for_a_charge(shop):
    case = heard(shop, sent())
    refused = commands.retry_now(case, by="alice@alpine.example", now=NOW + DAY)
    assert refused.why == "The invoice was sent to be paid by its receiver: nothing is ever charged for it."
    assert why(case, NOW).no_charge == (
        "Overdue invoice: it was sent to be paid by its receiver, so nothing is ever charged for it.",
    )


def test_a_card_of_its_receiver_that_was_declined_makes_no_failed_payment_of_it(shop):
    heard(shop, sent())
    shop.change(attempts=(a_charge("insufficient_funds", at=NOW + DAY),))
    sweep.reread_stale(shop.connection, shop.stripe, NOW + 2 * DAY)
    shop.day(20)
    assert shop.case.family == Family.OVERDUE
    assert shop.case.attempts.get().by == "customer"
    assert shop.stripe.writes == []


@pytest.mark.parametrize(
    ("status", "ends"),
    [("paid", Case.State.RECOVERED), ("void", Case.State.CANCELED), ("uncollectible", Case.State.CANCELED)],
)
def test_it_ends_as_others_do(shop, status, ends):
    heard(shop, sent())
    shop.day(1)
    shop.change(status=status, status_at=NOW + DAY, amount_paid=9900 if status == "paid" else 0)
    shop.day(20)
    assert shop.case.state == ends
    assert len(shop.mail.accepted) == 1


def test_what_its_receiver_pays_is_recovered_by_the_customer(shop):
    heard(shop, sent())
    declined = a_charge("insufficient_funds", at=NOW + DAY / 2, card=NEW_CARD)
    paid = replace(a_charge(None, at=NOW + DAY, number=2, card=NEW_CARD))
    shop.change(status="paid", status_at=NOW + DAY, amount_paid=9900, amount_remaining=0, attempts=(declined, paid))
    shop.day(4)
    assert (shop.case.state, shop.case.via) == (Case.State.RECOVERED, Case.Via.CUSTOMER)
    assert {attempt.by for attempt in shop.case.attempts.all()} == {"customer"}


def test_turned_off_for_open_cases_too_nothing_more_is_written(shop):
    case = heard(shop, sent())
    shop.day(1)
    case = shop.case
    case.ruleset = make_ruleset(shop.connection.project, "revguard")
    intake.learn(case, [], shop.now)
    shop.day(20)
    assert shop.story() == ["day 0  message overdue: sent", "day 15  close: closed"]


# ── what holds for all ──


def test_in_observe_mode_it_is_written_about_as_others_are(shop):
    shop.connection.mode = "observe"
    shop.connection.save()
    heard(shop, sent())
    shop.day(1)
    assert shop.story() == ["day 0  message overdue: sent"]


def test_while_recovery_is_off_it_is_watched_and_the_rehearsal_shows_it(shop):
    turn_recovery(shop.connection.project, on=False, by="alice@alpine.example", now=NOW)
    shop.connection.project.refresh_from_db()
    heard(shop, sent())
    shop.day(1)
    assert shop.mail.accepted == []
    [row] = rehearse(shop.connection.project, shop.now).rows
    assert (row.charges, row.refused, [step.tone for step in row.messages]) == ([], (), ["gentle", "final"])
    assert rendered(row, row.messages[0]).subject == "Reminder: your invoice of $99.00 is overdue"


def test_what_failed_and_what_is_overdue_are_not_told_of_in_one_message(shop):
    case = heard(shop, sent(customer_id="cus_1"))
    failed = make_case(shop.connection, customer_id="cus_1", opened_at=NOW - DAY)
    other = make_case(
        shop.connection, customer_id="cus_1", opened_at=NOW - DAY, family="overdue", first_family="overdue"
    )
    assert list(conversing._others(case)) == [other]
    assert list(conversing._others(failed)) == []


def test_the_figures_tell_it_apart_from_what_failed(shop):
    heard(shop, sent())
    make_case(shop.connection)
    sorts = {
        (key.sort, key.family): sums.cases
        for key, sums in as_told(shop.connection.project).items()
        if key.what == What.OPENED
    }
    assert sorts == {(Sort.SENT, "overdue"): 1, (Sort.RENEWAL, "no_funds"): 1}


def test_turned_on_what_is_overdue_is_looked_for_at_once(world):
    Connection.objects.update(swept_at=NOW)
    chasing(world.connection)
    world.connection.refresh_from_db()
    assert sweep.is_due(world.connection, NOW)
    Connection.objects.update(swept_at=NOW)
    chasing(world.connection, "tuned")  # another version of rules that chase it already
    world.connection.refresh_from_db()
    assert not sweep.is_due(world.connection, NOW)
