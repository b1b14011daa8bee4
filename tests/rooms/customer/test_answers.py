"""What the payer is told: why a card was refused and what to do, what the networks forbid, what their bank asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.factories import DAY, NOW, make_action, make_attempt, make_case
from tests.rooms.customer.till import ASKS_THE_BANK, BANK_DEBIT, NO_FUNDS, PAID, STOLEN, Till, open_link
from tideover.core.declines import Decline
from tideover.customer.answers import answer, in_words
from tideover.gateways.answers import IntentRead, NotOpen, Refused
from tideover.messages.languages import spoken_in
from tideover.recovery import cards
from tideover.recovery.cards import Begun
from tideover.recovery.paying.till import Finished, State
from tideover.recovery.telling.said import Said, Sentence

pytestmark = pytest.mark.django_db


def words_of(finished: Finished) -> str:
    """The answer as an English customer reads it."""
    return in_words(finished.said, spoken_in("en"), UTC)


# ── what the payer is told ──


def test_a_declined_new_card_says_why_and_what_to_do_and_another_card_pays():
    case = make_case()
    till = Till(case, NO_FUNDS, PAID)
    link = open_link(case)
    declined = cards.finish(link, till.card_entered(), till, NOW)
    assert declined.state == State.DECLINED
    assert words_of(declined) == (
        "There was not enough money available on your card. Use another card, or add money to this account and try again."
    )
    assert cards.finish(link, till.card_entered("other"), till, NOW).state == State.PAID
    assert [payment.payment_method for payment in till.payments] == ["pm_new", "pm_other"]


def test_a_declined_card_asked_about_again_tells_the_same_and_charges_nothing():
    case = make_case()
    till = Till(case, NO_FUNDS)
    link, intent = open_link(case), till.card_entered()
    assert cards.finish(link, intent, till, NOW) == cards.finish(link, intent, till, NOW)
    assert len(till.payments) == 1


def test_a_stolen_card_reads_like_any_other_refusal():
    case = make_case()
    till = Till(case, STOLEN)
    message = words_of(cards.finish(open_link(case), till.card_entered(), till, NOW))
    assert message.startswith("Your bank declined the payment.")
    assert not any(word in message.lower() for word in ("stolen", "lost", "fraud"))


def test_a_bank_debit_is_said_to_take_days():
    case = make_case()
    till = Till(case, BANK_DEBIT)
    finished = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert finished.state == State.PROCESSING
    assert "several business days" in words_of(finished)
    case.refresh_from_db()
    assert case.processing


def test_an_invoice_that_was_paid_in_the_last_second_is_thanked_for():
    case = make_case()
    till = Till(case, NotOpen("paid"))
    assert cards.finish(open_link(case), till.card_entered(), till, NOW).state == State.PAID


def test_a_payment_that_stripe_did_not_try_asks_for_another_card():
    case = make_case()
    till = Till(case, Refused("payment_method_unexpected_state", "not usable"))
    finished = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert (finished.state, "Use another card" in words_of(finished)) == (State.DECLINED, True)


# ── the networks ──


def test_a_card_that_its_network_closed_is_not_charged_again_through_the_page():
    case = make_case()
    make_attempt(case, card_fingerprint="fp_new", code="stolen_card", at=NOW - DAY, network_decline_code="43")
    till = Till(case, PAID)
    finished = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert finished.state == State.DECLINED
    assert "No further try with this payment method is allowed" in words_of(finished)
    assert till.payments == []


@pytest.mark.parametrize(("place", "day"), [("America/Los_Angeles", "November 4"), ("Pacific/Auckland", "November 5")])
def test_the_day_from_which_it_may_be_tried_again_is_one_of_the_payers_calendar(place, day):
    forbidden = Said(Sentence.FORBIDDEN, earliest_at=datetime(2026, 11, 5, 3, tzinfo=UTC))
    link = open_link(make_case(time_zone=place))
    told = json.loads(answer(Finished(State.DECLINED, forbidden), link, "token").content)
    assert f"is allowed before {day}." in told["message"]


def test_tries_on_the_old_card_do_not_count_against_the_new_one():
    case = make_case()
    for day in range(15):
        make_attempt(case, at=NOW - DAY * (day + 1))
    till = Till(case, PAID)
    assert cards.finish(open_link(case), till.card_entered(), till, NOW).state == State.PAID


# ── 3-D Secure ──


def test_a_new_card_whose_bank_asks_is_confirmed_and_then_counted():
    case = make_case()
    till = Till(case, ASKS_THE_BANK)
    link = open_link(case)
    asked = cards.finish(link, till.card_entered(), till, NOW)
    assert (asked.state, asked.client_secret) == (State.AUTHENTICATE, "pi_1_secret_x")
    till.paid()
    assert cards.finish(link, "pi_1", till, NOW).state == State.PAID
    assert len(till.payments) == 1
    case.refresh_from_db()
    assert (case.state, case.via) == ("recovered", "card_page")


def test_a_card_that_the_worker_tried_first_and_whose_bank_asks_is_confirmed_too():
    case = make_case()
    request = {"payment_method": "pm_new", "off_session": True}
    make_action(case, step="charge-on-new", state="done", outcome="needs-authentication", request=request)
    till = Till(case)
    asked = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert (asked.state, asked.client_secret, asked.payment_method_id) == (
        State.AUTHENTICATE,
        "pi_1_secret_x",
        "pm_new",
    )
    assert till.payments == []


def test_the_same_payment_is_confirmed_with_the_bank_without_any_new_charge():
    case = make_case(family="authentication", decline_code="authentication_required")
    till = Till(case)
    begun = cards.begin_authentication(open_link(case), till, NOW)
    assert begun == Begun("payment", "pi_1_secret_x", "pm_old")
    till.paid()
    assert cards.finish(open_link(case), "pi_1", till, NOW).state == State.PAID
    assert (till.payments, till.setups) == ([], [])


def test_the_page_keeps_its_credit_when_the_news_of_the_payment_came_first():
    case = make_case(family="authentication", state="recovered", via="stripe")
    till = Till(case)
    till.paid()
    cards.finish(open_link(case), "pi_1", till, NOW)
    case.refresh_from_db()
    assert case.via == "card_page"


def test_a_payment_of_another_invoice_is_not_recognized():
    case = make_case()
    till = Till(case)
    till.paid()
    finished = cards.finish(open_link(case), "pi_of_mallory", till, NOW)
    assert finished.state == State.DECLINED
    case.refresh_from_db()
    assert case.state == "failing"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "payment_intent_authentication_failure",
            "The payment was not confirmed with your bank, so nothing was charged.",
        ),
        ("insufficient_funds", "There was not enough money available on your card."),
    ],
)
def test_a_bank_that_says_no_leaves_the_payer_with_what_to_do(code, said):
    case = make_case(family="authentication")
    till = Till(case)
    till.intents["pi_1"] = IntentRead(
        "pi_1",
        "requires_payment_method",
        case.customer_id,
        "pm_old",
        "pi_1_secret_x",
        decline=Decline(code=code, brand="visa"),
    )
    finished = cards.finish(open_link(case), "pi_1", till, NOW)
    assert finished.state == State.DECLINED
    assert words_of(finished).startswith(said)
    assert "use another" in words_of(finished).lower()
