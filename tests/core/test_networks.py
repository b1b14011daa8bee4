"""The card networks' rules: refused before it goes out, with the reason and the day from which it is allowed."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.telling import CARD, PRICE, attempt, local
from tideover.core.declines import VISA_NEVER, Decline
from tideover.core.money import Money
from tideover.core.networks import READ_ON, RULES, Attempt, By, Kind, Sure, budget, rules_for

NOW = local("2026-07-30 12:00", ZoneInfo("UTC"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def declined(brand, *, response=None, advice=None, code="generic_decline", at=NOW - DAY, **changes: object) -> Attempt:
    return attempt(at, decline=Decline(code, None, response, advice, brand), brand=brand, **changes)


@pytest.mark.parametrize("response", sorted(VISA_NEVER))
def test_i8_after_a_visa_category_1_code_the_card_is_never_tried_again(response):
    left = budget("visa", PRICE, [declined("visa", response=response)], NOW, fingerprint=CARD)
    assert (left.allowed, left.earliest_at, left.rule) == (False, None, "visa.never")
    assert response in left.why


@pytest.mark.parametrize("advice", ["03", "21"])
def test_i8_after_mastercards_advice_03_or_21_the_card_is_never_tried_again(advice):
    left = budget("mastercard", PRICE, [declined("mastercard", advice=advice)], NOW, fingerprint=CARD)
    assert (left.allowed, left.earliest_at, left.rule) == (False, None, "mastercard.never")


@pytest.mark.parametrize("brand", ["visa", "mastercard", "amex", "discover", "jcb", None])
@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "revocation_of_authorization", "invalid_account"])
def test_a_dead_card_is_dead_on_every_network(brand, code):
    left = budget(brand, PRICE, [declined(brand, code=code)], NOW, fingerprint=CARD)
    assert (left.allowed, left.earliest_at) == (False, None)


def test_a_payment_that_went_through_later_brings_the_card_back():
    tries = [declined("visa", response="57"), declined("visa", outcome="paid", at=NOW - HOUR)]
    tries[1] = attempt(NOW - HOUR, decline=None, outcome="paid")
    assert budget("visa", PRICE, tries, NOW, fingerprint=CARD).allowed


@pytest.mark.parametrize(
    ("advice", "hours"), [("24", 1), ("25", 24), ("26", 48), ("27", 96), ("28", 144), ("29", 192), ("30", 240)]
)
def test_mastercards_waiting_times_hold_to_the_hour(advice, hours):
    last = declined("mastercard", advice=advice, at=NOW)
    left = budget("mastercard", PRICE, [last], NOW, fingerprint=CARD)
    assert (left.allowed, left.earliest_at) == (False, NOW + hours * HOUR)
    assert budget("mastercard", PRICE, [last], NOW + hours * HOUR, fingerprint=CARD).allowed
    assert not budget("mastercard", PRICE, [last], NOW + hours * HOUR - timedelta(seconds=1)).allowed


@pytest.mark.parametrize("brand", ["visa", "amex", "discover"])
def test_fifteen_tries_of_one_amount_in_30_days_are_the_most(brand):
    tries = [declined(brand, at=NOW - n * DAY) for n in range(1, 16)]
    assert budget(brand, PRICE, tries[:14], NOW, fingerprint=CARD).left == 1
    left = budget(brand, PRICE, tries, NOW, fingerprint=CARD)
    assert (left.allowed, left.earliest_at, left.rule) == (False, NOW + 15 * DAY, f"{brand}.month")
    assert budget(brand, Money(100, "usd"), tries, NOW, fingerprint=CARD).allowed


def test_mastercard_counts_ten_a_day_of_whatever_amount():
    tries = [declined("mastercard", at=NOW - n * HOUR, amount=Money(n, "usd")) for n in range(1, 11)]
    left = budget("mastercard", PRICE, tries, NOW, fingerprint=CARD)
    assert (left.allowed, left.earliest_at, left.rule) == (False, NOW + 14 * HOUR, "mastercard.day")


def test_mastercard_counts_35_of_one_amount_in_30_days():
    tries = [declined("mastercard", at=NOW - n * 20 * HOUR) for n in range(1, 36)]
    left = budget("mastercard", PRICE, tries, NOW, fingerprint=CARD)
    assert (left.allowed, left.rule) == (False, "mastercard.month")


def test_with_more_tries_than_allowed_enough_of_them_must_have_aged():
    tries = [declined("visa", at=NOW - n * DAY) for n in range(1, 18)]
    assert budget("visa", PRICE, tries, NOW, fingerprint=CARD).earliest_at == NOW + 15 * DAY


@pytest.mark.parametrize("by", By)
def test_everybodys_tries_count(by):
    tries = [declined("visa", at=NOW - n * DAY, by=by) for n in range(1, 16)]
    assert not budget("visa", PRICE, tries, NOW, fingerprint=CARD).allowed


def test_a_try_that_never_reached_the_network_does_not_count():
    tries = [declined("visa", at=NOW - n * DAY, counts=False) for n in range(1, 16)]
    assert budget("visa", PRICE, tries, NOW, fingerprint=CARD).left == 15


def test_tries_on_another_card_count_only_where_the_card_is_unknown():
    tries = [declined("visa", at=NOW - n * DAY, fingerprint="fp-other") for n in range(1, 16)]
    assert budget("visa", PRICE, tries, NOW, fingerprint=CARD).allowed
    assert not budget("visa", PRICE, tries, NOW).allowed
    unknown = [declined("visa", at=NOW - n * DAY, fingerprint=None) for n in range(1, 16)]
    assert not budget("visa", PRICE, unknown, NOW, fingerprint=CARD).allowed


def test_a_network_nobody_knows_gets_the_strictest_cap():
    tries = [declined(None, at=NOW - n * DAY) for n in range(1, 16)]
    assert not budget("jcb", PRICE, tries, NOW, fingerprint=CARD).allowed
    assert rules_for("jcb") == rules_for(None) == RULES


def test_a_first_try_is_free():
    left = budget("visa", PRICE, [], NOW)
    assert (left.allowed, left.left, left.earliest_at) == (True, 15, NOW)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 800), st.sampled_from([None, "24", "30"]), st.booleans()), max_size=40),
    st.sampled_from(["visa", "mastercard", "amex", None]),
)
def test_from_the_day_named_in_a_refusal_a_try_is_allowed_and_not_a_second_before(tries, brand):
    made = [declined(brand, advice=advice, at=NOW - hours * HOUR, counts=counts) for hours, advice, counts in tries]
    left, moments = budget(brand, PRICE, made, NOW, fingerprint=CARD), 0
    while not left.allowed:
        assert left.why
        assert left.earliest_at
        assert not budget(brand, PRICE, made, left.earliest_at - timedelta(seconds=1), fingerprint=CARD).allowed
        left = budget(brand, PRICE, made, left.earliest_at, fingerprint=CARD)
        moments += 1
        assert moments < 5


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_where_it_comes_from_and_how_sure_it_is(rule):
    assert rule.source.startswith("https://")
    assert rule.sure in Sure
    assert rule.text
    assert READ_ON.year >= 2026
    assert (rule.kind == Kind.CAP) == (rule.limit > 0)
    assert (rule.kind == Kind.NEVER) == (not rule.window)


def test_no_two_rules_share_an_id():
    assert len({rule.id for rule in RULES}) == len(RULES)
