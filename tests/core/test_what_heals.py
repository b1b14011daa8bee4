"""What a further try needs before it can succeed: where time does not help, nobody is asked or promised a second one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.planning import DAY, HOUR, OPENED, RECOVER, TUNED, charges, messages, refused
from tests.core.telling import attempt
from tideover.core.declines import HEALS, NOT_BY_ITSELF, Family, Heals
from tideover.core.networks import By
from tideover.core.outcomes import Tried
from tideover.core.planner import Do, DoneStep, explain, last_word
from tideover.core.rules import PRESETS, from_json, to_json

LATER = OPENED + 2 * DAY


def asked(code: str, step: str = "charge-1", **changes: object):
    """A case whose charge of day 1 Stripe would not try."""
    return refused(done=(DoneStep(step, Do.CHARGE, OPENED + DAY, f"refused:{code}"),), **changes)


@pytest.mark.parametrize("code", ["amount_too_small", "mandate_invalid", "resource_missing", "a_code_of_tomorrow"])
@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_a_try_that_stripe_refused_is_asked_for_once(rules, code):
    assert charges(asked(code), rules, LATER) == []


def test_it_is_said_why_it_is_not_asked_again():
    assert explain(asked("amount_too_small"), TUNED, LATER)[-1] == (
        "Stripe refused to try (amount_too_small): somebody must look at it at Stripe, so it is not asked again."
    )


def test_what_passes_by_itself_is_asked_again():
    assert charges(asked("lock_timeout"), TUNED, LATER)


def test_what_only_the_merchant_can_change_is_nothing_to_write_about():
    assert messages(asked("amount_too_small"), TUNED, LATER) == []
    assert messages(replace(refused(), family=Family.UNCHARGEABLE), TUNED, LATER) == []


def test_where_a_new_method_helps_the_customer_is_asked_for_one():
    first = replace(TUNED, messages=TUNED.messages[:1])
    assert messages(asked("mandate_invalid"), first, OPENED)[0].template == "update_card"


def test_a_new_method_is_tried_after_a_refusal():
    case = asked("mandate_invalid", new_method="pm_2", customer_acted_at=LATER)
    assert next(step.step for step in charges(case, TUNED, LATER)) == "charge-on-2"


@pytest.mark.parametrize("by", By)
def test_a_try_by_anyone_since_then_shows_that_it_can_be_tried(by):
    case = asked("amount_too_small")
    case = replace(case, attempts=(*case.attempts, attempt(LATER, by=by)))
    assert charges(case, TUNED, LATER + HOUR)


def test_a_method_that_is_gone_again_leaves_the_old_one_its_tries():
    case = asked("resource_missing", step="charge-on-2", new_method=None)
    assert charges(case, TUNED, LATER)


def test_what_our_own_look_at_the_networks_stopped_is_no_refusal_of_stripes():
    assert charges(refused(done=(DoneStep("charge-1", Do.CHARGE, OPENED + DAY, "refused"),)), TUNED, LATER)


@pytest.mark.parametrize("family", sorted(NOT_BY_ITSELF))
def test_a_promise_to_pay_brings_no_charge_where_time_does_not_help(family):
    case = replace(refused(), family=family, promised_on=(OPENED + 5 * DAY).date())
    assert charges(case, TUNED) == []


def test_a_block_ends_the_tries_on_the_same_card():
    blocked = attempt(OPENED, "rule", outcome=Tried.BLOCKED, counts=False)
    case = replace(refused(), family=Family.BLOCKED, attempts=(blocked,))
    assert charges(case, RECOVER) == []
    assert {step.template for step in messages(case, RECOVER)} >= {"update_card"}


def test_the_last_word_on_a_charge_says_so_too():
    assert last_word(asked("amount_too_small"), TUNED, "charge-2", LATER) is None


def test_rules_from_before_a_kind_of_failure_was_told_apart_are_understood():
    told = to_json(TUNED)
    told["charges"] = {kind: plan for kind, plan in told["charges"].items() if kind not in {"blocked", "unchargeable"}}
    assert from_json(told) == TUNED


def test_every_kind_of_failure_says_what_heals_it():
    assert set(HEALS) == set(Family)
    assert {HEALS[kind] for kind in NOT_BY_ITSELF} == set(Heals) - {Heals.TIME}
