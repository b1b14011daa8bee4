"""The page of an invoice that was sent: since when it is overdue, and Stripe's own page as the way to pay it."""

from __future__ import annotations

import pytest

from tests.factories import NOW, make_case
from tests.fakes import FakeStripe, an_invoice
from tideover.recovery import cards, links
from tideover.recovery.telling.said import Said, Sentence

pytestmark = pytest.mark.django_db
SENT = {"family": "overdue", "first_family": "overdue", "card_brand": "", "card_last4": "", "decline_code": ""}
HOSTED = "https://invoice.stripe.example/i/1"


def opened(client, connection, **values):
    case = make_case(connection, customer_id="cus_1", hosted_url=HOSTED, **{**SENT, **values})
    return client.get(f"/c/{links.make_link(case, message_id=None, now=NOW)}").content.decode()


def test_it_says_what_is_true_and_leads_to_stripes_page(client, connection):
    page = opened(client, connection, opened_at=NOW)
    assert "An invoice is overdue" in page
    assert "It was due on" in page
    assert f'href="{HOSTED}"' in page
    for untrue in ("did not go through", "First tried", "card-message", "another card", "tried again"):
        assert untrue not in page


def test_it_names_no_failed_payment_as_paid_along_with_it_nor_the_other_way_round(client, connection):
    make_case(connection, customer_id="cus_1", description="Failed renewal")
    assert "Failed renewal" not in opened(client, connection, description="Sent audit")
    failed = opened(client, connection, **{**dict.fromkeys(SENT, ""), "family": "no_funds", "first_family": "no_funds"})
    assert "Failed renewal" in failed
    assert "Sent audit" not in failed


def test_no_card_is_taken_for_it_whatever_a_browser_asks(client, connection):
    case = make_case(connection, invoice_id="in_1", customer_id="cus_1", **SENT)
    token = links.make_link(case, message_id=None, now=NOW)
    stripe = FakeStripe(invoice=an_invoice(collection_method="send_invoice", due_at=NOW, attempts=()))
    link = links.find(token, NOW)
    assert cards.begin_setup(link, stripe, NOW).said == Said(Sentence.NOT_HERE)
    assert stripe.writes == []
