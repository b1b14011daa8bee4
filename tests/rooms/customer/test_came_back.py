"""What a bank sent back is paid on the page, by a payment beside its invoice: exactly what is owed, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import DAY, NOW, hang, make_attempt, make_case, make_clock, make_connection, make_project
from tests.rooms.customer.beside import Counter, came_back, moved
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.test_new_card import NoMail
from tests.rooms.customer.till import open_link
from tideover import clock
from tideover.core.catalogue import Channel
from tideover.core.facts import Learnt
from tideover.recovery import cards, commands
from tideover.recovery.effects import Effects
from tideover.recovery.intake import refresh
from tideover.recovery.models import Attempt, Case, Collection
from tideover.recovery.paying.till import State
from tideover.recovery.reconcile import reconcile
from tideover.recovery.returned import collecting
from tideover.recovery.returned.following import BANK_WAITS_FOR, EVERY, follow
from tideover.recovery.telling.said import Sentence
from tideover.upkeep.invariants import broken

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(connection):
    return came_back(connection)


@pytest.fixture
def counter(case):
    return Counter(case)


def pay(case, till, name="new", *, amount=9900, now=NOW, intent=""):
    """The payer brings a card of this name and agrees to the amount."""
    till.now = now
    link = open_link(Case.objects.get(pk=case.pk))
    return cards.finish(link, intent or till.card_entered(name), till, now, {case.public_id: amount})


def fresh(case):
    return Case.objects.get(pk=case.pk)


def settle_doubts(till, now):
    till.now = now
    reconcile(Effects(stripe_for=lambda _: till, transports={Channel.EMAIL: NoMail()}), now)


def rows(case):
    return [(row.amount, row.collected, row.closed_at is not None) for row in case.collections.order_by("agreed_at")]


# ── the page ──


def test_the_page_says_what_happened_and_takes_a_card_for_exactly_what_is_owed(client, case):
    page = client.get(url_of(case))
    text = text_of(page)
    for said in ("Your bank sent the payment back", "It is owed again", "You can pay it here by card", "Pay $99.00"):
        assert said in text
    assert b"sepa_debit" not in page.content
    assert "write to" not in text


def test_other_ways_that_the_merchant_has_turned_on_are_not_asked_for_it(client):
    connection = make_connection(
        make_project(pay_by_sepa_debit=True, pay_by_link=True), publishable_key="pk_test_alice"
    )
    case = came_back(connection)
    till = Counter(case)
    cards.begin_setup(open_link(case), till, NOW, {case.public_id: 9900})
    assert till.methods == ["card", "link"]


def test_who_has_paid_it_is_thanked_and_asked_for_nothing_more(client, case, counter):
    pay(case, counter)
    page = client.get(url_of(case))
    assert "Thank you" in text_of(page)
    assert b"card-form" not in page.content


# ── it is paid once ──


def test_a_card_pays_it_by_a_payment_of_its_own_and_the_invoice_is_left_alone(case, counter):
    assert pay(case, counter).state == State.PAID
    paid = fresh(case)
    assert (paid.state, paid.via, paid.attention) == ("recovered", "card_page", "")
    assert (paid.amount_recovered, paid.amount_returned) == (9900, 0)
    assert (counter.came, len(counter.made), counter.payments) == (9900, 1, [])
    assert rows(case) == [(9900, 9900, True)]
    [attempt] = Attempt.objects.filter(case=case, charge_id__startswith="ch_pi")
    assert (attempt.by, attempt.outcome, attempt.card_fingerprint) == ("customer", "paid", "fp_new")
    assert not any(broken(NOW + DAY).values())


def test_asked_twice_by_one_form_it_is_one_payment(case, counter):
    intent = counter.card_entered()
    assert [pay(case, counter, intent=intent).state for _ in range(2)] == [State.PAID, State.PAID]
    assert counter.came == 9900


def test_while_one_card_is_being_charged_another_one_is_not(case, counter):
    answers = []

    def in_the_other_window():
        counter.while_paying = lambda: None
        answers.append(pay(case, counter, "second"))

    counter.while_paying = in_the_other_window
    assert pay(case, counter).state == State.PAID
    assert answers[0].state != State.PAID
    assert (counter.came, len(counter.made)) == (9900, 1)


def test_two_windows_that_begin_at_once_have_one_payment_between_them(case, counter):
    def in_the_other_window():
        counter.while_making = lambda: None
        pay(case, counter, "second")

    counter.while_making = in_the_other_window
    pay(case, counter)
    assert (counter.came, fresh(case).state) == (9900, "recovered")


def test_a_card_that_is_refused_leaves_it_owed_and_the_next_one_pays_by_the_same_payment(case, counter):
    assert pay(case, counter, "poor").state == State.DECLINED
    assert (fresh(case).state, fresh(case).owed.minor, rows(case)) == ("failing", 9900, [(9900, 0, False)])
    assert pay(case, counter, "good").state == State.PAID
    assert (counter.came, len(counter.made)) == (9900, 1)
    assert [each.step for each in case.actions.filter(do="charge").order_by("id")] == [
        "charge-returned-1",
        "charge-returned-1-again-2",
    ]


def test_what_the_page_did_not_show_is_not_charged(case, counter):
    finished = pay(case, counter, amount=5000)
    assert (finished.said.sentence, counter.made) == (Sentence.CHANGED, {})


def test_who_was_not_asked_how_much_pays_nothing(case, counter):
    link = open_link(case)
    assert cards.finish(link, counter.card_entered(), counter, NOW).state == State.DECLINED
    assert counter.made == {}


@pytest.mark.parametrize("brand", ["sepa_debit", "us_bank_account", "paypal"])
def test_no_bank_account_is_asked_for_it(case, counter, brand):
    intent = counter.card_entered("account", brand=brand)
    finished = pay(case, counter, intent=intent)
    assert (finished.said.sentence, counter.made, counter.defaults) == (Sentence.BY_CARD, {}, [])


def test_the_network_of_a_card_is_kept_to(case, counter):
    for hours in range(16):
        make_attempt(case, at=NOW - timedelta(hours=hours + 1), card_fingerprint="fp_new", card_brand="visa")
    assert pay(case, counter).said.sentence == Sentence.FORBIDDEN
    assert counter.made == {}


def test_another_merchants_link_knows_nothing_of_the_payment(case, counter):
    pay(case, counter, "asks")
    [intent] = counter.made
    other = make_case(make_connection(publishable_key="pk_test_mallory"))
    link = open_link(other)
    assert cards.finish(link, intent, Counter(other), NOW).said.sentence == Sentence.NOT_RECOGNIZED


def test_in_observe_mode_nothing_is_written_at_stripe_and_the_page_says_whom_to_ask(client):
    case = came_back(make_connection(publishable_key="pk_test_alice", mode="observe"))
    page = client.get(url_of(case))
    assert b"card-form" not in page.content
    assert "please write to" in text_of(page)
    till = Counter(case, may_write=False)
    assert pay(case, till).said.sentence == Sentence.NOT_HERE
    assert (till.made, follow(case.connection, till, NOW + DAY)) == ({}, 0)


# ── the bank asks ──


def test_who_confirms_it_with_their_bank_has_paid(case, counter):
    asked = pay(case, counter, "asks")
    [intent] = counter.made
    assert (asked.state, asked.client_secret) == (State.AUTHENTICATE, f"{intent}_secret_x")
    counter.answers_the_bank(intent)
    assert pay(case, counter, intent=intent).state == State.PAID
    assert (fresh(case).state, fresh(case).via, counter.came) == ("recovered", "card_page", 9900)


def test_who_does_not_confirm_it_is_asked_for_another_card(case, counter):
    pay(case, counter, "asks")
    [intent] = counter.made
    counter.answers_the_bank(intent, yes=False)
    assert pay(case, counter, intent=intent).said.sentence == Sentence.NOT_CONFIRMED
    assert pay(case, counter, "good").state == State.PAID
    assert counter.came == 9900


def test_who_confirms_it_and_never_comes_back_has_paid_all_the_same(case, counter):
    pay(case, counter, "asks")
    [intent] = counter.made
    counter.answers_the_bank(intent)
    assert follow(case.connection, counter, NOW + EVERY) == 1
    assert (fresh(case).state, rows(case)) == ("recovered", [(9900, 9900, True)])


def test_who_lets_a_day_pass_finds_it_owed_as_before(case, counter):
    pay(case, counter, "asks")
    assert follow(case.connection, counter, NOW + EVERY) == 0
    assert follow(case.connection, counter, NOW + BANK_WAITS_FOR) == 1
    assert (counter.live, fresh(case).state) == ([], "failing")
    assert pay(case, counter, "good", now=NOW + BANK_WAITS_FOR).state == State.PAID
    assert counter.came == 9900


def test_a_payment_whose_payer_was_refused_and_went_away_is_dropped(case, counter):
    pay(case, counter, "poor")
    assert follow(case.connection, counter, NOW + EVERY) == 1
    assert (counter.live, rows(case)) == ([], [(9900, 0, True)])


# ── answers are lost ──


@pytest.mark.parametrize(("name", "came"), [("lost_after", 9900), ("lost_before", 0)])
def test_a_lost_answer_is_settled_by_reading_and_never_by_paying(case, counter, name, came):
    finished = pay(case, counter, name)
    assert (finished.state, finished.ask_again) == (State.PROCESSING, True)
    assert pay(case, counter, "second").state != State.PAID or came
    settle_doubts(counter, NOW + timedelta(minutes=20))
    assert (counter.came, fresh(case).state) == (came, "recovered" if came else "failing")
    if not came:
        assert pay(case, counter, "third", now=NOW + DAY).state == State.PAID
    assert counter.came == 9900


def test_what_stripe_has_and_we_have_forgotten_is_taken_in_and_not_paid_again(case, counter):
    """A backup from before the payment was put back."""
    pay(case, counter)
    for table in (Collection.objects, case.actions, Attempt.objects.filter(charge_id__startswith="ch_pi")):
        table.all().delete()
    case.facts.exclude(kind__in=["payment_failed", "received", "paid", "disputed", "came_back"]).delete()
    case.facts.filter(kind="received", key__startswith="received:ch_pi").delete()
    Case.objects.filter(pk=case.pk).update(state="failing", ended_at=None, amount_open=9900, amount_recovered=0)
    assert pay(case, counter, "again").state == State.PAID
    assert (counter.came, len(counter.made), fresh(case).state) == (9900, 1, "recovered")


# ── what is owed changes meanwhile ──


def test_where_more_comes_back_before_it_was_paid_the_payer_agrees_to_that_and_pays_it_once(case, counter):
    pay(case, counter, "poor")
    make_attempt(case, at=NOW - 19 * DAY, outcome="paid", card_brand="sepa_debit", charge_id="py_2", code="")
    moved(case, charge="py_2", amount=1000, at=NOW)
    assert pay(case, counter, "second").said.sentence == Sentence.CHANGED
    assert pay(case, counter, "third", amount=10900).state == State.PAID
    assert (counter.came, counter.live) == (10900, [])


def test_where_the_dispute_is_won_while_the_bank_asks_nothing_is_collected(case, counter):
    pay(case, counter, "asks")
    moved(case, Learnt.DISPUTE_WON, at=NOW + timedelta(minutes=1))
    assert follow(case.connection, counter, NOW + EVERY) == 1
    assert (counter.live, counter.came, fresh(case).state) == ([], 0, "recovered")
    assert pay(case, counter, "good", now=NOW + EVERY).state == State.PAID  # what it says of a paid invoice
    assert counter.came == 0


def test_where_stripe_opens_the_invoice_again_it_is_paid_there(client, case, counter):
    counter.invoice = replace(counter.invoice, status="open", amount_paid=0, amount_remaining=9900)
    finished = pay(case, counter)
    assert (finished.said.sentence, counter.made) == (Sentence.NOT_HERE, {})
    page = client.get(url_of(case))
    assert b"card-form" not in page.content
    assert "Stripe" in text_of(page)


@pytest.mark.parametrize("name", ["asks", "poor"])
def test_what_was_begun_before_stripe_opened_the_invoice_again_is_dropped_as_its_payer_comes(case, counter, name):
    """Who is sent to the invoice's own page must not be able to pay here, too."""
    pay(case, counter, name)
    counter.invoice = replace(counter.invoice, status="open", amount_paid=0, amount_remaining=9900)
    assert pay(case, counter).said.sentence == Sentence.NOT_HERE
    assert (counter.live, rows(case)) == ([], [(9900, 0, True)])


def test_who_never_comes_again_cannot_pay_what_is_paid_at_stripe_either(case, counter):
    pay(case, counter, "asks")
    counter.invoice = replace(counter.invoice, status="open", amount_paid=0, amount_remaining=9900)
    refresh(fresh(case), counter.invoice, NOW)
    assert follow(case.connection, counter, NOW + EVERY) == 1
    assert (counter.live, rows(case)) == ([], [(9900, 0, True)])


def test_a_case_that_a_person_stopped_takes_no_payment_of_it(case, counter):
    commands.stop(case, by="alice", now=NOW)
    assert pay(case, counter).state != State.PAID or counter.came == 0
    assert counter.made == {}


def test_what_comes_back_a_second_time_is_another_debt_and_paid_again(connection):
    case = came_back(connection)
    counter = Counter(case)
    pay(case, counter)
    make_attempt(case, at=NOW, outcome="paid", card_brand="sepa_debit", charge_id="py_3", code="")
    moved(case, charge="py_3", amount=9900, at=NOW + DAY)
    assert fresh(case).state == "failing"
    assert pay(case, counter, "second", now=NOW + DAY).state == State.PAID
    assert (counter.came, rows(case)) == (19800, [(9900, 9900, True), (9900, 9900, True)])


def test_a_payment_that_came_twice_is_seen_by_the_watch(case, counter):
    """Somebody at Stripe confirmed by hand what we had made and dropped."""
    pay(case, counter)
    [intent] = counter.made
    second = counter.made["pi_2"] = type(counter.made[intent])("pi_2", counter.made[intent].debt)
    counter.card_entered("other")
    counter._succeed(second, "pm_other")
    collecting.note(fresh(case), second.read(), NOW)
    assert [place.row for place in broken(NOW + DAY)["never_more_than_came_back"]] == [case.public_id]


# ── on a test clock ──


@pytest.mark.parametrize("shows", [NOW - 20 * DAY, NOW + 20 * DAY], ids=["behind", "ahead"])
def test_a_bank_is_waited_for_by_the_wall_whatever_a_test_clock_shows(case, counter, shows):
    case = hang(case, make_clock(case.connection, shows=shows))
    clock.travel_to(NOW)
    pay(case, counter, "asks", now=shows)
    assert follow(case.connection, counter, NOW + EVERY) == 0
    assert counter.live
    assert follow(case.connection, counter, NOW + BANK_WAITS_FOR) == 1
    assert counter.live == []
    clock.travel_to(None)


def test_on_a_clock_a_payment_is_dated_by_it_and_looked_for_whenever_it_was_made(case, counter):
    """Stripe dates payments by real time: by that one can have come before its debt, or long after."""
    shows = NOW + 20 * DAY
    case = hang(case, make_clock(case.connection, shows=shows))
    clock.travel_to(NOW)
    pay(case, counter, "asks", now=shows)
    assert counter.looked_since
    assert set(counter.looked_since) == {None}
    [intent] = counter.made
    counter.now = NOW
    counter.answers_the_bank(intent)
    assert follow(case.connection, counter, NOW + EVERY) == 1
    clock.travel_to(None)
    assert Attempt.objects.get(case=case, charge_id__startswith="ch_pi").at == shows
    assert fresh(case).ended_at == shows


def test_in_the_world_it_is_looked_for_since_the_first_debt_came_back(case, counter):
    pay(case, counter)
    assert set(counter.looked_since) == {NOW - DAY}
