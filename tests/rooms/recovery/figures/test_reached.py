"""How far cases came: the funnel is what the rows add up to, and whatever moves a case says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories as make
from tests.core.signals.corpus import CHROME
from tests.factories import DAY, NOW
from tests.rooms.messages.post import NOW as MAILED
from tests.rooms.messages.post import claimed
from tideover.analytics import queries
from tideover.analytics.period import last_days
from tideover.analytics.scope import Scope, counts
from tideover.core.facts import Learnt, fact
from tideover.core.signals.origins import Origin
from tideover.gateways.transport import Accepted
from tideover.messages.delivery import deliver
from tideover.messages.models import MessageEvent
from tideover.messages.signals import Told
from tideover.messages.tracking import record_open
from tideover.recovery import intake, links
from tideover.recovery.figures import reached, tallies
from tideover.recovery.figures.reached import STEPS
from tideover.recovery.known import lock
from tideover.recovery.models import CHANGED, Case
from tideover.recovery.places import zone

pytestmark = pytest.mark.django_db
PERSON = Told("GET", CHROME, Origin.ELSEWHERE)
HAPPENED = st.sets(st.sampled_from(["sent", "seen", "guessed", "visit", "card", "won"]))


def funnel_of(project):
    tallies.count_waiting()
    scope = Scope(project.organization_id, project.pk, "usd")
    return queries.funnel(scope, last_days(30, NOW.date(), zone(project.time_zone)))


def live_through(connection, happened):
    case = make.make_case(connection, **({"state": "recovered"} if "won" in happened else {}))
    left = {} if "sent" in happened else {"state": "failed", "sent_at": None}
    message = make.make_message(case, **left)
    if "seen" in happened or "guessed" in happened:
        make.make_event(message, "opened", by="person" if "seen" in happened else "unknown")
    make.make_link(case, first_opened_at=NOW if "visit" in happened else None)
    if "card" in happened:
        make.make_fact(case, "card_replaced")


def is_in(happened):
    """Whether a case counts in each step, one asked after the other."""
    seen = bool({"seen", "visit"} & happened)
    steps = [True, "sent" in happened, seen, "visit" in happened, "card" in happened, "won" in happened]
    return [all(steps[: place + 1]) for place in range(len(steps))]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(HAPPENED, min_size=1, max_size=4))
def test_the_funnel_is_what_happened(lives):
    connection = make.make_connection()
    for happened in lives:
        live_through(connection, happened)
    funnel = funnel_of(connection.project)
    told = [funnel.cases, funnel.messaged, funnel.opened, funnel.visited, funnel.card_updated, funnel.paid]
    assert told == [sum(column) for column in zip(*map(is_in, lives), strict=True)]
    assert funnel.left_out == sum(
        {"sent", "guessed"} <= happened and not {"seen", "visit"} & happened for happened in lives
    )
    assert not tallies.recount(list(Case.objects.values_list("pk", flat=True)))


class Takes:
    """A mail server that takes everything."""

    def send(self, sender, recipient, mail, leaving):
        leaving()
        return Accepted("x")


def test_a_message_that_left_was_opened_and_led_to_the_page_moves_its_case(alice, django_capture_on_commit_callbacks):
    case, message = make.make_case(make.make_connection(), opened_at=NOW - DAY), claimed(alice)
    message.about = case.pk
    message.save(update_fields=["about"])
    with django_capture_on_commit_callbacks(execute=True):
        deliver(message, Takes(), lambda: MAILED)
    assert funnel_of(case.project).messaged == 1
    with django_capture_on_commit_callbacks(execute=True):
        record_open(message.open_token, PERSON, MAILED + timedelta(hours=1))
    assert funnel_of(case.project).opened == 1
    token = links.make_link(case, message_id=message.pk, now=NOW)
    links.note_visit(links.find(token, NOW), NOW)
    assert funnel_of(case.project).visited == 1


def test_a_card_that_was_brought_counts_at_once():
    case = make.make_case()
    make.make_message(case)
    make.make_link(case, first_opened_at=NOW)
    with transaction.atomic():
        intake.learn(lock(case), [fact(Learnt.METHOD_ATTACHED, NOW, "pm_1")], NOW)
    assert funnel_of(case.project).card_updated == 1


def test_who_turns_out_to_be_a_machine_was_nobody():
    case = make.make_case()
    event = make.make_event(make.make_message(case))
    assert funnel_of(case.project).opened == 1
    MessageEvent.objects.filter(pk=event.pk).update(by="machine")
    reached.again(case.pk)
    assert (funnel_of(case.project).opened, funnel_of(case.project).left_out) == (0, 1)


def test_what_a_version_wrote_that_did_not_know_of_it_is_told_and_counted():
    case = make.make_case()
    make.make_message(case)
    Case.objects.update(reached=None)
    assert counts(case.project).uncounted == 1
    assert funnel_of(case.project).messaged == 1
    assert counts(case.project).uncounted == 0


def test_what_moves_a_case_is_no_reason_to_call_the_figures_old():
    case = make.make_case()
    make.make_message(case)
    assert Case.objects.get().reached == CHANGED
    assert counts(case.project).uncounted == 0


def test_the_steps_are_told_in_their_order():
    assert list(STEPS) == ["messaged", "opened", "visited", "card"]
