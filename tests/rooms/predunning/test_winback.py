"""Somebody whose subscription has ended, told by the day: which letters they get, what is offered, and who gets none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tests import factories as make
from tests.rooms.predunning.there import DAY, NOW, World
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.core.catalogue import Channel
from tideover.core.outcomes import Unsent
from tideover.gateways.transport import Refused
from tideover.messages.keyed import unsubscribe_token
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.mirror.models import Customer
from tideover.predunning.models import Alert, Offer

pytestmark = pytest.mark.django_db
OFFER = "14: 20% for 3 months, valid 10 days, after 12 months"


@pytest.fixture
def asking(world) -> World:
    """Who has left is asked back, and cards are not told of."""
    world.set(card_alerts=False, winback=True)
    return world


def outcomes(world: World) -> list[tuple[str, str, str]]:
    return [*Alert.objects.order_by("kind").values_list("kind", "state", "reason")]


def texts_of(world: World) -> list[str]:
    return [" ".join(mail.get_body(("plain",)).get_content().split()) for _, mail in world.mail.accepted]


def on_days(world: World) -> list[int]:
    """How many whole days after the end each letter went out."""
    left = Message.objects.filter(data_started_at__isnull=False).order_by("data_started_at")
    return [(at - NOW).days for at in left.values_list("data_started_at", flat=True)]


# ── four letters ──


def test_who_canceled_gets_four_letters_a_day_a_week_two_weeks_and_a_month_after_the_end(asking):
    who, _ = asking.leaver()
    asking.by_the_day(60)
    assert asking.sent == [who.email] * 4
    assert on_days(asking) == [1, 7, 14, 30]
    first, second, third, last = texts_of(asking)
    assert "Your subscription (Pro) with Acme ended on November 20, 2026." in first
    assert "You can start it again whenever you like, for $20.00 a month." in first
    assert "/back/" in first
    assert "tell us at help@acme.example" in second
    assert "offer" not in third
    assert "This is the last message that we send you about it." in last
    assert asking.stripe.writes == []


def test_they_are_read_in_the_language_of_who_left(asking):
    asking.leaver(locale="de-DE", country="DE")
    asking.by_the_day(3)
    assert "Ihr Abo (Pro) bei Acme endete am 20. November 2026." in texts_of(asking)[0]


def test_what_a_plan_costs_that_is_not_paid_by_the_month_is_not_named(asking):
    asking.leaver(months=12)
    asking.by_the_day(3)
    assert "You can start it again whenever you like. You see what you pay" in texts_of(asking)[0]


def test_the_night_is_theirs(asking):
    """At the end's time of day it is night in Tokyo."""
    asking.leaver(ended_at=NOW + timedelta(hours=4), country="JP", locale="en")
    asking.by_the_day(4)
    at = Message.objects.get().data_started_at
    assert at.astimezone(UTC).hour in {0, 2, 6}  # from nine in the morning on


def test_turned_on_late_it_does_not_speak_of_long_ago(asking):
    asking.set(winback=False)
    asking.leaver()
    asking.by_the_day(12)
    assert not Alert.objects.exists()
    asking.set(winback=True)
    asking.by_the_day(50)
    assert on_days(asking) == [14, 30]


def test_a_second_end_has_letters_of_its_own(asking):
    who, plan = asking.leaver()
    asking.by_the_day(3)
    asking.becomes(plan, ended_at=NOW + 90 * DAY)
    asking.now = NOW + 90 * DAY
    asking.by_the_day(3)
    assert asking.sent == [who.email] * 2


def test_two_that_ended_on_one_day_are_one_letter_a_day(asking):
    who, _ = asking.leaver()
    asking.leaver(email=who.email)
    asking.by_the_day(2)
    assert asking.sent == [who.email]


# ── who gets none ──


@pytest.mark.parametrize("left_for", ["payment_failed", "payment_disputed", ""])
def test_who_did_not_cancel_gets_none(asking, left_for):
    asking.leaver(left_for=left_for)
    asking.by_the_day(40)
    assert not Alert.objects.exists()


def test_who_did_not_pay_gets_them_where_that_was_chosen(asking):
    asking.set(winback_unpaid=True)
    who, _ = asking.leaver(left_for="payment_failed")
    asking.leaver(left_for="payment_disputed")
    asking.by_the_day(40)
    assert asking.sent == [who.email] * 4


def test_who_comes_back_gets_no_more_from_that_moment_on(asking):
    who, _ = asking.leaver()
    asking.by_the_day(3)
    make.make_subscription(who, began_at=NOW + 3 * DAY)
    asking.by_the_day(40)
    assert asking.sent == [who.email]
    assert set(outcomes(asking)[1:]) == {
        (kind, "skipped", Unneeded.SUBSCRIBES) for kind in ("winback_14", "winback_30", "winback_7")
    }


def test_who_came_back_as_another_customer_is_the_same_person(asking):
    who, _ = asking.leaver()
    again = make.make_customer(asking.connection, email=who.email.upper())
    make.make_subscription(again, began_at=NOW + timedelta(hours=1))
    asking.by_the_day(40)
    assert asking.sent == []


def test_who_has_another_subscription_is_not_asked_back(asking):
    who, _ = asking.leaver()
    make.make_subscription(who, status="trialing")
    asking.by_the_day(40)
    assert asking.sent == []


def test_a_first_payment_that_was_never_made_is_no_subscription(asking):
    who, _ = asking.leaver()
    make.make_subscription(who, status="incomplete", began_at=NOW + timedelta(hours=1))
    asking.by_the_day(3)
    assert asking.sent == [who.email]


def test_what_stripe_says_at_the_last_moment_counts(asking):
    """The event that tells of the new subscription is still on its way."""
    who, _ = asking.leaver()
    asking.stripe.subscribing.add(who.stripe_id)
    asking.by_the_day(3)
    assert asking.sent == []
    assert outcomes(asking) == [("winback_1", "skipped", Unneeded.SUBSCRIBES)]


@pytest.mark.parametrize("columns", [{"gone": True}, {"erased_at": NOW}, {"test_clock": "clock_1QxVb"}])
def test_whoever_is_gone_or_not_real_is_not_written_to(asking, columns):
    who, _ = asking.leaver()
    asking.at(NOW)
    Customer.objects.filter(pk=who.pk).update(**columns)
    asking.by_the_day(40)
    assert asking.sent == []


@pytest.mark.parametrize(
    "columns",
    [{"winback": False}, {"recovery_enabled": False}, {"minimal": True}],
    ids=["off", "not live", "minimal"],
)
def test_where_it_is_off_or_nobody_may_be_written_to_nothing_is_planned(asking, columns):
    asking.leaver()
    asking.set(**columns)
    asking.by_the_day(40)
    assert not Alert.objects.exists()


def test_it_is_off_at_first(world):
    world.leaver()
    world.by_the_day(40)
    assert not Alert.objects.exists()


def test_in_observe_mode_nobody_is_asked_as_nobody_could_come_back_here(asking):
    asking.leaver()
    asking.at(NOW)
    type(asking.connection).objects.update(mode="observe")
    asking.by_the_day(2)
    assert asking.sent == []
    assert outcomes(asking) == [("winback_1", "planned", Waits.OBSERVED)]
    asking.by_the_day(20)
    assert asking.sent == []


def test_whose_payment_has_failed_is_left_to_its_messages(asking):
    who, _ = asking.leaver()
    make.make_case(asking.connection, customer_id=who.stripe_id)
    asking.by_the_day(3)
    assert asking.sent == []
    assert outcomes(asking) == [("winback_1", "planned", Waits.OPEN)]


# ── opting out ──


def test_who_has_opted_out_of_all_gets_none(asking):
    who, _ = asking.leaver()
    suppress(asking.project.organization, Channel.EMAIL, who.email, Suppression.Reason.UNSUBSCRIBED, NOW)
    asking.by_the_day(40)
    assert asking.sent == []
    assert ("winback_1", "skipped", Unsent.UNSUBSCRIBED) in outcomes(asking)


def test_one_click_stops_these_letters_alone(asking):
    who, _ = asking.leaver()
    asking.by_the_day(3)
    address = f"/u/{unsubscribe_token(Alert.objects.get().pk)}"
    assert "Stop these emails?" in Client().get(address).content.decode()
    assert "ask whether you want to come back" in Client().post(address).content.decode()
    asking.by_the_day(40)
    assert asking.sent == [who.email]
    asking.set(renewal_notices=True, renewals_of_every_plan=True)
    plan = make.make_subscription(who, renews_at=asking.now + 20 * DAY, months=1)
    asking.becomes(plan)
    asking.by_the_day(2)
    assert asking.sent == [who.email, who.email]


def test_and_another_click_stops_all_of_them(asking):
    asking.leaver()
    asking.by_the_day(3)
    Client().post(f"/u/{unsubscribe_token(Alert.objects.get().pk)}", {"all": "1"})
    kept_out = Suppression.objects.values_list("channel", "reason")
    assert [*kept_out] == [("email", "unsubscribed")]


# ── offers ──


def test_an_offer_is_made_at_stripe_for_this_customer_alone_and_told_of_with_its_last_day(asking):
    asking.set(winback_offers=OFFER)
    who, _ = asking.leaver(country="DE")
    asking.by_the_day(40)
    assert asking.stripe.writes == [("offer", f"{who.stripe_id} 20% for 3 months 2026-12-14 23:00")]
    third = texts_of(asking)[2]
    assert "Our offer to you: 20% off for the first 3 months." in third
    assert "holds until December 14, 2026." in third
    assert "Our offer" not in "".join(texts_of(asking)[:2] + texts_of(asking)[3:])
    offer = Offer.objects.get()
    assert offer.until == datetime(2026, 12, 14, 23, tzinfo=UTC)
    assert offer.code_id == f"promo_offer_{offer.pk}"


def test_who_does_not_meet_its_conditions_is_written_to_without_it(asking):
    asking.set(winback_offers=OFFER)
    asking.leaver(began_at=NOW - 100 * DAY)
    asking.by_the_day(40)
    assert len(asking.sent) == 4
    assert not Offer.objects.exists()


def test_an_amount_off_is_told_of_as_money(asking):
    asking.set(winback_offers="1: USD 5 for 1 month")
    asking.leaver()
    asking.by_the_day(3)
    assert "Our offer to you: $5.00 off for the first month." in texts_of(asking)[0]


def test_where_our_key_may_make_none_the_letter_goes_without_it(asking):
    asking.set(winback_offers=OFFER)
    asking.stripe.may_offer = False
    asking.leaver()
    asking.by_the_day(40)
    assert len(asking.sent) == 4
    assert "Our offer" not in "".join(texts_of(asking))


def test_an_offer_is_decided_once_and_asked_for_under_one_key_however_often_it_is_tried(asking):
    asking.set(winback_offers="1: 20% for 1 month")
    asking.leaver()
    asking.at(NOW)
    asking.mail.refuse = Refused(permanent=False, reason="greylisted")
    asking.by_the_day(2)
    asking.set(winback_offers="1: 90% for 1 month")
    asking.mail.refuse = None
    asking.by_the_day(1)
    assert len(asking.sent) == 1
    assert "20% off" in texts_of(asking)[0]
    assert len({key for key in asking.stripe.keys if key.startswith("offer_")}) == 1
    assert Offer.objects.count() == 1


# ── once ──


def test_a_clock_that_is_set_back_writes_nobody_twice(asking):
    asking.leaver()
    later = NOW + DAY + timedelta(hours=1)
    asking.at(later).at(NOW + timedelta(hours=1)).at(later).by_the_day(2)
    assert len(asking.sent) == 1


class Killed(BaseException):
    """The worker is no more."""


def kill() -> None:
    raise Killed


@pytest.mark.parametrize("moment", ["in_line", "fail"])
def test_whoever_is_killed_around_the_sending_writes_at_most_once_and_makes_one_offer(asking, moment):
    asking.set(winback_offers="1: 20% for 1 month")
    asking.leaver()
    asking.at(NOW)
    setattr(asking.mail, moment, kill)
    with pytest.raises(Killed):
        asking.at(NOW + DAY)
    setattr(asking.mail, moment, lambda: None)
    asking.by_the_day(4)
    assert len(asking.sent) == (1 if moment == "in_line" else 0)
    assert len({key for key in asking.stripe.keys if key.startswith("offer_")}) == 1


def test_whoever_is_killed_once_the_code_is_made_and_before_it_is_kept_asks_for_it_under_the_same_key(asking):
    asking.set(winback_offers="1: 20% for 1 month")
    asking.leaver()
    asking.at(NOW)
    asking.mail.refuse = Refused(permanent=False, reason="greylisted")
    asking.at(NOW + DAY)
    Offer.objects.update(code_id="")
    asking.mail.refuse = None
    asking.by_the_day(3)
    assert len(asking.sent) == 1
    keys = [key for key in asking.stripe.keys if key.startswith("offer_")]
    assert (len(keys), len(set(keys))) == (2, 1)
