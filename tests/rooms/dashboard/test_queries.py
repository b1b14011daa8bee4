"""How often a page asks the database: a dozen times at most, whatever it shows. What hides in a loop is seen here."""

from __future__ import annotations

from typing import Final

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories as make
from tests.architecture.test_addresses import FOR_STRANGERS, HERS, OWN, World
from tests.people import colleague
from tideover.tenants.roles import Role

pytestmark = pytest.mark.django_db
MOST: Final = 12
HER_PAGES: Final = sorted({*OWN, *HERS} - {*FOR_STRANGERS})


@pytest.fixture
def world(alice, shop, present) -> World:
    """A shop of some months, with colleagues, and something to do."""
    colleague("Dave", alice, Role.SUPPORT)
    case = next(case for case in shop if case.state == "failing" and case.attention)
    make.make_action(case)
    make.make_fact(case)
    make.make_attempt(case, at=present)
    return World(alice, case, make.make_message(case, at=present))


def asked_by(name: str, world: World) -> list[str]:
    """What a page asks, the whole of it read; without the marks of transactions."""
    browser = world.alice.browser()
    address = reverse(name, kwargs=HERS[name](world)) if name in HERS else reverse(name) + OWN[name]
    with CaptureQueriesContext(database) as asked:
        b"".join(browser.get(address))
    return [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_a_page_asks_the_database_a_dozen_times_at_most(world):
    asked = {name: asked_by(name, world) for name in HER_PAGES}
    assert {name: queries for name, queries in asked.items() if len(queries) > MOST} == {}


@pytest.mark.parametrize("cases", [0, 3])
def test_a_customers_page_asks_no_more_whatever_is_known_of_them(cases, alice, present):
    account = make.make_connection(alice.project)
    who = make.make_customer(account)
    make.make_method(who)
    for number in range(cases):
        case = make.make_case(account, customer_id=who.stripe_id, state="recovered", ended_at=present)
        make.make_fact(case, key=f"promised:{number}", kind="promised", detail={"day": "2026-11-30"})
        make.make_event(make.make_message(case, at=present), at=present)
    browser = alice.browser()
    with CaptureQueriesContext(database) as asked:
        browser.get(f"/customers/{who.public_id}/")
    assert len(asked) <= MOST, "\n".join(query["sql"] for query in asked)
