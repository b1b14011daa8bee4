"""A new link that the payer asked for: where it goes, what holds it back and what does not, and what it opens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.factories import DAY, make_connection, make_ruleset
from tests.fakes import NOW, effects
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.catalogue import Channel
from tideover.core.facts import Fact, Learnt
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.recovery import commands, links
from tideover.recovery.intake import learn
from tideover.recovery.models import Action, Case, Link
from tideover.recovery.paying.new_link import ask
from tideover.worker.loop import run_until_quiet

pytestmark = pytest.mark.django_db
PIA = "pia@payer.example"
LATE = 50  # days after the failure: its links are over, and the case is given up


def asked(world: World, times: int = 1) -> list[str]:
    """The payer asks on the page of their first link; returns to whom something went then."""
    before = len(world.mail.accepted)
    for _ in range(times):
        ask(Link.objects.order_by("created_at").first(), world.now)
        run_until_quiet(effects(world.stripe, world.mail), world.now)
    return [to for to, _ in world.mail.accepted[before:]]


def written_to(world: World, day: float = LATE) -> World:
    world.payment_fails()
    return world.day(day)


def last_token(world: World) -> str:
    _, mail = world.mail.accepted[-1]
    found = re.search(r"/c/([\w-]+)", mail.get_body(("plain",)).get_content())
    assert found
    return found[1]


def test_long_after_the_case_was_given_up_a_new_link_arrives_and_opens_the_page(world):
    written_to(world)
    assert world.case.state == Case.State.ABANDONED
    assert asked(world) == [PIA]
    assert world.mail.subjects[-1] == "Your new link to pay $99.00"
    assert links.find(last_token(world), world.now).case == world.case
    message = Message.objects.get(template="new_link")
    assert (message.about, message.state) == (world.case.pk, "sent")


def test_it_is_on_the_cases_timeline_that_and_by_which_link_they_asked(world):
    written_to(world)
    asked(world)
    told = world.case.facts.get(kind=Learnt.LINK_ASKED)
    assert told.detail == {"link": str(Link.objects.order_by("created_at").first().pk)}


def test_it_goes_where_the_last_message_went_though_stripe_has_another_address_by_now(world):
    written_to(world)
    world.change(customer_email="new@payer.example")
    assert asked(world) == [PIA]


def test_where_nobody_was_ever_written_to_it_goes_to_the_address_at_stripe(world):
    world.payment_fails()
    links.make_link(world.case, message_id=None, now=world.now)
    world.change(customer_email="new@payer.example")
    assert asked(world) == ["new@payer.example"]


def test_in_minimal_mode_no_address_was_kept_and_it_goes_to_the_one_at_stripe(db):
    world = World(make_connection())
    world.connection.project.minimal = True
    world.connection.project.save()
    make_ruleset(world.connection.project, "revguard")
    written_to(world)
    assert asked(world) == [PIA]
    assert not Message.objects.exclude(to_address="").exists()
    clock.travel_to(None)


def test_in_observe_mode_it_is_sent_as_well_and_nothing_is_written_at_stripe(db):
    world = World(make_connection(mode="observe"))
    world.stripe.may_write = False
    make_ruleset(world.connection.project, "revguard")
    written_to(world)
    assert asked(world) == [PIA]
    assert world.stripe.writes == []
    clock.travel_to(None)


def test_who_wants_no_reminders_gets_what_they_ask_for(world):
    written_to(world)
    suppress(world.connection.organization, Channel.EMAIL, PIA, Suppression.Reason.UNSUBSCRIBED, world.now)
    assert asked(world) == [PIA]


@pytest.mark.parametrize("reason", sorted({*Suppression.Reason} - {Suppression.Reason.UNSUBSCRIBED}))
def test_an_address_that_bounces_or_complained_gets_none(world, reason):
    written_to(world)
    suppress(world.connection.organization, Channel.EMAIL, PIA, reason, world.now)
    assert asked(world) == []
    assert Action.objects.get(template="new_link").reason == f"suppressed:{reason}"


def test_a_reminder_of_the_same_day_does_not_hold_it_back_and_waits_a_day_after_it(world):
    written_to(world, 2.9)
    day = world.now
    [reminder] = Action.objects.filter(state="planned", do="message").order_by("due_at")[:1]
    world.day((reminder.due_at - NOW) / DAY + 0.01)
    assert asked(world) == [PIA]
    world.day(20)
    sent = sorted(Message.objects.filter(data_started_at__gt=day).values_list("data_started_at", "template"))
    at = next(at for at, template in sent if template == "new_link")
    assert all(later - at >= DAY for later, _ in sent if later > at)


def test_three_times_a_day_and_no_more(world):
    written_to(world)
    assert asked(world, times=6) == [PIA] * 3
    world.now += DAY + timedelta(minutes=1)
    clock.travel_to(world.now)
    assert asked(world) == [PIA]


@pytest.mark.parametrize("status", ["paid", "void", "uncollectible"])
def test_what_is_paid_or_closed_at_stripe_by_then_brings_no_link(world, status):
    written_to(world)
    world.change(status=status, amount_remaining=0, status_at=world.now)
    assert asked(world) == []


def test_of_a_customer_who_is_deleted_nothing_is_sent_and_the_merchant_sees_that_they_asked(world):
    written_to(world)
    learn(world.case, [Fact(Learnt.CUSTOMER_DELETED, world.now, "customer-deleted", {})], world.now)
    assert asked(world) == []
    assert world.case.facts.filter(kind=Learnt.LINK_ASKED).exists()


def test_it_is_sent_though_a_person_paused_or_stopped_the_case(world):
    written_to(world, 3)
    commands.pause(world.case, until=world.now + 30 * DAY, by="alice", now=world.now)
    assert asked(world) == [PIA]
    commands.stop(world.case, by="alice", now=world.now)
    assert asked(world) == [PIA]


def test_what_could_not_be_sent_for_a_day_is_sent_no_more(world):
    written_to(world)
    world.connection.organization.stopped_at = world.now
    world.connection.organization.save()
    assert asked(world) == []
    world.now += DAY + timedelta(minutes=1)
    clock.travel_to(world.now)
    world.connection.organization.stopped_at = None
    world.connection.organization.save()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert not Message.objects.filter(template="new_link").exists()
