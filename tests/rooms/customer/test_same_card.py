"""The same card once more: asked for by the payer, made once, inside the networks' budget, and never in observe mode."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.factories import DAY, NOW, make_action, make_attempt, make_case
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.till import ASKS_THE_BANK, NO_FUNDS, PAID, Till, open_link
from tideover.core.ways.doors import BREATH
from tideover.gateways.answers import Busy, Unknown
from tideover.recovery import claims
from tideover.recovery.models import Action, Attempt
from tideover.recovery.paying import same_card
from tideover.recovery.paying.till import State
from tideover.recovery.telling.said import Sentence

pytestmark = pytest.mark.django_db


def again(case, till, number=1, now=NOW):
    return same_card.try_again(open_link(case), number, till, now)


def spend(case):
    """Fourteen tries beside the one that Stripe tells of: as many as Visa allows."""
    for day in range(2, 16):
        make_attempt(case, at=NOW - day * DAY, card_fingerprint=case.card_fingerprint)


# ── the good way ──


def test_it_is_a_charge_of_what_is_on_file_with_the_payer_there():
    case = make_case()
    till = Till(case, PAID)
    assert again(case, till).state == State.PAID
    action = Action.objects.get(case=case, step="charge-again-1")
    [payment] = till.payments
    assert (payment.key, payment.payment_method, payment.off_session) == (action.key, None, False)
    case.refresh_from_db()
    assert (case.state, case.amount_recovered, case.via) == ("recovered", 9900, "card_page")


def test_a_refusal_says_why_counts_as_the_customers_try_and_leaves_the_case_open():
    case = make_case()
    till = Till(case, NO_FUNDS)
    answer = again(case, till)
    assert (answer.state, answer.said.sentence) == (State.DECLINED, Sentence.DECLINED)
    assert Attempt.objects.get(charge_id="ch_no").by == "customer"
    case.refresh_from_db()
    assert case.state == "failing"


def test_a_bank_that_asks_is_answered_on_the_page():
    case = make_case()
    answer = again(case, Till(case, ASKS_THE_BANK))
    assert (answer.state, answer.client_secret) == (State.AUTHENTICATE, "pi_1_secret_x")


# ── never twice ──


def test_a_form_sent_twice_is_one_try_and_the_second_hears_what_the_first_came_to():
    case = make_case()
    till = Till(case, NO_FUNDS, PAID)
    assert again(case, till).state == again(case, till).state == State.DECLINED
    assert len(till.payments) == 1


def test_two_tabs_at_once_are_one_try():
    case = make_case()
    till = Till(case, PAID, PAID)
    seen = []
    till.while_paying = lambda: seen.append(again(case, till).state)
    again(case, till)
    assert seen == [State.PROCESSING]
    assert len(till.payments) == 1


def test_the_next_number_is_a_try_of_its_own_after_a_breath():
    case = make_case()
    till = Till(case, NO_FUNDS, PAID)
    again(case, till)
    at_once = again(case, till, number=2)
    assert (at_once.said.sentence, at_once.said.earliest_at) == (Sentence.FORBIDDEN, NOW + BREATH)
    assert again(case, till, number=2, now=NOW + BREATH).state == State.PAID
    assert len(till.payments) == 2


@pytest.mark.parametrize("number", [0, 2, 999])
def test_a_number_that_no_page_named_charges_nothing(number):
    case = make_case()
    till = Till(case)
    assert again(case, till, number=number).said.sentence == Sentence.NOT_RECOGNIZED
    assert till.payments == []


def test_a_charge_of_ours_that_is_under_way_is_waited_for():
    case = make_case()
    make_action(case, due_at=NOW - DAY)
    claims.claim_due(NOW)
    till = Till(case)
    answer = again(case, till)
    assert (answer.state, answer.ask_again, till.payments) == (State.PROCESSING, True, [])


def test_an_answer_that_is_lost_is_asked_for_and_never_charged_beside():
    case = make_case()
    till = Till(case, Unknown("cut off"), PAID)
    assert again(case, till).said.sentence == Sentence.IN_DOUBT
    assert again(case, till).said.sentence == Sentence.IN_DOUBT
    assert len(till.payments) == 1
    assert Action.objects.get(case=case, step="charge-again-1").state == "claimed"


def test_where_stripe_has_no_time_nothing_is_charged_later_without_the_payer():
    case = make_case()
    till = Till(case, Busy("too many requests", timedelta(seconds=5)))
    assert again(case, till).said.sentence == Sentence.NOT_REACHED
    assert not Action.objects.filter(case=case, state="planned", step="charge-again-1").exists()


# ── inside the budget ──


def test_a_spent_budget_makes_no_call_and_the_page_says_when_it_opens(client, connection):
    case = make_case(connection)
    spend(case)
    till = Till(case)
    refused = again(case, till)
    assert (refused.said.sentence, refused.said.earliest_at) == (Sentence.FORBIDDEN, NOW + 15 * DAY)
    assert till.payments == []
    text = text_of(client.get(url_of(case)))
    assert "No more tries with Visa •••• 4242 are allowed until Sat, Dec 5, 7:00 AM" in text.replace("\u202f", " ")
    assert "again now" not in text


def test_the_page_offers_it_where_it_helps_and_names_the_card(client, connection):
    text = text_of(client.get(url_of(make_case(connection))))
    assert "Visa •••• 4242, again now If money has arrived since" in text
    for values in ({"family": "expired"}, {"family": "card_dead"}, {"card_brand": "us_bank_account"}):
        assert "again now" not in text_of(client.get(url_of(make_case(connection, **values))))


def test_who_was_just_refused_reads_in_how_many_minutes(client, connection):
    case = make_case(connection)
    make_attempt(case, at=NOW - timedelta(minutes=2), by="customer", card_fingerprint=case.card_fingerprint)
    assert "can be asked again in 8 minutes" in text_of(client.get(url_of(case)))


# ── the form ──


@pytest.mark.parametrize("hinder", [{"mode": "observe"}, {"publishable_key": ""}])
def test_where_we_may_not_charge_it_is_neither_offered_nor_done(client, connection, hinder):
    case = make_case(connection, hosted_url="https://invoice.stripe.example/i/1")
    url = url_of(case)
    type(connection).objects.filter(pk=connection.pk).update(**hinder)
    assert "again now" not in text_of(client.get(url))
    assert client.post(f"{url}/again", {"try": "1"})["Location"] == f"{url}?said=not_here"
    assert not Action.objects.filter(case=case).exists()


def test_without_a_script_the_answer_stands_on_the_page(client, connection):
    case = make_case(connection, hosted_url="https://invoice.stripe.example/i/1")
    type(connection).objects.filter(pk=connection.pk).update(api_base="http://127.0.0.1:9")
    answer = client.post(f"{url_of(case)}/again", {"try": "1"}, follow=True)
    assert "The payment service could not be reached. Nothing was charged." in text_of(answer)


def test_a_refusal_is_told_with_its_reason_and_words_from_elsewhere_are_not(client, connection):
    case = make_case(connection)
    make_attempt(case)
    assert "Use another card" in text_of(client.get(f"{url_of(case)}?said=declined"))
    assert "mallory" not in client.get(f"{url_of(case)}?said=mallory").content.decode()


@pytest.mark.parametrize(
    "said", ["thanks", "closed", "bank_debit", "being_checked", "later", "in_doubt", "another_try"]
)
def test_an_address_that_was_kept_never_says_of_what_is_open_that_nothing_is_to_be_done(client, connection, said):
    page = client.get(f"{url_of(make_case(connection))}?said={said}").content.decode()
    assert re.search(r'<div id="card-message" class="message" [^>]* hidden></div>', page)


def test_a_charge_in_doubt_is_told_as_long_as_it_is(client, connection):
    case = make_case(connection)
    again(case, Till(case, Unknown("cut off")))
    assert "The bank has not answered yet." in text_of(client.get(f"{url_of(case)}?said=in_doubt"))
