"""What is too old to be kept goes, within its project's time and no other's, batch by batch, and nothing else with it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests import factories as make
from tests.factories import DAY, NOW
from tideover.core.signals.heard import Trace, stored
from tideover.core.signals.origins import Origin
from tideover.core.signals.signs import Sign, Who
from tideover.inbox.models import StripeEvent
from tideover.messages.models import Message, MessageEvent
from tideover.mirror.models import Customer
from tideover.recovery.models import Case
from tideover.tenants.models import Project
from tideover.upkeep import aging
from tideover.upkeep.aging import SHELVES, clear
from tideover.upkeep.models import Walk

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - 3000 * DAY


def make_case(**keeps):
    return make.make_case(make.make_connection(make.make_project(**keeps)))


@pytest.fixture
def case():
    return make_case(keep_events="30 days", keep_messages="90 days", keep_opens="1 year")


def made_ago(case, days):
    at = NOW - days * DAY
    event = make.make_stripe_event(case.connection, received_at=at, body=b'{"id":"evt_1"}')
    message = make.make_message(case, at=at)
    make.make_event(message, "opened", at=at)
    make.make_event(message, "bounced", at=at)
    return event, message


def left(case):
    """How many still have their words, by table."""
    return (
        StripeEvent.objects.filter(connection=case.connection).exclude(body=b"").count(),
        Message.objects.filter(about=case.pk).exclude(html="").exclude(text="").count(),
        MessageEvent.objects.filter(message__about=case.pk, kind="opened").count(),
    )


@pytest.mark.parametrize(("days", "stays"), [(29, (1, 1, 1)), (31, (0, 1, 1)), (91, (0, 0, 1)), (366, (0, 0, 0))])
def test_each_kind_goes_when_its_own_time_is_over(case, days, stays):
    made_ago(case, days)
    clear(NOW)
    assert left(case) == stays


def test_what_others_keep_for_ever_stays(case):
    other = make_case(**dict.fromkeys(("keep_events", "keep_messages", "keep_opens"), "forever"))
    made_ago(case, 3000)
    made_ago(other, 3000)
    assert clear(NOW) == 3
    assert (left(case), left(other)) == ((0, 0, 0), (1, 1, 1))


def test_that_it_came_and_what_came_of_it_stays(case):
    event, message = made_ago(case, 3000)
    clear(NOW)
    kept = StripeEvent.objects.get(pk=event.pk)
    assert (kept.event_id, kept.type, kept.object_id, kept.state) == (
        event.event_id,
        event.type,
        event.object_id,
        "handled",
    )
    sent = Message.objects.get(pk=message.pk)
    assert (sent.subject, sent.to_address, sent.sent_at) == (message.subject, message.to_address, message.sent_at)
    assert [each.kind for each in sent.events.all()] == ["bounced"]


@pytest.mark.parametrize("state", ["stored", "failed"])
def test_an_event_that_is_not_understood_yet_keeps_its_content(case, state):
    make.make_stripe_event(case.connection, received_at=LONG_AGO, state=state)
    clear(NOW)
    assert left(case)[0] == 1


def test_a_message_that_was_worded_anew_lately_is_a_young_one(case):
    make.make_message(case, state="failed", may_retry=True, created_at=LONG_AGO, claimed_at=NOW)
    clear(NOW)
    assert left(case)[1] == 1


def test_a_walk_goes_on_where_it_was_cut_short_and_begins_anew_after_a_day(case, monkeypatch):
    monkeypatch.setattr(aging, "TOGETHER", 2)
    monkeypatch.setattr(aging, "MOST_BATCHES", 1)
    for _ in range(3):
        make.make_stripe_event(case.connection, received_at=LONG_AGO)
    assert [clear(NOW), left(case)[0]] == [2, 1]
    assert [clear(NOW), left(case)[0]] == [1, 0]
    make.make_stripe_event(case.connection, received_at=LONG_AGO)
    assert clear(NOW + DAY / 2) == 0
    for _ in range(3):
        clear(NOW + DAY)
    assert left(case)[0] == 0


def test_a_worker_that_is_to_stop_begins_no_further_batch(case):
    made_ago(case, 3000)
    assert clear(NOW, ended=lambda: True) == 0
    assert {walk.ended_at for walk in Walk.objects.all()} == {None}
    assert clear(NOW) == 3


def test_a_span_that_nobody_knows_is_for_ever(case):
    Project.objects.update(keep_events="a fortnight", keep_messages="", keep_opens="soon")
    made_ago(case, 3000)
    assert clear(NOW) == 0


def test_a_case_whose_message_has_no_words_left_says_so(alice):
    case = make.make_case(make.make_connection(alice.project))
    message = make.make_message(case, at=LONG_AGO)
    page, mail = f"/cases/{case.public_id}/", reverse("dashboard:mail", args=[case.public_id, message.public_id])
    assert alice.browser().get(mail).status_code == 200
    clear(NOW)
    html = alice.browser().get(page).content.decode()
    assert message.subject in html
    assert "Its words are no longer kept." in html
    assert alice.browser().get(mail).status_code == 404
    assert Case.objects.get(pk=case.pk).customer_name in html


def test_every_shelf_is_told_by_a_setting():
    assert {shelf.keeps for shelf in SHELVES} == {"minimal"} | {
        field.name for field in Project._meta.concrete_fields if field.name.startswith("keep_")
    }


def test_minimal_mode_takes_the_names_of_customers(case):
    named, unnamed = make.make_customer(), make.make_customer(case.connection)
    Project.objects.filter(pk=case.project_id).update(minimal=True, minimal_since=NOW)
    clear(NOW + DAY)
    kept = {row.pk: (row.name, row.email) for row in Customer.objects.all()}
    assert kept == {unnamed.pk: ("", ""), named.pk: (named.name, named.email)}


def test_who_opened_is_forgotten_of_the_message_too_and_what_it_was_asked_by_in_minimal_mode():
    kept, gone = make_case(), make_case(keep_opens="1 year")
    for case in (kept, gone):
        make.make_event(make.make_message(case, at=NOW - 400 * DAY), "clicked", at=NOW - 400 * DAY)
    clear(NOW)
    assert {Message.objects.get(about=case.pk).clicked_by for case in (kept, gone)} == {"person", ""}


def test_in_minimal_mode_nothing_is_kept_of_the_program_that_asked():
    case = make_case(minimal=True)
    trace = Trace(Sign.BROWSER, NOW, NOW, agent="Canary/1.0", origin=Origin.GOOGLE, method="GET")
    event = make.make_event(make.make_message(case), heard=stored({Who.PERSON: trace}))
    clear(NOW + DAY)
    event.refresh_from_db()
    assert (event.by, set(event.heard["person"])) == ("person", {"sign", "at", "last", "count", "method"})
