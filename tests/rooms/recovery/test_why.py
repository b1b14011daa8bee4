"""Why a charge did not go out: whatever can stop one is named, with its end or with what a person may do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    NOW,
    hang,
    make_action,
    make_attempt,
    make_case,
    make_clock,
    make_connection,
    make_pause,
    make_project,
    make_ruleset,
    make_stripe_event,
)
from tideover.flow import circuit_breaker, rate_limit, refusals, stops
from tideover.ids import public
from tideover.messages.models import StreamPause
from tideover.recovery import intake
from tideover.recovery.models import Action, Case
from tideover.recovery.telling.holds import By
from tideover.recovery.telling.why import why
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def shop(preset="tuned", **values):
    connection = make_connection(**values)
    make_ruleset(connection.project, preset)
    return connection


def planned(connection=None, **values):
    """A case of the real plan."""
    case = make_case(
        connection or shop(), **{"opened_at": NOW - MINUTE, "family": "other", "decline_code": "", **values}
    )
    intake.learn(case, [], NOW)
    return Case.objects.get(pk=case.pk)


def due(case):
    """The case with a charge that is due as its next step, and nothing before it."""
    Action.objects.filter(case=case).exclude(do="charge").delete()
    return Action.objects.filter(case=case, do="charge").order_by("due_at").first().due_at


def names(holds):
    return [hold.by for hold in holds]


def of(holds, by):
    (hold,) = [hold for hold in holds if hold.by == by]
    return hold


def test_the_next_step_is_told_with_its_rule_its_reason_and_what_was_passed_over():
    case = make_case(shop(), opened_at=NOW - MINUTE)
    make_action(case, due_at=NOW + DAY, step="charge-1", asked_by="alice", rule="asked", why="Alice asked.")
    step = why(case, NOW).next
    assert (step.step, step.do, step.due_at) == ("charge-1", "charge", NOW + DAY)
    assert (step.rule, step.why, step.ruleset_version) == ("asked", "Alice asked.", 1)
    assert step.instead == ("Day 1 was passed over: too close to the failure.",)


def test_a_charge_that_will_go_out_at_its_time_is_held_back_by_nothing():
    case = planned()
    answer = why(case, NOW)
    assert (answer.holds, answer.notes, answer.no_charge, answer.undone) == ((), (), (), ())
    assert answer.next is not None


def stopped_for_all(case):
    stops.stop(None, by="operator", now=NOW)


def quarantined(case):
    Connection.objects.update(quarantined_at=NOW)


def without_an_answer(case):
    for _ in range(5):
        circuit_breaker.record_failure("stripe", due(case), case.connection)


def refused_by_stripe(case):
    refusals.record(case.connection, "Expired API key provided", NOW, all_calls=True)


def out_of_turns(case):
    for _ in range(9):
        rate_limit.take_turn(case.connection, due(case))


def paused(case):
    Case.objects.update(paused_until=NOW + 300 * DAY, paused_by="alice@alpine.example")


def lost_its_reason(case):
    Case.objects.update(family="card_dead")


def over_the_networks_limit(case):
    Action.objects.filter(case=case, do="charge").update(asked_by="alice@alpine.example")
    for minutes in range(15):
        make_attempt(case, at=NOW - minutes * MINUTE)


def news_waits(case):
    make_stripe_event(case.connection, object_id=case.invoice_id, state="stored", try_at=due(case))


def a_worker_is_at_it(case):
    at = due(case)
    make_action(case, state="claimed", started_at=at, lease_until=at + MINUTE, due_at=at)


def in_doubt(case):
    at = due(case)
    make_action(case, state="claimed", started_at=at - DAY, lease_until=at, due_at=at - DAY)


def hangs_on_a_clock(case):
    hang(case, make_clock(case.connection, shows=due(case) - DAY))


def nothing(case):
    pass


HELD = {
    By.STOP: stopped_for_all,
    By.QUARANTINE: quarantined,
    By.KEY: refused_by_stripe,
    By.BREAKER: without_an_answer,
    By.RATE_LIMIT: out_of_turns,
    By.PAUSE: paused,
    By.PLAN: lost_its_reason,
    By.NETWORK: over_the_networks_limit,
    By.NEWS: news_waits,
    By.UNDER_WAY: a_worker_is_at_it,
    By.DOUBT: in_doubt,
    By.TEST_CLOCK: hangs_on_a_clock,
    By.WORKER: nothing,
}
NOTED = {By.DEAD_LETTER, By.CLOCK}


def test_everything_that_can_hold_a_step_back_is_tried_here():
    assert set(HELD) | NOTED | {By.CHANNEL} == set(By)


def test_a_pause_of_the_channel_is_told_ahead_of_its_messages_and_of_no_charge():
    case = planned()
    make_pause(case.organization)
    hold = of(why(case, NOW).holds, By.CHANNEL)
    assert hold.why.startswith("Email to your customers is paused. What comes due meanwhile is left out")
    assert hold.then == "tideover email resume"
    Action.objects.filter(case=case, do="message").update(channel="sms")
    assert names(why(case, NOW).holds) == [], "by another channel it goes out"
    Action.objects.filter(case=case, do="message").update(channel="email")
    StreamPause.objects.update(ended_at=NOW)
    make_pause(make_project().organization)
    assert names(why(case, NOW).holds) == [], "neither of one that is over nor of another merchant's"
    make_pause(case.organization)
    Action.objects.filter(case=case, do="message").delete()
    assert names(why(case, NOW).holds) == [], "a charge goes out"


def test_a_pause_excuses_no_worker_that_is_not_there():
    case = planned()
    make_pause(case.organization)
    step = Action.objects.filter(case=case, do="message").order_by("due_at").first()
    Action.objects.filter(case=case).exclude(pk=step.pk).delete()
    assert names(why(case, step.due_at + MINUTE).holds) == [By.CHANNEL]
    assert names(why(case, step.due_at + 10 * MINUTE).holds) == [By.WORKER, By.CHANNEL]


@pytest.mark.parametrize("by", HELD)
def test_a_due_charge_that_does_not_go_out_tells_what_holds_it_back(by):
    case = planned()
    at = due(case) + (10 * MINUTE if by == By.WORKER else timedelta(0))
    HELD[by](case)
    answer = why(Case.objects.get(), at)
    assert answer.next.do == "charge"
    hold = of(answer.holds, by)
    assert hold.why[0].isupper()
    assert hold.why.endswith(".")
    assert hold.until is None or hold.until > at


@pytest.mark.parametrize(
    ("whom", "then"), [("all", "tideover start"), ("organization", "--organization "), ("account", "--account acct_")]
)
def test_a_stop_says_since_when_and_how_to_end_it(whom, then):
    case = planned()
    target = {"all": None, "organization": case.organization, "account": case.connection}[whom]
    stops.stop(target, by="operator", now=NOW)
    hold = of(why(Case.objects.get(), NOW).holds, By.STOP)
    assert then in hold.then
    assert hold.since == NOW


def test_what_is_over_before_the_step_is_due_is_noted_and_holds_nothing_back():
    case = planned()
    for _ in range(5):
        circuit_breaker.record_failure("stripe", NOW, case.connection)
    Action.objects.filter(case=case).update(due_at=NOW + DAY)
    answer = why(case, NOW)
    assert (names(answer.holds), names(answer.notes)) == ([], [By.BREAKER])


def test_the_mail_servers_silence_holds_messages_back_and_no_charge():
    case = planned()
    for _ in range(20):
        circuit_breaker.record_failure("mail", NOW)
    Action.objects.filter(case=case, do="charge").delete()
    message = Action.objects.filter(case=case).order_by("due_at").first()
    Action.objects.filter(pk=message.pk).update(due_at=NOW)
    assert By.BREAKER in names(why(case, NOW).holds)
    Action.objects.filter(pk=message.pk).update(do="charge")
    assert By.BREAKER not in names(why(case, NOW).holds)


def test_what_was_given_up_waits_for_a_person_and_says_how_to_try_it_again():
    case = planned()
    dead = make_action(case, state="dead", reason="5 workers died holding it", settled_at=NOW)
    event = make_stripe_event(case.connection, object_id=case.invoice_id, state="failed", reason="not understood")
    notes = why(case, NOW).notes
    assert names(notes) == [By.DEAD_LETTER, By.DEAD_LETTER]
    assert {note.then.split()[-1] for note in notes} == {public("act", dead.pk), public("evt", event.pk)}
    assert any("5 workers died holding it." in note.why for note in notes)


def test_a_clock_that_is_off_is_noted():
    answer = why(planned(), NOW, wrong_clock="the worker's clock is 7 s ahead of Stripe's")
    assert names(answer.notes) == [By.CLOCK]
    assert answer.holds == ()


def test_a_step_that_was_given_back_says_what_for():
    case = planned()
    Action.objects.filter(case=case).update(reason="Stripe did not answer: no route")
    assert why(case, NOW).next.put_off == "Stripe did not answer: no route"


def test_in_observe_mode_it_is_told_why_nothing_is_charged():
    answer = why(planned(shop("windback", mode="observe")), NOW)
    assert any("observe mode" in sentence for sentence in answer.no_charge)


def test_after_a_lost_card_it_is_told_why_nothing_is_charged():
    answer = why(planned(family="card_dead", decline_code="lost_card"), NOW)
    assert any("only another card or corrected details help" in sentence for sentence in answer.no_charge)


def test_a_case_that_has_ended_waits_for_nothing():
    case = make_case(shop(), state="recovered")
    stops.stop(None, by="operator", now=NOW)
    answer = why(case, NOW)
    assert (answer.next, answer.holds, answer.notes) == (None, (), ())
    assert answer.no_charge == ("The invoice is paid: there is nothing to charge.",)


def test_charges_that_were_planned_and_not_made_are_told_with_their_reasons():
    case = planned()
    make_action(case, step="charge-71", state="done", outcome="refused", reason="Visa: enough.", settled_at=NOW)
    make_action(case, step="charge-72", state="dropped", outcome="dropped", reason="it lost its reason", settled_at=NOW)
    make_action(case, step="charge-73", state="done", outcome="declined:do_not_honor", settled_at=NOW)
    make_action(case, step="message-74", do="message", state="done", outcome="skipped", settled_at=NOW)
    told = why(case, NOW).undone
    assert [(undone.step, undone.outcome, undone.reason) for undone in told] == [
        ("charge-71", "refused", "Visa: enough."),
        ("charge-72", "dropped", "it lost its reason"),
    ]


def test_to_ask_writes_nothing():
    case = planned()
    for hold in HELD.values():
        hold(case)
    before = list(Action.objects.order_by("pk").values()), list(Case.objects.values())
    why(Case.objects.get(), NOW)
    assert (list(Action.objects.order_by("pk").values()), list(Case.objects.values())) == before
