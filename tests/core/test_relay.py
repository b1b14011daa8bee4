"""The relay: our tries come after Stripe's last, whenever that is, and never more than the networks bear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.planning import DAY, HOUR, OPENED, charges, refused
from tests.core.telling import attempt
from tideover.core.declines import Family, leading
from tideover.core.networks import By
from tideover.core.relay import foreseen
from tideover.core.rules import PRESETS, Coexistence, from_json, to_json

RELAY = PRESETS["relay"]
IN_TWO_WEEKS = (1, 2, 4, 6, 8, 10, 12, 14)


def after_stripe(days, **changes):
    """A case that Stripe has tried again on these days."""
    tried = [attempt(OPENED + day * DAY, by=By.STRIPE) for day in (0, *days)]
    return refused(attempts=tuple(tried), **changes)


def planned(case, now):
    return [(step.at - OPENED).days for step in charges(case, RELAY, now)]


def test_after_two_weeks_of_stripe_ours_are_on_days_17_21_24_and_27():
    assert planned(after_stripe(IN_TWO_WEEKS), OPENED + 14 * DAY + HOUR) == [17, 21, 24, 27]


def test_they_are_planned_so_from_the_first_failure_on():
    case = after_stripe((), stripe_next_attempt_at=OPENED + DAY)
    assert planned(case, OPENED) == [17, 21, 24, 27]
    assert "Stripe itself still tries" in charges(case, RELAY)[0].why


@pytest.mark.parametrize(
    ("tried", "ours"), [((1, 3, 5, 7), [10, 14, 17, 20, 24, 28]), ((2,), [5, 9, 12, 15, 19, 23, 26])]
)
def test_where_stripe_ends_early_ours_go_on_from_there(tried, ours):
    now = OPENED + tried[-1] * DAY + HOUR
    assert planned(after_stripe(tried), now) == ours
    assert "Stripe itself tries no more" in charges(after_stripe(tried), RELAY, now)[0].why


def test_where_stripe_goes_on_longer_ours_wait():
    case = after_stripe(IN_TWO_WEEKS, stripe_next_attempt_at=OPENED + 20 * DAY)
    assert planned(case, OPENED + 15 * DAY) == [23, 27]


def test_where_stripe_does_not_retry_the_days_are_those_of_tuned():
    assert planned(refused(), OPENED) == [1, 2, 3, 6, 10, 16, 21, 27]


def test_no_more_than_twelve_retries_by_anyone():
    tried = tuple(range(1, 12))
    assert len(planned(after_stripe(tried), OPENED + 11 * DAY + HOUR)) == 1


def test_a_method_that_cannot_be_charged_again_has_no_relay():
    case = replace(after_stripe(IN_TWO_WEEKS), family=Family.CARD_DEAD)
    assert planned(case, OPENED + 15 * DAY) == []


@pytest.mark.parametrize("changes", [{"coexistence": Coexistence.TAKE_OVER}, {"relay": ()}])
def test_where_we_take_over_there_is_nobody_to_relay(changes):
    rules = replace(RELAY, **changes)
    assert "relay" not in charges(after_stripe((1,)), rules, OPENED + DAY + HOUR)[0].rule.split(".")[2:]


def test_a_relay_survives_being_written_down_and_rules_without_one_read_as_before():
    assert from_json(to_json(RELAY)) == RELAY
    assert "relay" not in to_json(PRESETS["tuned"])


@pytest.mark.parametrize(
    ("kinds", "leads"),
    [
        ((), Family.OTHER),
        ((Family.NO_FUNDS, Family.REFUSED, Family.OTHER), Family.NO_FUNDS),
        ((Family.NO_FUNDS, Family.TECHNICAL), Family.NO_FUNDS),
        ((Family.REFUSED, Family.NO_FUNDS), Family.NO_FUNDS),
        ((Family.REFUSED, Family.OTHER), Family.REFUSED),
        ((Family.OTHER, Family.REFUSED), Family.REFUSED),
        ((Family.NO_FUNDS, Family.CARD_DEAD), Family.CARD_DEAD),
        ((Family.NO_FUNDS, Family.WRONG_DATA), Family.WRONG_DATA),
        ((Family.EXPIRED, Family.REFUSED), Family.EXPIRED),
        ((Family.AUTHENTICATION, Family.NO_FUNDS), Family.NO_FUNDS),
    ],
)
def test_the_first_that_tells_something_keeps_its_days_and_what_is_stricter_moves_it(kinds, leads):
    assert leading(kinds) == leads


# ── what is foreseen of Stripe's own ──

HABIT = (1, 3, 5, 8)


def ahead(case, now=OPENED):
    return [((each.at - OPENED) / DAY, each.announced) for each in foreseen(case, HABIT, now)]


def test_the_next_try_is_announced_and_those_after_it_fall_on_the_days_of_its_habit():
    case = refused(stripe_next_attempt_at=OPENED + 2 * DAY)
    assert ahead(case) == [(2, True), (3, False), (5, False), (8, False)]


def test_where_stripe_announces_nothing_nothing_is_foreseen():
    assert ahead(refused(stripe_next_attempt_at=None)) == []


def test_an_announced_try_that_is_past_is_not_foreseen_and_what_follows_it_is():
    case = refused(stripe_next_attempt_at=OPENED + 3 * DAY)
    assert ahead(case, OPENED + 4 * DAY) == [(5, False), (8, False)]


def test_on_the_day_of_an_announced_try_no_other_is_foreseen():
    case = refused(stripe_next_attempt_at=OPENED + 3 * DAY - HOUR)
    assert [announced for _, announced in ahead(case)] == [True, False, False]


@pytest.mark.parametrize(
    "change", [{"family": Family.EXPIRED}, {"brand": "sepa_debit"}, {"needs_authentication": True}]
)
def test_where_time_does_not_help_or_no_card_failed_only_what_is_announced_is_foreseen(change):
    case = replace(refused(stripe_next_attempt_at=OPENED + 2 * DAY), **change)
    assert ahead(case) == [(2, True)]
