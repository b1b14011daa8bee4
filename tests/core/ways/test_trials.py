"""The first charge after a trial: days and messages of its own where the rules say so, and nobody dunned who gave no card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.planning import DAY, OPENED, RECOVER, TUNED, charges, messages, refused
from tideover.core.choices import AfterTrial
from tideover.core.declines import Family
from tideover.core.planner import Do, explain, last_word, plan, under
from tideover.core.rules import PRESETS, from_json, to_json
from tideover.core.trials import NO_CARD, fitting, was_never_a_customer

OWN = replace(TUNED, name="ours", after_trial=AfterTrial.RECOVER)


def days(steps):
    return [(step.at - OPENED).days for step in steps]


def nobody(**changes):
    """A trial that ended without a card."""
    base = replace(refused(), after_trial=True, has_method=False, brand=None, fingerprint=None, attempts=())
    return replace(base, family=Family.EXPIRED, **changes)


def test_every_preset_can_be_chosen_for_it_and_nothing_else():
    assert {each.value for each in AfterTrial} == {AfterTrial.SAME, *PRESETS}


def test_it_has_the_days_and_messages_of_the_preset_that_is_chosen_and_no_other_case_does():
    trial, renewal = refused(after_trial=True), refused()
    assert days(charges(trial, OWN)) == days(charges(renewal, RECOVER)) != days(charges(renewal, OWN))
    assert [step.template for step in messages(trial, OWN)] == [step.template for step in messages(renewal, RECOVER)]
    assert days(charges(renewal, OWN)) == days(charges(renewal, TUNED))


def test_what_the_merchant_has_promised_and_allowed_stays():
    theirs = fitting(refused(after_trial=True), replace(OWN, min_gap_hours=48, most_retries=3))
    assert (theirs.name, theirs.min_gap_hours, theirs.most_retries) == ("ours", 48, 3)
    assert (theirs.coexistence, theirs.sending, theirs.consequence) == (OWN.coexistence, OWN.sending, OWN.consequence)


@pytest.mark.parametrize("preset", PRESETS)
def test_each_choice_gives_rules_that_can_be_followed(preset):
    assert plan(refused(after_trial=True), replace(TUNED, after_trial=AfterTrial(preset)), None, OPENED)


def test_the_last_word_and_the_reason_go_by_the_same_rules():
    trial = refused(after_trial=True)
    first = charges(trial, OWN)[0]
    assert last_word(trial, OWN, first.step, first.at) is not None
    assert explain(trial, OWN, OPENED) == ()


def test_rules_that_change_only_for_trials_are_new_to_a_trial_alone():
    assert under(refused(after_trial=True), TUNED, OWN, OPENED).rules_since == OPENED
    assert under(refused(), TUNED, OWN, OPENED).rules_since is None


@pytest.mark.parametrize("rules", PRESETS.values(), ids=PRESETS)
def test_who_never_gave_a_card_is_neither_charged_nor_written_to_and_it_is_said_why(rules):
    [only] = plan(nobody(), rules, None, OPENED)
    assert only.do == Do.CLOSE
    assert explain(nobody(), rules, OPENED) == (NO_CARD,)


def test_one_who_brings_a_card_after_all_is_charged_at_once():
    acted = OPENED + DAY
    case = nobody(new_method="pm_2", customer_acted_at=acted)
    assert not was_never_a_customer(case)
    assert days(charges(case, TUNED, acted))[0] == 1


def test_one_whose_renewal_lacks_a_card_is_written_to_as_before():
    assert messages(replace(nobody(), after_trial=False), TUNED)


def test_it_is_kept_in_the_file_only_where_it_is_chosen():
    assert from_json(to_json(OWN)) == OWN
    assert "after_trial" not in to_json(TUNED)  # a worker of before does not know it
