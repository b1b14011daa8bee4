"""A bank debit is under way for days: nothing has failed until it comes back, and then the case begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes import NOW, a_charge, an_invoice
from tideover.core.networks import By
from tideover.core.outcomes import Tried
from tideover.gateways.answers import Card, Processing
from tideover.recovery import intake, reading
from tideover.recovery.models import Attempt, Case

DAY = timedelta(days=1)
BANK = Card("pm_1QxVbN2eZvKYlo2C", "us_bank_account", "6789", "9TrWaM4fXuJHkp7D")
SECOND = Card("pm_1QxVbP2eZvKYlo2C", "us_bank_account", "1116", "2KdQ8sLzVbRmYw3x")


def returned(code="insufficient_funds", *, presented=NOW - 5 * DAY, number=1, card=BANK):
    return a_charge(code, at=presented, number=number, card=card)


def under_way(number=1, card=BANK, at=NOW):
    return replace(a_charge(None, at=at, number=number, card=card), outcome=Tried.PROCESSING)


# ── nothing has failed yet ──


@pytest.mark.parametrize("card", [BANK, None, Card("src_1QxVbN2eZvKYlo2C")])
@pytest.mark.parametrize("attempts", [(under_way(),), ()])
def test_a_debit_under_way_is_no_failure_wherever_its_method_is_kept(world, card, attempts):
    read = an_invoice(attempts=attempts, card=card, processing=True)
    assert intake.take_reading(world.connection, read, NOW) is None


def test_a_debit_that_settles_without_having_failed_recovers_nothing(world):
    intake.take_reading(world.connection, an_invoice(attempts=(under_way(),), card=None, processing=True), NOW)
    paid = an_invoice(None, card=None, status="paid", amount_paid=9900, amount_remaining=0, status_at=NOW + 5 * DAY)
    assert intake.take_reading(world.connection, paid, NOW + 5 * DAY) is None
    assert not Case.objects.exists()


# ── when it failed ──


def test_a_case_begins_when_the_debit_came_back_and_not_when_it_was_presented():
    read = reading.dated(an_invoice(attempts=(returned(),)), NOW, [NOW - DAY])
    assert reading.beginning(read, NOW - 90 * DAY).at == NOW - DAY


def test_an_event_before_the_presentment_tells_of_another_failure():
    first, second = returned(presented=NOW - 12 * DAY), returned(presented=NOW - 5 * DAY, number=2)
    read = reading.dated(an_invoice(attempts=(first, second)), NOW, [NOW - 8 * DAY, NOW - DAY])
    assert [attempt.known_at for attempt in read.attempts] == [NOW - 8 * DAY, NOW - DAY]


@pytest.mark.parametrize(
    ("method", "presented", "failed"),
    [
        ("us_bank_account", NOW - 30 * DAY, NOW - 25 * DAY),
        ("us_bank_account", NOW - 2 * DAY, NOW),
        ("sepa_debit", NOW - 30 * DAY, NOW - 16 * DAY),
        ("visa", NOW - 30 * DAY, NOW - 30 * DAY),
    ],
)
def test_without_an_event_a_bank_took_as_long_as_it_usually_does_and_a_card_no_time(method, presented, failed):
    attempt = returned(presented=presented, card=replace(BANK, brand=method))
    read = reading.dated(an_invoice(attempts=(attempt,)), NOW)
    assert reading.beginning(read, NOW - 90 * DAY).at == failed
    assert reading.dated(read, NOW + DAY) == read


def test_the_case_its_fact_and_its_line_in_the_ledger_all_say_when_it_came_back(world):
    case = intake.take_reading(world.connection, an_invoice(attempts=(returned(),), card=BANK), NOW)
    assert case.opened_at == case.facts.get().at == NOW
    attempt = case.attempts.get()
    assert (attempt.at, attempt.returned_at) == (NOW - 5 * DAY, NOW)


# ── what was under way, and has come back ──


def test_a_debit_seen_under_way_is_counted_with_the_reason_it_came_back_for(world):
    failed = returned(presented=NOW - 9 * DAY)
    case = intake.take_reading(world.connection, an_invoice(attempts=(failed, under_way(2)), card=BANK, processing=True), NOW)  # fmt: skip
    closed = returned("bank_account_closed", presented=NOW, number=2)
    intake.take_reading(world.connection, an_invoice(attempts=(failed, closed), card=BANK), NOW + 4 * DAY)
    last = case.attempts.get(charge_id="ch_2")
    assert (last.outcome, last.code, last.returned_at) == (Tried.DECLINED, "bank_account_closed", NOW + 4 * DAY)
    assert world.case.family == "card_dead"


def test_a_debit_of_ours_stays_ours_when_it_brings_the_money_days_later(world):
    world.payment_fails(card=BANK, attempts=(returned(),))
    world.stripe.answer = lambda: Processing("pi_1", "ch_2")
    world.day(13)
    ours = Attempt.objects.get(charge_id="ch_2")
    assert (ours.by, ours.outcome) == (By.US, Tried.PROCESSING)
    settled = replace(a_charge(None, at=ours.at, number=2, card=BANK))
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now, processing=False,
                 attempts=(returned(), settled))  # fmt: skip
    intake.refresh(world.case, world.stripe.invoice, world.now)
    assert (world.case.state, world.case.via) == (Case.State.RECOVERED, Case.Via.RETRY)
    assert Attempt.objects.get(charge_id="ch_2").outcome == Tried.PAID


# ── how often ──


@pytest.mark.parametrize("code", ["bank_account_closed", "debit_not_authorized", "bank_account_invalid_details"])
def test_an_account_of_no_use_is_charged_by_nobody_of_us(world, code):
    world.payment_fails(code, card=BANK, attempts=(returned(code),))
    world.day(40)
    assert world.stripe.payments == []


def test_a_second_account_has_tries_of_its_own(world):
    world.payment_fails("account_closed", card=BANK, attempts=(returned("account_closed"),))
    second = returned(presented=NOW, number=2, card=SECOND)
    world.change(card=SECOND, attempts=(returned("account_closed"), second))
    intake.refresh(world.case, world.stripe.invoice, NOW)
    world.day(40)
    assert len(world.stripe.payments) == 2


def test_the_method_that_was_tried_tells_what_an_unexpanded_one_does_not(world):
    bare = Card(BANK.payment_method_id)
    case = world.payment_fails(card=bare, attempts=(returned(),))
    assert (case.card_brand, case.card_last4, case.card_fingerprint) == (BANK.brand, BANK.last4, BANK.fingerprint)


def test_a_method_that_is_not_the_default_is_known_by_its_try(world):
    case = world.payment_fails(card=None, attempts=(returned(),))
    assert (case.card_brand, case.family) == ("us_bank_account", "no_funds")
