"""One more try that a payer asks for: inside the networks' budget, and not in the same breath as the last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tideover.core.again import BREATH, left
from tideover.core.declines import Decline
from tideover.core.money import Money
from tideover.core.outcomes import Tried
from tideover.core.tries import Attempt, By

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PRICE = Money(9900, "usd")


def tried(hours: float, by: By = By.STRIPE, **decline: str) -> Attempt:
    told = Decline(**{"code": "insufficient_funds", "brand": "visa", **decline})
    return Attempt(NOW - timedelta(hours=hours), by, PRICE, Tried.DECLINED, told, "fp_1", "visa")


def asked(*attempts: Attempt, brand: str = "visa", fingerprint: str = "fp_1"):
    return left(brand, PRICE, attempts, NOW, fingerprint=fingerprint)


def test_it_is_allowed_at_any_time_that_the_networks_allow():
    assert asked(tried(1)).allowed
    assert asked(tried(0.01, By.US)).allowed


def test_everybodys_tries_use_the_networks_budget_up_and_it_opens_when_the_oldest_is_a_month_old():
    spent = [tried(24 * day, by) for day, by in zip(range(1, 16), [*By] * 5, strict=True)]
    assert not asked(*spent).allowed
    assert asked(*spent).earliest_at == spent[-1].at + timedelta(days=30)
    assert asked(*spent[1:]).left == 1


@pytest.mark.parametrize("said", [{"network_decline_code": "04"}, {"code": "stolen_card"}])
def test_after_a_never_it_does_not_open_again(said):
    budget = asked(tried(1, **said))
    assert (budget.allowed, budget.earliest_at) == (False, None)


def test_who_was_just_refused_takes_a_breath_first():
    moment = timedelta(minutes=3) / timedelta(hours=1)
    budget = asked(tried(moment, By.CUSTOMER))
    assert (budget.allowed, budget.earliest_at) == (False, NOW - timedelta(minutes=3) + BREATH)
    assert asked(replace(tried(moment, By.CUSTOMER), fingerprint="fp_2")).allowed
    assert asked(tried(moment, By.CUSTOMER), fingerprint="fp_2").allowed
