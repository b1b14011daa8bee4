"""A step that goes by SMS: to the number at Stripe, at most once, one message a day in all, and to nobody without one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import DAY, make_connection, make_ruleset
from tests.fakes import an_invoice
from tests.rooms.messages.texting import MOBILE, with_sms
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.catalogue import Channel
from tideover.core.editing.by_sms import Place, by_sms
from tideover.core.rules import PRESETS, to_json
from tideover.core.words.sms import count
from tideover.gateways.answers import Unknown
from tideover.gateways.transport import Refused
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import Meant, refusal, suppress
from tideover.recovery.models import Action
from tideover.recovery.places import dialled
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db


def opened(place: Place = Place.INSTEAD) -> World:
    connection = make_connection()
    make_ruleset(connection.project, "recover", rules=to_json(by_sms(PRESETS["recover"], place)))
    return World(connection)


@pytest.fixture
def world(db):
    made = opened()
    with_sms(made.connection.project)
    yield made
    clock.travel_to(None)


def by_day(world):
    """What became of each text message."""
    rows = Action.objects.filter(channel="sms", state="done").order_by("due_at").values_list("outcome", "reason")
    return list(rows)


def test_from_day_seven_on_a_text_of_one_part_goes_to_the_number_with_a_short_link(world):
    world.payment_fails(customer_phone="07911 123456", country="GB")
    world.day(7.9)
    [(number, text)] = world.texts.accepted
    assert (number, count(text).parts) == (MOBILE, 1)
    assert "USD 99.00" in text
    assert "/s/" in text
    message = Message.objects.get(channel="sms")
    assert (message.to_address, message.subject, message.html) == (MOBILE, "", "")
    assert "/s/" not in message.text  # our copy opens nothing


@pytest.mark.parametrize(
    ("phone", "why"), [("", "no-phone"), ("call us", "invalid-phone"), ("+442079460000", "invalid-phone")]
)
def test_without_a_number_that_texts_reach_the_step_is_skipped_with_its_reason(world, phone, why):
    world.payment_fails(customer_phone=phone, country="GB")
    world.day(7.9)
    assert by_day(world) == [("skipped", why)]
    assert world.case.attention == ""
    assert not world.texts.accepted


@pytest.mark.parametrize("without", ["off", "account"])
def test_nothing_is_sent_while_it_is_off_or_no_account_is_kept(world, without):
    project = world.connection.project
    if without == "off":
        Project.objects.filter(pk=project.pk).update(sms_enabled=False)
    else:
        project.sms_account.delete()
    world.payment_fails(customer_phone=MOBILE)
    world.day(7.9)
    assert by_day(world) == [("skipped", "channel-not-set-up")]


def test_who_said_stop_gets_no_text_message_and_mails_as_ever(world):
    world.payment_fails(customer_phone=MOBILE)
    suppress(world.connection.organization, Channel.SMS, MOBILE, Suppression.Reason.UNSUBSCRIBED, world.now)
    world.day(7.9)
    assert by_day(world) == [("skipped", "suppressed:unsubscribed")]
    assert len(world.mail.accepted) == 2


def test_who_has_told_twilio_to_stop_is_kept_out_from_then_on(world):
    world.payment_fails(customer_phone=MOBILE)
    world.texts.refuse = Refused(permanent=True, reason="21610 blocked", opted_out=True)
    world.day(14.9)
    assert by_day(world) == [("failed", "21610 blocked"), ("skipped", "suppressed:unsubscribed")]


def test_a_number_that_is_none_is_kept_out_from_then_on(world):
    world.payment_fails(customer_phone=MOBILE)
    world.texts.refuse = Refused(permanent=True, reason="21211 no number", mailbox=True)
    world.day(14.9)
    assert by_day(world) == [("failed", "21211 no number"), ("skipped", "suppressed:bounced")]


def test_a_text_whose_answer_was_lost_is_never_sent_again(world):
    def lost() -> None:
        world.texts.accepted.append((MOBILE, "perhaps"))
        raise Unknown("Twilio's answer was lost")

    world.texts.fail = lost
    world.payment_fails(customer_phone=MOBILE)
    world.day(7.9)
    assert len(world.texts.accepted) == 1
    assert Message.objects.get(channel="sms").state == Message.State.UNKNOWN


def test_a_person_gets_one_message_a_day_by_whatever_way(db):
    world = opened(Place.BESIDE)
    with_sms(world.connection.project)
    world.payment_fails(customer_phone=MOBILE)
    world.day(9)
    left = list(Message.objects.order_by("data_started_at").values_list("channel", "data_started_at"))
    clock.travel_to(None)
    assert [channel for channel, _ in left] == ["email", "email", "email", "sms"]
    assert left[3][1] - left[2][1] >= DAY


@pytest.mark.parametrize(("each", "why"), [(False, "recipient-cap"), (True, None)])
def test_a_mail_counts_for_the_day_of_a_text_message_unless_one_of_each_is_allowed(world, each, why):
    project = world.connection.project
    project.one_a_day_each = each
    case = world.payment_fails(customer_phone=MOBILE)
    world.day(0.5)
    soon = world.now + DAY / 2 - timedelta(minutes=1)
    assert refusal(project, Channel.SMS, MOBILE, soon, Meant(others=[case.customer_email])) == why
    assert refusal(project, Channel.SMS, MOBILE, soon) is None  # of somebody else it does not
    assert refusal(project, Channel.EMAIL, case.customer_email, soon, Meant(others=[MOBILE])) == "recipient-cap"


@pytest.mark.parametrize(
    ("written", "country", "read"),
    [
        ("(415) 555-2671", "US", "+14155552671"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("+49 151 23456789", "", "+4915123456789"),
        ("0151 23456789", "", "0151 23456789"),
        ("call us", "US", "call us"),
        ("", "US", ""),
    ],
)
def test_a_number_is_read_as_it_is_dialled_from_anywhere(written, country, read):
    assert dialled(written, country) == read
    assert an_invoice().customer_phone == ""
