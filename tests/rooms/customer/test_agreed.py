"""What is charged is what the pressed button said: where the amount has changed since, the payer is asked again."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.http import QueryDict

from tests.factories import NOW, make_case
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.test_several import Tills
from tests.rooms.customer.till import ASKS_THE_BANK, PAID, Till, open_link
from tideover.customer.entering import agreed_in
from tideover.inbox.translate import MethodNews
from tideover.recovery import cards
from tideover.recovery.hearing import hear
from tideover.recovery.models import Action, Case
from tideover.recovery.paying import same_card
from tideover.recovery.paying.till import State
from tideover.recovery.telling.said import Sentence

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(connection):
    return make_case(connection, customer_id="cus_jane", card_fingerprint="fp_jane")


def on_the_page(client, case):
    """What the page wrote down for its buttons."""
    [agreed] = set(re.findall(r'name="agreed"[^>]* value="([^"]*)"', client.get(url_of(case)).content.decode()))
    return agreed_in(QueryDict(f"agreed={agreed}"))


def changed(till, amount):
    """The merchant has granted or asked for something since the page was opened, and no news of it has come."""
    till.invoice = replace(till.invoice, amount_remaining=amount)


def with_a_new_card(case, till, agreed):
    return cards.finish(open_link(case), till.card_entered(), till, NOW, agreed)


def with_the_same_card(case, till, agreed):
    return same_card.try_again(open_link(case), 1, till, NOW, agreed)


PAYS = [with_a_new_card, with_the_same_card]


@pytest.mark.parametrize("pay", PAYS)
@pytest.mark.parametrize("amount", [5000, 12000])
def test_an_amount_that_changed_is_not_charged_until_the_payer_has_seen_it(client, case, pay, amount):
    till, agreed = Till(case, PAID), on_the_page(client, case)
    changed(till, amount)
    refused = pay(case, till, agreed)
    assert (refused.state, refused.said.sentence) == (State.DECLINED, Sentence.CHANGED)
    assert (till.payments, till.defaults) == ([], [])
    assert f"Pay ${amount // 100}.00" in text_of(client.get(url_of(case)))
    assert pay(case, till, on_the_page(client, case)).state == State.PAID
    assert len(till.payments) == 1


@pytest.mark.parametrize("pay", PAYS)
def test_of_several_none_is_charged_where_one_has_changed(client, case, connection, pay):
    older = make_case(
        connection, customer_id="cus_jane", card_fingerprint="fp_jane", amount_due=4900, opened_at=NOW.replace(day=2)
    )
    tills = {each.invoice_id: Till(each, PAID) for each in (older, case)}
    stripe, agreed = Tills(tills), on_the_page(client, case)
    assert agreed == {older.public_id: 4900, case.public_id: 9900}
    changed(tills[case.invoice_id], 8900)
    assert pay(case, stripe, agreed).said.sentence == Sentence.CHANGED
    assert stripe.order == []
    assert pay(case, stripe, on_the_page(client, case)).state == State.PAID
    assert stripe.order == [older.invoice_id, case.invoice_id]


def test_news_of_the_card_does_not_charge_what_nobody_agreed_to(client, case, connection):
    till, agreed = Till(case), on_the_page(client, case)
    changed(till, 12000)
    with_a_new_card(case, till, agreed)
    hear(connection, MethodNews("cus_jane", "pm_new", NOW, renewed=False, event_id="evt_1", brand="visa"), NOW)
    assert not Action.objects.filter(case=case, step__startswith="charge-on-").exists()


@pytest.mark.parametrize("begin", [cards.begin_setup, cards.begin_authentication])
def test_neither_stripes_form_nor_the_banks_question_opens_for_an_amount_that_changed(case, begin):
    till = Till(case)
    changed(till, 12000)
    assert begin(open_link(case), till, NOW, {case.public_id: 9900}).said.sentence == Sentence.CHANGED
    assert till.setups == []


@pytest.mark.parametrize("pay", PAYS)
def test_who_answered_the_bank_hears_what_became_of_it(client, case, pay):
    till, agreed = Till(case, ASKS_THE_BANK), on_the_page(client, case)
    assert pay(case, till, agreed).state == State.AUTHENTICATE
    till.paid()
    assert pay(case, till, agreed).state == State.PAID
    assert len(till.payments) == 1


@pytest.mark.parametrize(
    "sent", ["", "nonsense", "case_x:", "case_x:9900", "%s:-9900", "%s:9900.0", "%s 9900", f"%s:{'9' * 5000}"]
)
@pytest.mark.parametrize("pay", PAYS)
def test_what_no_page_wrote_down_agrees_to_nothing(case, pay, sent):
    till = Till(case)
    agreed = agreed_in(QueryDict(f"agreed={sent.replace('%s', case.public_id)}"))
    assert pay(case, till, agreed).said.sentence == Sentence.CHANGED
    assert till.payments == []


def test_without_a_script_the_page_says_that_the_amount_has_changed(client, case):
    Case.objects.update(amount_open=12000)
    text = text_of(client.get(f"{url_of(case)}?said=changed"))
    assert "The amount is not the one that this page showed any more, so it was not charged." in text
    assert "Pay $120.00" in text
