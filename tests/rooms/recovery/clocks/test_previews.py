"""What a case on a test clock writes goes to a preview inbox, as it would have been sent, and never to a person."""

from __future__ import annotations

import pytest

from tests.factories import hang, make_case, make_clock, make_message
from tests.fakes import NOW
from tests.rooms.recovery.clocks.conftest import DAY, THEN
from tideover.core.outcomes import Unsent
from tideover.core.signals.origins import Origin
from tideover.core.signals.signs import Who
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message, Suppression
from tideover.messages.signals import Told
from tideover.messages.suppression import suppress
from tideover.messages.tracking import record_click
from tideover.recovery.models import Action, Case, Clock
from tideover.recovery.writing import IN_PREVIEW

pytestmark = pytest.mark.django_db
HOUR = DAY / 24
PIA = "pia@payer.example"


def written(rehearsal, **values) -> Message:
    """The first message of a case that only its customer can help."""
    rehearsal.fails("expired_card", **values)
    rehearsal.works()
    while not Message.objects.exists():
        rehearsal.moves(rehearsal.next().due_at)
    return Message.objects.earliest("id")


@pytest.mark.parametrize("test_mail", [False, True])
def test_nobody_is_written_to_whether_or_not_an_account_in_test_mode_writes(rehearsal, test_mail):
    rehearsal.world.connection.test_mail = test_mail
    rehearsal.world.connection.save(update_fields=["test_mail"])
    message = written(rehearsal)
    assert rehearsal.world.mail.accepted == []
    assert (message.state, message.to_address) == ("previewed", PIA)
    step = Action.objects.get(pk=message.action_id)
    assert (step.state, step.outcome, step.reason) == ("done", "sent", IN_PREVIEW)


def test_a_preview_is_dated_by_the_clock(rehearsal):
    message = written(rehearsal)
    assert message.sent_at == Action.objects.get(pk=message.action_id).settled_at
    assert message.sent_at < THEN + DAY


def test_of_its_links_the_pay_page_alone_opens(rehearsal):
    message = written(rehearsal)
    [page] = message.keys
    assert "/c/" in page
    assert page in message.html
    assert page in message.text
    assert "/unsubscribe/" not in message.html + message.text


def test_a_minimal_project_keeps_no_words_of_a_preview(rehearsal):
    project = rehearsal.world.connection.project
    project.minimal = True
    project.save(update_fields=["minimal"])
    message = written(rehearsal)
    assert (message.state, message.html, message.text, message.to_address, message.keys) == (
        "previewed",
        "",
        "",
        "",
        [],
    )


def test_who_left_the_list_is_shown_as_left_out(rehearsal):
    shop = rehearsal.world.connection.organization
    suppress(shop, "email", PIA, Suppression.Reason.UNSUBSCRIBED, rehearsal.world.now)
    case = rehearsal.fails("expired_card")
    rehearsal.works()
    rehearsal.moves(THEN + 2 * DAY)
    assert not Message.objects.exists()
    said = case.actions.get(step="message-1")
    assert (said.outcome, said.reason) == ("skipped", Unsent.UNSUBSCRIBED)


def test_a_mail_that_somebody_got_today_holds_up_no_preview(rehearsal):
    case = rehearsal.fails("expired_card")
    step = rehearsal.next("message")
    make_message(case, to_hash=address_hash(PIA), state="sent", data_started_at=step.due_at - HOUR)
    rehearsal.moves(step.due_at)
    assert Message.objects.filter(state="previewed").count() == 1


@pytest.mark.parametrize("same", [False, True], ids=["of another clock", "of this clock"])
def test_a_preview_of_the_same_day_holds_up_the_next_one_on_its_own_clock_alone(rehearsal, same):
    """Who rehearses the same days again does so with another clock and often with the same address."""
    case = rehearsal.fails("expired_card")
    step = rehearsal.next("message")
    clock = case.clock if same else make_clock(case.connection, shows=THEN)
    other = hang(make_case(case.connection, state="recovered"), clock)
    make_message(other, to_hash=address_hash(PIA), state="previewed", data_started_at=step.due_at - HOUR)
    rehearsal.moves(step.due_at)
    assert Message.objects.filter(about=case.pk).exists() is not same
    step.refresh_from_db()
    assert (step.due_at > rehearsal.shows) is same


def test_the_customer_who_is_written_to_in_the_world_is_not_kept_from_it_by_a_preview(rehearsal):
    written(rehearsal)
    Message.objects.update(data_started_at=rehearsal.world.now, sent_at=rehearsal.world.now)
    Clock.objects.all().update(state="deleted")
    Case.objects.all().update(state="recovered", clock=None)
    rehearsal.world.stripe.test_clock = None
    rehearsal.world.payment_fails("expired_card", id="in_2")
    rehearsal.world.day(3)
    assert rehearsal.world.mail.accepted


def test_before_it_is_known_what_a_clock_shows_nobody_is_written_to_either(rehearsal):
    rehearsal.world.connection.test_mail = True
    rehearsal.world.connection.save(update_fields=["test_mail"])
    rehearsal.world.payment_fails("expired_card", test_clock="clock_1", created_at=NOW)
    case = Case.objects.get()
    assert (case.clock_id, case.test_clock) == (None, "clock_1")
    rehearsal.world.day(3)
    assert set(Message.objects.values_list("state", flat=True)) == {"previewed"}
    assert rehearsal.world.mail.accepted == []


def test_who_follows_the_link_of_a_preview_is_a_person_however_short_the_clock_stood(rehearsal):
    message = written(rehearsal)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    by = record_click(message.pk, Told("GET", firefox, Origin.NOT_KNOWN), rehearsal.shows)
    assert by == Who.PERSON
