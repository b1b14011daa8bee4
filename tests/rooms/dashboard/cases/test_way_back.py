"""From a case back to the list it was opened from, and on to its neighbours there."""

from __future__ import annotations

import pytest

from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_case_leads_back_to_the_list_it_was_opened_from_and_on_to_the_next(alice, connection):
    made = [make.make_case(connection, first_family="expired", amount_due=100 * n) for n in (1, 2, 3)]
    make.make_case(connection, first_family="no_funds")
    query = "family=expired&sort=amount"
    listed = alice.browser().get(f"/cases/?{query}").content.decode()
    assert f"/cases/{made[1].public_id}/?family=expired&amp;sort=amount" in listed
    answer = alice.browser().get(f"/cases/{made[1].public_id}/?{query}")
    beside = answer.context["beside"]
    assert (beside.before, beside.after) == (made[0].public_id, made[2].public_id)
    assert (beside.place, beside.cases) == (2, 3)
    assert '<a href="/cases/?family=expired&amp;sort=amount">Cases</a>' in answer.content.decode()


def test_who_acts_on_a_case_stays_in_the_list_it_was_opened_from(alice, case):
    page_of_it = f"/cases/{case.public_id}/"
    left = {"HTTP_REFERER": f"http://testserver{page_of_it}?family=no_funds"}
    answer = alice.browser().post(f"{page_of_it}resume/", **left)
    assert answer.url == f"{page_of_it}?family=no_funds"
    assert alice.browser().post(f"{page_of_it}resume/", HTTP_REFERER="http://evil.example/?x=1").url == page_of_it
