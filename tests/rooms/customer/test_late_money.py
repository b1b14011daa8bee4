"""Late money: whatever became of the case, what is owed can be paid, and what is not is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories import DAY, NOW, make_case, make_connection, make_ruleset
from tests.rooms.customer.test_card_page import text_of, url_of
from tests.rooms.customer.till import PAID, Till, open_link
from tideover import clock
from tideover.core.facts import Learnt, fact
from tideover.customer import views
from tideover.gateways.answers import Unreachable
from tideover.recovery import cards
from tideover.recovery.intake import learn
from tideover.recovery.paying.till import State

pytestmark = pytest.mark.django_db
LATER = NOW + DAY
GIVEN_UP = [Learnt.EXHAUSTED, Learnt.SUBSCRIPTION_ENDED, Learnt.STOPPED]


@pytest.fixture(autouse=True)
def a_day_later():
    clock.travel_to(LATER)
    yield
    clock.travel_to(None)


def ended_by(kind: Learnt):
    """A case that ended so, with the link a message of it carried."""
    case = make_case(make_connection(publishable_key="pk_test_1"))
    link, url = open_link(case), url_of(case)
    learn(case, [fact(kind, NOW)], NOW)
    link.refresh_from_db()
    link.case.refresh_from_db()
    return link, url


@pytest.fixture
def stripe_has(monkeypatch):
    """Lets the page's Stripe be this till."""

    def has(till):
        monkeypatch.setattr(views, "stripe_for", lambda _connection: till)
        return till

    return has


@pytest.mark.parametrize("kind", GIVEN_UP)
def test_an_open_invoice_is_paid_on_its_page_whatever_became_of_the_case(client, stripe_has, kind):
    link, url = ended_by(kind)
    till = stripe_has(Till(link.case, PAID))
    page = client.get(url)
    assert (page.status_code, b"card-form" in page.content) == (200, True)
    assert "tried again" not in text_of(page)
    assert cards.finish(link, till.card_entered(), till, LATER).state == State.PAID
    link.case.refresh_from_db()
    assert (link.case.state, link.case.via, len(till.payments)) == ("recovered", "card_page", 1)
    assert "Thank you" in text_of(client.get(url))


@pytest.mark.parametrize("kind", GIVEN_UP)
@pytest.mark.parametrize(
    ("status", "said"), [("void", "Nothing to pay"), ("uncollectible", "Nothing to pay"), ("paid", "Already paid")]
)
def test_the_truth_is_read_when_the_page_of_an_ended_case_opens(client, stripe_has, kind, status, said):
    """No webhook told, and nobody holds an ended case against Stripe."""
    link, url = ended_by(kind)
    till = stripe_has(Till(link.case))
    till.paid(LATER)
    till.invoice = replace(till.invoice, status=status)
    page = client.get(url)
    assert said in text_of(page)
    assert b"card-form" not in page.content


@pytest.mark.parametrize("kind", [Learnt.VOIDED, Learnt.UNCOLLECTIBLE, Learnt.INVOICE_DELETED])
def test_an_invoice_that_takes_no_payment_says_that_nothing_is_owed(client, stripe_has, kind):
    link, url = ended_by(kind)
    till = stripe_has(Till(link.case))
    till.invoice = None
    assert "Nothing is owed to" in text_of(client.get(url))
    assert cards.begin_setup(link, till, LATER).state == State.CLOSED
    assert (till.setups, till.payments) == ([], [])


def test_a_stripe_that_does_not_answer_leaves_the_page_as_it_is(client, stripe_has):
    link, url = ended_by(Learnt.EXHAUSTED)

    class Silent(Till):
        def read_invoice(self, invoice_id, known=()):
            raise Unreachable("no answer")

    stripe_has(Silent(link.case))
    assert b"card-form" in client.get(url).content


def test_the_page_of_an_open_case_asks_nothing_of_stripe(client, stripe_has):
    case = make_case(make_connection(publishable_key="pk_test_1"))
    stripe_has(None)  # asking it anything would break
    assert client.get(url_of(case)).status_code == 200


# ── the other open invoices ──


@pytest.mark.parametrize("preset", ["tuned", "windback"])
def test_the_page_says_what_it_pays_whatever_the_rules_say_of_a_new_card(client, preset):
    connection = make_connection(publishable_key="pk_test_1")
    make_ruleset(connection.project, preset)
    case = make_case(connection, customer_id="cus_jane")
    make_case(connection, customer_id="cus_jane", amount_due=2500)
    text = text_of(client.get(url_of(case)))
    assert "2 invoices, the oldest first $124.00" in text
    assert "Pay $124.00" in text


def test_of_many_open_invoices_each_is_named_and_in_the_total(client):
    connection = make_connection(publishable_key="pk_test_1")
    make_ruleset(connection.project, "tuned")
    case = make_case(connection, customer_id="cus_jane")
    for number in range(24):
        make_case(connection, customer_id="cus_jane", amount_due=1000 + number)
    text = text_of(client.get(url_of(case)))
    assert [f"$10.{number:02}" in text for number in range(24)] == [True] * 24
    assert "$341.76" in text
