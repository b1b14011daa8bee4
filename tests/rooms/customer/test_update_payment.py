"""The card page by its invoice: for who brings the link's token, and for nobody else; looking changes nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_case
from tideover import clock
from tideover.recovery import links
from tideover.recovery.models import Link

pytestmark = pytest.mark.django_db


def test_with_its_token_an_invoice_leads_to_its_card_page_and_nothing_is_changed():
    case = make_case()
    token = links.make_link(case, message_id=None, now=clock.now())
    before = Link.objects.values().get()
    for ask in (Client().get, Client().head):
        answer = ask(f"/api/update-payment/{case.invoice_id}?token={token}")
        assert (answer.status_code, answer["Location"]) == (302, f"/c/{token}")
    assert Link.objects.values().get() == before


def test_without_the_token_or_with_that_of_another_invoice_nothing_is_there():
    case, other = make_case(), make_case()
    of_other = links.make_link(other, message_id=None, now=clock.now())
    absent = Client().get("/api/update-payment/in_absent")
    for query in ("", "?token=", "?token=wrong", f"?token={of_other}"):
        answer = Client().get(f"/api/update-payment/{case.invoice_id}{query}")
        assert (answer.status_code, answer.content) == (absent.status_code, absent.content)
    assert absent.status_code in {404, 410}


def test_it_takes_no_form():
    case = make_case()
    token = links.make_link(case, message_id=None, now=clock.now())
    assert Client().post(f"/api/update-payment/{case.invoice_id}?token={token}").status_code == 405
