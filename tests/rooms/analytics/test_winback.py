"""What win-back brought: letters that left, what began by their links, and none of another currency, day or merchant."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.analytics.period import last_days
from tideover.analytics.scope import Scope
from tideover.analytics.winback import WonBack, won_back
from tideover.core.money import Money
from tideover.recovery.places import zone

pytestmark = pytest.mark.django_db
PERIOD = last_days(30, NOW.date(), zone("UTC"))


@pytest.fixture
def connection():
    return make.make_connection()


@pytest.fixture
def scope(connection):
    return Scope(connection.organization_id, connection.project_id, "usd")


def came_back(connection, **plan):
    return make.make_subscription(
        make.make_customer(connection), **{"led_by": "alert_1", "began_at": NOW - DAY, "monthly": 2000, **plan}
    )


def test_what_began_by_a_link_counts_with_what_it_is_a_month(connection, scope):
    came_back(connection)
    came_back(connection, monthly=500)
    came_back(connection, monthly=None)
    assert won_back(scope, PERIOD) == WonBack(0, 3, Money(2500, "usd"), unread=1)


@pytest.mark.parametrize(
    "plan",
    [
        {"led_by": ""},
        {"began_at": NOW - 40 * DAY},
        {"currency": "eur"},
        {"status": "incomplete"},
    ],
    ids=["by itself", "before", "other currency", "never paid"],
)
def test_what_does_not_count(connection, scope, plan):
    came_back(connection, **plan)
    assert won_back(scope, PERIOD).subscriptions == 0


def test_of_another_merchant_nothing_counts(scope):
    came_back(make.make_connection())
    assert won_back(scope, PERIOD) == WonBack(0, 0, Money(0, "usd"), unread=0)


def test_a_letter_counts_on_the_day_it_left(connection, scope):
    case = make.make_case(connection)
    for template, state, at in (
        ("winback_1", "sent", NOW), ("winback_7", "unknown", NOW), ("winback_1", "sent", NOW - 40 * DAY),
        ("failed", "sent", NOW), ("winback_1", "skipped", NOW),
    ):  # fmt: skip
        make.make_message(case, template=template, state=state, at=at)
    assert won_back(scope, PERIOD).letters == 2
