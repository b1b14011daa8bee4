"""A card is told of once, whoever is killed when, and whatever a clock, a mail server or Stripe does."""

from __future__ import annotations

from contextlib import suppress as suppress_error
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.rooms.predunning.there import DAY, ENDS, NOW, World, open_world
from tideover import clock
from tideover.core.ahead.predunning import Waits
from tideover.flow.circuit_breaker import OPENS_AFTER, record_failure
from tideover.gateways.transport import Refused
from tideover.mirror.models import Method
from tideover.predunning.models import Alert

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DUE = 6  # days from NOW to seven days before RENEWS


def outcome(world: World) -> tuple[str, str]:
    return world.alert.state, world.alert.reason


# ── whatever happens, once ──


class Killed(BaseException):
    """The worker is no more."""


def kill() -> None:
    raise Killed


def test_a_worker_that_is_killed_between_the_row_and_sending_leaves_it_to_the_next(world):
    who, _, _ = world.holder()
    world.stripe.while_reading = kill
    with pytest.raises(Killed):
        world.at(NOW + DUE * DAY)
    assert (world.alert.state, world.sent) == ("planned", [])
    world.stripe.while_reading = lambda: None
    world.by_the_day(3)
    assert world.sent == [who.email]


def test_one_that_is_killed_before_the_message_leaves_leaves_it_to_the_next(world):
    who, _, _ = world.holder()
    world.mail.in_line = kill
    with pytest.raises(Killed):
        world.at(NOW + DUE * DAY)
    world.mail.in_line = lambda: None
    world.by_the_day(3)
    assert world.sent == [who.email]


def test_one_that_is_killed_after_it_has_left_leaves_a_doubt_and_it_is_never_sent_again(world):
    world.holder()
    world.mail.fail = kill
    with pytest.raises(Killed):
        world.at(NOW + DUE * DAY)
    world.mail.fail = lambda: None
    world.at(NOW + DUE * DAY + timedelta(minutes=11))
    assert outcome(world) == ("planned", "another worker is handing it over")
    world.by_the_day(9)
    assert world.sent == []
    assert outcome(world) == ("unknown", "")


def test_one_that_is_killed_before_it_notes_here_what_became_of_it_sends_no_second_one(world):
    world.holder()
    world.at(NOW + DUE * DAY)
    Alert.objects.update(state="planned", settled_at=None, try_at=NOW)
    world.by_the_day(5)
    assert len(world.sent) == 1
    assert outcome(world) == ("sent", "")


def test_a_clock_that_is_set_back_sends_no_second_one(world):
    world.holder()
    world.at(NOW + DUE * DAY)
    world.at(NOW - 30 * DAY).at(NOW + DUE * DAY).at(NOW + (DUE + 1) * DAY)
    assert len(world.sent) == 1


def test_a_mail_server_that_puts_it_off_is_asked_again_and_one_that_refuses_it_is_not(world):
    world.holder()
    world.mail.refuse = Refused(permanent=False, reason="come back later")
    world.at(NOW + DUE * DAY)
    assert outcome(world) == ("planned", "come back later")
    world.mail.refuse = Refused(permanent=True, reason="no such mailbox")
    world.by_the_day(1)
    assert outcome(world) == ("failed", "no such mailbox")
    world.mail.refuse = None
    world.by_the_day(5)
    assert world.sent == []


def test_a_stripe_that_does_not_answer_is_asked_again(world):
    world.holder()
    world.stripe.silent = True
    world.at(NOW + DUE * DAY)
    assert outcome(world) == ("planned", "Stripe did not answer: no route")
    world.stripe.silent = False
    world.at(NOW + DUE * DAY + HOUR)
    assert len(world.sent) == 1


@pytest.mark.parametrize("whose", ["its own", "everybody's"])
def test_a_stripe_that_falls_silent_is_not_waited_for_again_for_each_card(world, whose):
    """Each wait is as long as a call may take, and other merchants' alerts stand in line behind it."""
    asked = []

    def wait() -> None:
        asked.append(whose)
        for _ in range(1 if whose == "its own" else OPENS_AFTER["provider"]):
            record_failure("stripe", world.now, world.connection if whose == "its own" else None)

    for number in range(8):
        world.holder(fingerprint=f"fp_{number}")
    world.stripe.silent, world.stripe.while_reading = True, wait
    world.at(NOW + DUE * DAY)
    assert len(asked) == (OPENS_AFTER["lane"] if whose == "its own" else 1)
    assert sorted(set(Alert.objects.values_list("reason", flat=True))) == [
        "Stripe did not answer: no route",
        Waits.SILENT,
    ]


def test_one_that_breaks_holds_up_no_other(world):
    _, odd, _ = world.holder()
    who, _, _ = world.holder(fingerprint="fp_2")
    world.stripe.things[odd.stripe_id]["card"] = "what nobody can read"
    world.at(NOW + DUE * DAY)
    assert who.email in world.sent


def test_another_merchants_switch_switches_nothing_here(world):
    world.set(card_alerts=False)
    world.holder()
    other = open_world()
    theirs, _, _ = other.holder()
    other.by_the_day(12)
    assert other.sent == [theirs.email]
    assert Alert.objects.get().organization_id == other.project.organization_id


HAPPENINGS = ("a day", "an hour", "killed in line", "killed after", "back", "off", "on", "renewed", "as before")


class OnceACard(TestCase):
    """However days, deaths and switches follow each other."""

    @settings(max_examples=20)
    @given(st.lists(st.sampled_from(HAPPENINGS), max_size=25))
    def test_however_they_follow_each_other_a_card_is_told_of_once_at_most(self, happenings: list[str]) -> None:
        world = open_world()
        _, card, _ = world.holder()
        left: list[str] = []
        world.now = NOW + (DUE - 2) * DAY
        for happening in (*happenings, "on", "as before", "a day", "a day"):
            self.happen(world, card, happening, left)
        clock.travel_to(None)
        assert len(left) + len(world.sent) <= 1
        assert Alert.objects.count() <= 1

    @staticmethod
    def happen(world: World, card: Method, happening: str, left: list[str]) -> None:
        def lost() -> None:
            left.append("it may have arrived")
            kill()

        match happening:
            case "a day" | "an hour" | "back":
                steps = {"a day": DAY, "an hour": HOUR, "back": -DAY}
                world.at(world.now + steps[happening])
            case "killed in line" | "killed after":
                world.mail.in_line, world.mail.fail = (
                    (kill, lambda: None) if happening == "killed in line" else (lambda: None, lost)
                )
                with suppress_error(Killed):
                    world.at(world.now + HOUR)
                world.mail.in_line = world.mail.fail = lambda: None
            case "off" | "on":
                world.set(card_alerts=happening == "on")
            case "renewed":
                world.becomes(card, expires_on=date(2030, 11, 30))
            case "as before":
                world.becomes(card, expires_on=ENDS)
