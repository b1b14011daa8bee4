"""An account whose invoices are held from Stripe stays in act mode until they are given back."""

from __future__ import annotations

import pytest

from tests import factories as make
from tideover.ids import public
from tideover.recovery.models import Case
from tideover.recovery.ways.giving_back import why_not_observe

pytestmark = pytest.mark.django_db


def to_observe(person, connection) -> str:
    browser = person.browser()
    answer = browser.post(f"/connections/{public('conn', connection.pk)}/mode/", {"mode": "observe"}, follow=True)
    connection.refresh_from_db()
    return answer.content.decode()


def test_what_is_held_is_given_back_before_an_account_is_only_observed(alice):
    connection = make.make_connection(alice.project, mode="act")
    case = make.make_case(connection, held=True)
    page = to_observe(alice, connection)
    assert "Stripe does not collect 1 open invoice" in page
    assert "Turn recovery off first" in page
    assert connection.mode == "act"
    Case.objects.filter(pk=case.pk).update(held=False)
    assert why_not_observe(connection) == ""
