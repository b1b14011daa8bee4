"""All open invoices of a customer paid at once: each its own charge, the oldest first, and exactly what is chosen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.factories import DAY, NOW, make_attempt, make_case
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.till import ASKS_THE_BANK, NO_FUNDS, PAID, Till, open_link
from tideover.gateways.answers import InvoiceRead
from tideover.inbox.translate import MethodNews
from tideover.recovery import cards
from tideover.recovery.hearing import hear
from tideover.recovery.models import Action, Case
from tideover.recovery.paying import same_card
from tideover.recovery.paying.till import State
from tideover.recovery.telling.said import Sentence

pytestmark = pytest.mark.django_db


class Tills(Till):
    """A Stripe of several invoices of one customer: each with a till of its own, told in the order of the calls."""

    def __init__(self, tills: Mapping[str, Till]) -> None:
        super().__init__(next(iter(Case.objects.filter(invoice_id__in=tills))))
        self.tills = tills
        self.order: list[str] = []

    def read_invoice(self, invoice_id: str, known: object = ()) -> InvoiceRead | None:
        return self.tills[invoice_id].read_invoice(invoice_id)

    def set_default_method(self, read: InvoiceRead, payment_method_id: str, *, key: str) -> None:
        self.tills[read.id].set_default_method(read, payment_method_id, key=key)

    def pay_invoice(self, invoice_id: str, **values):
        self.order.append(invoice_id)
        return self.tills[invoice_id].pay_invoice(invoice_id, **values)


@pytest.fixture
def three(connection):
    """Three invoices of Jane's on one card; the newest is the one whose page it is."""
    ages = [("in_old", 9, 4900), ("in_mid", 5, 1200), ("in_new", 1, 9900)]
    return [
        make_case(
            connection, invoice_id=name, customer_id="cus_jane", opened_at=NOW - age * DAY, amount_due=amount,
            card_fingerprint="fp_jane",
        )
        for name, age, amount in ages
    ]  # fmt: skip


def tills(three, *answers):
    return Tills({case.invoice_id: Till(case, *each) for case, each in zip(three, answers, strict=True)})


def agreed(*cases):
    """What the page writes down of them."""
    return {case.public_id: case.owed.minor for case in cases}


def states(three):
    return [Case.objects.get(pk=case.pk).state for case in three]


# ── a new card ──


def test_one_card_pays_all_three_the_oldest_first_and_each_under_a_key_of_its_own(three):
    stripe = tills(three, [PAID], [PAID], [PAID])
    answer = cards.finish(open_link(three[2]), stripe.card_entered(), stripe, NOW, agreed(*three))
    assert answer.state == State.PAID
    assert stripe.order == ["in_old", "in_mid", "in_new"]
    assert states(three) == ["recovered"] * 3
    keys = {till.payments[0].key for till in stripe.tills.values()}
    assert len(keys) == 3
    assert {till.payments[0].payment_method for till in stripe.tills.values()} == {"pm_new"}
    assert sum(Case.objects.get(pk=case.pk).amount_recovered for case in three) == 4900 + 1200 + 9900


def test_asked_twice_each_is_paid_once(three):
    stripe = tills(three, [PAID], [PAID], [PAID])
    entered = stripe.card_entered()
    for _ in range(2):
        assert cards.finish(open_link(three[2]), entered, stripe, NOW, agreed(*three)).state == State.PAID
    assert len(stripe.order) == 3


def test_the_first_that_fails_ends_it_and_the_answer_names_what_is_paid_and_what_is_not(three):
    stripe = tills(three, [PAID], [NO_FUNDS], [PAID])
    answer = cards.finish(open_link(three[2]), stripe.card_entered(), stripe, NOW, agreed(*three))
    assert (answer.state, answer.said.sentence) == (State.DECLINED, Sentence.DECLINED)
    assert [bill.amount.minor for bill in answer.said.paid] == [4900]
    assert [bill.amount.minor for bill in answer.said.left] == [1200, 9900]
    assert states(three) == ["recovered", "failing", "failing"]
    assert stripe.order == ["in_old", "in_mid"]


def test_what_is_not_chosen_is_not_charged_when_stripe_tells_of_the_card_either(three, connection):
    stripe = tills(three, [], [], [PAID])
    cards.finish(open_link(three[2]), stripe.card_entered(), stripe, NOW, agreed(three[2]))
    news = MethodNews("cus_jane", "pm_new", NOW, renewed=False, event_id="evt_1", brand="visa", fingerprint="fp_new")
    hear(connection, news, NOW)
    assert states(three) == ["failing", "failing", "recovered"]
    assert not Action.objects.filter(case__in=three[:2], step__startswith="charge-on-").exists()
    assert stripe.order == ["in_new"]


def test_the_card_is_remembered_with_each_that_was_chosen_also_once_it_is_the_default(three):
    stripe = tills(three, [PAID], [PAID], [NO_FUNDS])
    entered = stripe.card_entered()
    on_file = stripe.tills["in_new"]

    def becomes_the_default():
        on_file.invoice = replace(on_file.invoice, card=stripe.intents[entered].card)

    stripe.tills["in_old"].while_paying = becomes_the_default
    cards.finish(open_link(three[2]), entered, stripe, NOW, agreed(*three))
    assert [each.facts.filter(kind="card_replaced").count() for each in three] == [1, 1, 1]


def test_the_bank_may_ask_about_each_and_the_question_is_asked_once_more_after_it(three):
    stripe = tills(three, [PAID], [ASKS_THE_BANK], [PAID])
    link, entered, others = open_link(three[2]), stripe.card_entered(), agreed(*three)
    asked = cards.finish(link, entered, stripe, NOW, others)
    assert (asked.state, asked.client_secret) == (State.AUTHENTICATE, "pi_1_secret_x")
    stripe.tills["in_mid"].paid()  # the payer confirmed it with the bank
    assert cards.finish(link, entered, stripe, NOW, others).state == State.PAID
    assert stripe.order == ["in_old", "in_mid", "in_new"]


# ── the same card ──


def test_the_same_card_pays_all_that_are_on_it(three):
    stripe = tills(three, [PAID], [PAID], [PAID])
    assert same_card.try_again(open_link(three[2]), 1, stripe, NOW, agreed(*three)).state == State.PAID
    assert stripe.order == ["in_old", "in_mid", "in_new"]


def test_an_invoice_on_another_card_is_not_paid_by_this_one(three):
    Case.objects.filter(pk=three[0].pk).update(card_fingerprint="fp_other")
    stripe = tills(three, [], [PAID], [PAID])
    same_card.try_again(open_link(three[2]), 1, stripe, NOW, agreed(*three))
    assert stripe.order == ["in_mid", "in_new"]


# ── who may be named ──


def test_another_customers_invoice_is_never_paid_along_whatever_a_form_names(three, connection):
    foreign = make_case(connection, invoice_id="in_foreign", customer_id="cus_mallory")
    euros = make_case(connection, invoice_id="in_euros", customer_id="cus_jane", currency="eur")
    stripe = tills(three, [], [], [PAID])
    cards.finish(open_link(three[2]), stripe.card_entered(), stripe, NOW, agreed(three[2], foreign, euros))
    assert stripe.order == ["in_new"]


# ── the page ──


def test_the_page_names_each_and_the_button_says_the_total(client, three):
    page = client.get(url_of(three[2]))
    text = text_of(page)
    assert "3 invoices, the oldest first $160.00" in text
    assert "Pay $160.00" in text
    assert text.index("$49.00") < text.index("$12.00") < text.index("$99.00")
    picked = re.search(r'<form id="picks".*?</form>', page.content.decode(), re.DOTALL)
    assert picked[0].count("checked") == 3


def test_what_is_unticked_is_neither_in_the_total_nor_in_the_form(client, three):
    page = client.get(url_of(three[2]), {"pick": "1", "in": [three[1].public_id]})
    assert "Pay $111.00" in text_of(page)
    form = re.search(r'<form id="again-form".*?</form>', page.content.decode(), re.DOTALL)[0]
    assert three[1].public_id in form
    assert three[0].public_id not in form
    alone = text_of(client.get(url_of(three[2]), {"pick": "1"}))
    assert "This one only; the others stay open $99.00" in alone


def test_what_cannot_be_paid_along_is_added_to_all_that_can(client, three, connection):
    make_case(connection, invoice_id="in_euros", customer_id="cus_jane", currency="eur", amount_due=2000)
    assert "Together with the above $160.00 and €20.00" in text_of(client.get(url_of(three[2])))


def test_where_the_cards_differ_the_same_card_is_offered_for_those_on_it(client, three):
    Case.objects.filter(pk=three[0].pk).update(card_fingerprint="fp_other")
    assert "again now" not in text_of(client.get(url_of(three[2])))
    assert "again now" in text_of(client.get(url_of(three[2]), {"pick": "1", "in": [three[1].public_id]}))


def test_in_observe_mode_nothing_is_to_be_chosen(client, three, connection):
    type(connection).objects.filter(pk=connection.pk).update(mode="observe")
    Case.objects.update(hosted_url="https://invoice.stripe.example/i/1")
    page = client.get(url_of(three[2]))
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page.content.decode())
    assert boxes == ['<input type="checkbox" name="on">'], "that of who has it forwarded, and none of an invoice"
    assert "Paying here is for $99.00 only." in text_of(page)


def test_the_budget_of_each_is_its_own(three):
    for day in range(1, 16):
        make_attempt(three[1], at=NOW - day * DAY, card_fingerprint="fp_jane")
    stripe = tills(three, [PAID], [], [])
    answer = same_card.try_again(open_link(three[2]), 1, stripe, NOW, agreed(*three))
    assert answer.said.sentence == Sentence.FORBIDDEN
    assert stripe.order == ["in_old"]
    assert len(answer.said.left) == 2
