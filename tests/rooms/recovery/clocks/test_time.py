"""A case on a test clock is opened, planned, due and done by that clock; what concerns the world goes by the wall."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_clock, make_connection, make_plan
from tests.fakes import NEW_CARD, NOW
from tests.rooms.flow.work import due
from tests.rooms.recovery.clocks.conftest import DAY, THEN
from tideover.gateways.answers import Busy, ClockRead, OnItsWay, Unknown
from tideover.inbox.translate import MethodNews
from tideover.recovery import claims, commands
from tideover.recovery.hearing import hear
from tideover.recovery.models import Action, Case, Clock, LearntFact
from tideover.recovery.plans import offering
from tideover.recovery.telling.holds import By
from tideover.recovery.telling.why import why
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_a_case_opens_when_its_invoice_was_finalized_by_the_clock_and_not_when_the_world_charged(rehearsal):
    case = rehearsal.fails()
    assert (case.opened_at, case.clock.shows, case.clock.clock_id) == (THEN, THEN, "clock_1")
    assert case.attempts.get().at == THEN
    assert set(LearntFact.objects.values_list("learnt_at", flat=True)) == {THEN}
    assert {action.due_at.year for action in case.actions.all()} == {2024}


def test_an_account_that_was_connected_long_after_what_the_clock_shows_has_its_case(rehearsal):
    assert rehearsal.world.connection.since > THEN
    assert rehearsal.fails().state == "failing"


def test_nothing_comes_due_while_the_clock_stands_however_long_the_world_goes_on(rehearsal):
    rehearsal.fails()
    rehearsal.works()
    before = len(rehearsal.done)
    rehearsal.passes(400 * DAY)
    assert len(rehearsal.done) == before


def test_what_is_due_by_the_clock_is_done_once_it_has_passed_it(rehearsal):
    rehearsal.fails()
    step = rehearsal.next("charge")
    rehearsal.moves(step.due_at - MINUTE)
    assert rehearsal.world.stripe.payments == []
    rehearsal.moves(step.due_at)
    assert rehearsal.world.stripe.payments == [step.key]


def test_an_action_is_settled_by_the_clock_and_leased_and_started_by_the_wall(rehearsal):
    rehearsal.fails()
    step = rehearsal.next("charge")
    rehearsal.moves(step.due_at + MINUTE)
    step.refresh_from_db()
    assert (step.settled_at, step.started_at) == (step.due_at + MINUTE, rehearsal.world.now)
    assert Case.objects.get().attempts.order_by("-at")[0].at == step.due_at + MINUTE


def test_a_claim_holds_by_the_wall(rehearsal):
    rehearsal.fails()
    Clock.objects.update(shows=THEN + 90 * DAY)
    claimed = claims.claim_due(rehearsal.world.now)
    assert claimed
    for action in claimed:
        assert action.lease_until == rehearsal.world.now + claims.lease_of(action)
    assert claims.overdue(rehearsal.world.now + claims.LONGEST_LEASE + MINUTE)


def test_cases_of_others_go_by_the_wall_and_are_claimed_beside_it(rehearsal):
    rehearsal.fails()
    other = make_connection()
    [theirs] = due(other)
    claimed = claims.claim_due(NOW + 20 * DAY)
    assert theirs.pk in {action.pk for action in claimed}
    clocked = {action.pk for action in claimed if action.clock_id}
    assert clocked == {action.pk for action in claimed} - {theirs.pk}
    assert all(action.due_at <= THEN for action in claimed if action.clock_id)


def test_a_customer_of_the_same_account_who_hangs_on_no_clock_goes_by_the_wall(rehearsal):
    rehearsal.fails()
    [theirs] = due(rehearsal.world.connection)
    assert theirs.pk in {action.pk for action in claims.claim_due(NOW + 20 * DAY)}


@pytest.mark.parametrize("state", ["advancing", "deleted"])
def test_while_a_clock_is_on_its_way_or_gone_nothing_of_it_is_claimed(rehearsal, state):
    rehearsal.fails()
    Clock.objects.update(state=state, target=THEN + DAY, shows=THEN + 90 * DAY)
    assert claims.claim_due(rehearsal.world.now) == []


@pytest.mark.parametrize("state", ["failed", "closed"])
def test_what_was_due_when_a_clock_broke_down_or_could_be_read_no_more_is_done(rehearsal, state):
    rehearsal.fails()
    Clock.objects.update(state=state, shows=THEN + 90 * DAY)
    assert claims.claim_due(rehearsal.world.now)


def test_a_live_account_is_never_asked_for_clocks(django_assert_num_queries):
    live = make_connection(livemode=True)
    due(live)
    make_clock()  # that one stands still somewhere is no reason
    with django_assert_num_queries(6):  # what is away; the look; begin; the account's; the claim; commit
        assert claims.claim_due(NOW)


def a_refusal(rehearsal, refusal):
    def refuse():
        raise refusal

    rehearsal.world.stripe.before_paying = refuse
    rehearsal.fails()
    step = rehearsal.next("charge")
    rehearsal.moves(step.due_at)
    step.refresh_from_db()
    return step


@pytest.mark.parametrize("refusal", [Busy("the rate limit"), OnItsWay("the clock is on its way")])
def test_what_stripe_has_no_time_for_waits_by_the_wall_and_is_tried_again_while_the_clock_stands(rehearsal, refusal):
    step = a_refusal(rehearsal, refusal)
    assert (step.state, step.due_at, step.started_at) == ("planned", rehearsal.shows, None)
    assert rehearsal.world.now < step.lease_until <= rehearsal.world.now + refusal.wait
    rehearsal.world.stripe.before_paying = lambda: None
    rehearsal.works()
    assert rehearsal.world.stripe.payments == []
    rehearsal.passes(refusal.wait)
    assert rehearsal.world.stripe.payments == [step.key]


def test_what_a_worker_died_with_again_and_again_waits_longer_by_the_wall(rehearsal):
    rehearsal.fails()
    Clock.objects.update(shows=THEN + 90 * DAY)
    [step, *_] = claims.claim_due(rehearsal.world.now)
    step.tries = 3
    claims.give_back(step, THEN + 90 * DAY)
    before = step.due_at
    step.refresh_from_db()
    assert (step.state, step.due_at) == ("planned", before)
    assert step.lease_until > rehearsal.world.now


def test_a_case_that_was_paused_goes_on_by_the_clock(rehearsal):
    case = rehearsal.fails()
    step, until = rehearsal.next("charge"), THEN + 2 * DAY
    assert step.due_at + DAY < until
    assert commands.pause(case, until=THEN, by="alice", now=rehearsal.world.now).why.startswith("A pause must end")
    assert commands.pause(case, until=until, by="alice", now=rehearsal.world.now) is None
    rehearsal.passes(100 * DAY)
    rehearsal.moves(step.due_at + DAY)
    assert rehearsal.world.stripe.payments == []
    step = rehearsal.next("charge")
    assert step.due_at >= until
    rehearsal.moves(step.due_at)
    assert rehearsal.world.stripe.payments == [step.key]


def test_what_a_person_asks_for_is_due_at_once_by_the_clock(rehearsal):
    case = rehearsal.fails()
    assert commands.retry_now(case, by="alice", now=rehearsal.world.now) is None
    rehearsal.works()
    asked = Action.objects.get(asked_by="alice")
    assert (asked.state, asked.due_at, asked.settled_at) == ("done", THEN, THEN)


def test_an_answer_that_was_lost_is_asked_for_again_by_the_wall_under_the_same_key(rehearsal):
    stripe = rehearsal.world.stripe
    first = iter([True])

    def loses():
        if next(first, False):
            raise Unknown("lost")

    stripe.before_paying = loses
    rehearsal.fails()
    step = rehearsal.next("charge")
    rehearsal.moves(step.due_at)
    assert Action.objects.get(pk=step.pk).state == "claimed"
    rehearsal.passes(claims.LEASE + MINUTE)
    step.refresh_from_db()
    assert (step.state, step.settled_at, stripe.payments) == ("done", step.due_at, [step.key])


def test_a_key_that_is_old_by_the_wall_is_never_used_again_though_the_clock_stands(rehearsal):
    def loses():
        raise Unknown("lost")

    rehearsal.world.stripe.before_paying = loses
    rehearsal.fails()
    step = rehearsal.next("charge")
    rehearsal.moves(step.due_at)
    rehearsal.world.stripe.before_paying = lambda: None
    rehearsal.passes(2 * DAY)
    step.refresh_from_db()
    assert (step.outcome, rehearsal.world.stripe.payments) == ("not-tried", [])


def test_a_card_that_comes_later_in_the_world_is_newer_than_a_failure_that_is_years_ahead(rehearsal):
    rehearsal.fails(created_at=THEN)
    news = MethodNews("cus_1", NEW_CARD.payment_method_id, NOW - 900 * DAY, False, "evt_1", "visa", "fp_new")
    assert hear(rehearsal.world.connection, news, rehearsal.world.now)
    case = Case.objects.get()
    assert (case.new_method, case.customer_acted_at) == (NEW_CARD.payment_method_id, THEN)


def test_why_a_case_stands_still_names_the_clock_and_how_to_advance_it(rehearsal):
    case = rehearsal.fails()
    rehearsal.works()
    answer = why(Case.objects.get(), rehearsal.world.now)
    [hold] = [hold for hold in answer.holds if hold.by == By.TEST_CLOCK]
    assert "stands at Tue 5 Mar" in hold.why
    assert hold.then == f"tideover clock advance {case.public_id}"


def test_whatever_is_planned_follows_a_customer_who_is_put_on_a_clock_later(rehearsal):
    case = rehearsal.world.payment_fails()
    assert case.clock_id is None
    rehearsal.fails(created_at=NOW)
    case.refresh_from_db()
    assert case.clock_id
    assert set(case.actions.filter(state="planned").values_list("clock", flat=True)) == {case.clock_id}


def test_a_clock_that_our_key_may_not_read_shows_at_least_when_its_invoice_was_made(rehearsal):
    closed = ClockRead("clock_1", closed="Having the 'rak_billing_clock_read' permission would allow this request")
    case = rehearsal.fails(clock=closed)
    assert (case.clock.state, case.clock.shows) == ("closed", THEN)
    assert Connection.objects.get(pk=rehearsal.world.connection.pk).state == "active"


def test_a_card_that_comes_while_the_clock_stands_at_our_last_charge_is_charged_at_once(rehearsal):
    """By the clock both are of one moment."""
    rehearsal.fails()
    step = rehearsal.next("charge")
    rehearsal.moves(step.due_at)
    rehearsal.passes(MINUTE)
    news = MethodNews("cus_1", NEW_CARD.payment_method_id, rehearsal.world.now, False, "evt_1", "visa", "fp_new")
    assert hear(rehearsal.world.connection, news, rehearsal.world.now)
    rehearsal.works()
    theirs = Action.objects.get(rule__endswith="new_card")
    assert (theirs.state, theirs.due_at) == ("done", step.due_at)
    assert rehearsal.world.stripe.payments == [step.key, theirs.key]


def test_a_plan_that_is_offered_after_one_was_ended_may_be_chosen_while_the_clock_stands(rehearsal):
    case = rehearsal.fails()
    case.project.plans_enabled = True
    case.project.save(update_fields=["plans_enabled"])
    make_plan(case, state="ended", ended_at=THEN, why_ended="ended by alice")
    assert offering.offer(case, by="alice", now=rehearsal.world.now) == ""
    case.refresh_from_db()
    assert offering.by_hand(case, rehearsal.world.now).holds
