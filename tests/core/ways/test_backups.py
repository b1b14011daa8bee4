"""Backup methods: when another method of the customer's is charged, and every reason for which none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.planning import DAY, HOUR, NEW_YORK, OPENED, RECOVER, REVGUARD, TUNED, UTC_ZONE, WINDBACK, messages
from tests.core.telling import failed
from tideover.core.case import State
from tideover.core.catalogue import Template
from tideover.core.declines import HEALS, Family, Heals
from tideover.core.methods import DEBITS, fits, named
from tideover.core.planner import Do, DoneStep, Situation, explain, last_word, plan
from tideover.core.rules import PRESETS, Coexistence
from tideover.core.steps import Backup, Receipt, read
from tideover.core.ways.backups import AFTER_DAYS, FRESH_FOR, MOST, receipt

AGREED = "the customer agreed to it on Mon 6 Jul"


def may(family: Family = Family.NO_FUNDS, **changes: object) -> Situation:
    return failed(OPENED, UTC_ZONE, family, backup_allowed=AGREED, **changes)


def backups(case, rules=WINDBACK, now=OPENED):
    return [step for step in plan(case, rules, None, now) if isinstance(read(step.step), Backup)]


def was_tried(number: int, outcome: str, at=OPENED + 3 * DAY) -> DoneStep:
    return DoneStep(Backup(number).key, Do.CHARGE, at, outcome)


# ── when ──


def test_without_consent_or_contract_there_is_none():
    assert backups(replace(may(), backup_allowed="")) == []


def test_it_comes_three_days_after_the_failure_and_says_why():
    [step] = backups(may())
    assert step.at == OPENED + AFTER_DAYS * DAY
    assert step.why == (
        "3 days after the failure another method of the customer's is charged, once:"
        " the customer agreed to it on Mon 6 Jul."
    )
    assert step.rule == "windback.backup"


def test_three_days_are_days_of_the_customers_calendar():
    [step] = backups(replace(may(), zone=NEW_YORK))
    assert step.at.astimezone(NEW_YORK).time() == OPENED.astimezone(NEW_YORK).time()


def test_who_was_told_of_nothing_while_recovery_was_off_has_these_days_from_then_on():
    [step] = backups(may(live_since=OPENED + 2 * DAY), TUNED, OPENED + 2 * DAY)
    assert step.at == OPENED + (2 + AFTER_DAYS) * DAY
    assert step.why.startswith("3 days after recovery was turned on another method")
    assert backups(may(live_since=OPENED - DAY))[0].at == OPENED + AFTER_DAYS * DAY


def test_the_days_during_which_a_payment_plan_stood_are_not_counted():
    rested = 38 * DAY
    now = OPENED + rested + HOUR
    [step] = backups(may(rested=rested), WINDBACK, now)
    assert step.at == OPENED + rested + AFTER_DAYS * DAY
    assert step.why.startswith("3 days after the failure, not counting the time of a payment plan, another method")
    assert backups(may(), WINDBACK, now) == [], "without a plan the window has long ended"


@given(
    rules=st.sampled_from(sorted(PRESETS)),
    family=st.sampled_from(sorted(Family)),
    theirs=st.none() | st.integers(1, 20 * 24).map(lambda hours: OPENED + hours * HOUR),
    after=st.integers(0, 27 * 24),
)
def test_it_keeps_its_distance_from_every_other_try_and_stays_in_the_window(rules, family, theirs, after):
    chosen, now = PRESETS[rules], OPENED + after * HOUR
    case = may(family, stripe_next_attempt_at=theirs if theirs and theirs > now else None)
    for step in backups(case, chosen, now):
        others = [each.at for each in plan(case, chosen, None, now) if each.do == Do.CHARGE and each != step]
        gap = chosen.min_gap_hours * HOUR
        assert all(abs(step.at - at) >= gap for at in (*others, *case.tries))
        if case.stripe_next_attempt_at and chosen.coexistence == Coexistence.COEXIST:
            assert abs(step.at - case.stripe_next_attempt_at) >= chosen.stripe_clear_hours * HOUR
        assert now <= step.at
        assert OPENED + AFTER_DAYS * DAY <= step.at <= OPENED + (chosen.window_days + 1) * DAY


@pytest.mark.parametrize("rules", [RECOVER, REVGUARD, TUNED])
def test_the_main_methods_own_tries_stay_where_they_are(rules):
    with_it, without = may(), replace(may(), backup_allowed="")
    own = [step for step in plan(with_it, rules, None, OPENED) if not isinstance(read(step.step), Backup)]
    assert [(step.step, step.at) for step in own if step.do == Do.CHARGE] == [
        (step.step, step.at) for step in plan(without, rules, None, OPENED) if step.do == Do.CHARGE
    ]


def test_a_pause_and_a_promise_hold_it_too():
    until = OPENED + 5 * DAY
    assert backups(may(paused_until=until))[0].at == until
    promised = may(promised_on=(OPENED + 6 * DAY).date())
    assert backups(promised)[0].at > OPENED + 6 * DAY


def test_what_the_customer_brought_is_tried_first():
    acted = OPENED + 3 * DAY - HOUR
    case = may(new_method="pm_new", customer_acted_at=acted)
    assert backups(case, WINDBACK, acted)[0].at >= acted + DAY


# ── why none ──


@pytest.mark.parametrize("family", [kind for kind in Family if HEALS[kind] not in {Heals.TIME, Heals.NEW_METHOD}])
def test_where_a_person_must_act_no_other_method_is_charged(family):
    assert backups(may(family)) == []


@pytest.mark.parametrize("family", [Family.REVOKED, Family.BLOCKED])
def test_what_the_customer_or_stripe_forbade_is_not_passed_by_with_another_method(family):
    assert backups(may(family)) == []
    assert any("not passed by with another method" in why for why in explain(may(family), WINDBACK, OPENED))


def test_while_the_bank_waits_for_the_customer_there_is_none():
    assert backups(may(needs_authentication=True)) == []


@pytest.mark.parametrize("changes", [{"processing": True}, {"may_charge": False}, {"state": State.RECOVERED}])
def test_neither_while_a_debit_is_under_way_nor_in_observe_mode_nor_for_what_is_paid(changes):
    assert backups(may(**changes)) == []


def test_each_of_them_is_tried_once_and_two_at_most():
    case = may(done=(was_tried(1, "declined:generic_decline"),))
    [second] = backups(case, now=OPENED + 3 * DAY)
    assert (read(second.step), second.at) == (Backup(2), OPENED + 4 * DAY)
    tried = (was_tried(1, "declined"), was_tried(MOST, "declined", OPENED + 4 * DAY))
    assert backups(replace(case, done=tried), now=OPENED + 5 * DAY) == []


def test_while_one_is_out_the_next_is_not_planned_and_its_own_last_word_stands():
    case = may(done=(was_tried(1, "claimed"),))
    now = OPENED + 3 * DAY
    assert backups(case, now=now) == []
    assert last_word(case, WINDBACK, Backup(1).key, now).at <= now


def test_where_nothing_else_was_saved_nobody_looks_again():
    assert backups(may(done=(was_tried(1, "skipped"),)), now=OPENED + 4 * DAY) == []


def test_a_refusal_of_another_method_does_not_end_the_main_ones_tries():
    case = may(done=(was_tried(1, "refused:payment_method_unexpected_state"),))
    assert case.refused is None


# ── the receipt ──


def test_who_was_charged_otherwise_than_expected_is_told_once_in_sending_hours():
    paid_at = OPENED + 3 * DAY + 14 * HOUR  # midnight
    case = may(state=State.RECOVERED, backup_paid_at=paid_at)
    [told] = plan(case, WINDBACK, None, paid_at)
    assert (told.template, told.do, read(told.step)) == (Template.BACKUP, Do.MESSAGE, Receipt())
    assert told.at.hour == WINDBACK.sending.opens
    done = DoneStep(told.step, Do.MESSAGE, told.at, "sent", told.template, told.tone)
    assert plan(replace(case, done=(done,)), WINDBACK, None, told.at) == ()


def test_what_was_paid_by_the_main_method_or_long_ago_has_no_receipt():
    case = may(state=State.RECOVERED)
    assert plan(case, WINDBACK, None, OPENED) == ()
    assert receipt(replace(case, backup_paid_at=OPENED), WINDBACK, OPENED + FRESH_FOR + timedelta(minutes=1)) is None


def test_the_messages_of_the_case_go_on_beside_it():
    assert [step.template for step in messages(may(), WINDBACK)] == [
        step.template for step in messages(replace(may(), backup_allowed=""), WINDBACK)
    ]


# ── which ──


@pytest.mark.parametrize(
    ("word", "currency", "pays"),
    [
        ("visa", "usd", True),
        ("us_bank_account", "usd", True),
        ("us_bank_account", "eur", False),
        ("sepa_debit", "eur", True),
        ("sepa_debit", "gbp", False),
        ("bacs_debit", "gbp", True),
        ("paypal", "usd", True),
        ("link", "jpy", True),
    ],
)
def test_a_clearing_pays_in_its_own_currency_alone(word, currency, pays):
    assert fits(word, currency) is pays


def test_every_debit_has_its_currencies():
    assert [method for method in DEBITS if fits(method, "xxx")] == []


def test_a_method_is_named_as_merchants_know_it():
    assert (named("visa", "4242"), named("sepa_debit", "3000"), named("paypal", "")) == (
        "visa ·· 4242",
        "bank account ·· 3000",
        "PayPal account",
    )
