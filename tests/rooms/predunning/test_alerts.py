"""A card that ends before it is charged next, told by the day: who is written to, once, and who is not and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from tests import factories as make
from tests.rooms.predunning.there import DAY, NOW, RENEWS, World
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.core.catalogue import Channel
from tideover.core.money import Money
from tideover.core.outcomes import Unsent
from tideover.messages.keyed import address_hash
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer, Method, Subscription
from tideover.predunning.models import Alert
from tideover.tenants.models import Connection

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DUE = 6  # days from NOW to seven days before RENEWS


def outcome(world: World) -> tuple[str, str]:
    return world.alert.state, world.alert.reason


# ── one message ──


def test_who_pays_by_a_card_that_ends_is_written_to_once_seven_days_ahead_of_the_payment(world):
    who, _, _ = world.holder()
    world.by_the_day(DUE)
    assert world.sent == []
    world.by_the_day(20)
    assert world.sent == [who.email]
    message = Message.objects.get()
    assert message.data_started_at == NOW + DUE * DAY
    assert (message.template, message.about, message.action_id) == ("card_expiring", world.alert.pk, world.alert.pk)
    [(_, mail)] = world.mail.accepted
    text = mail.get_body(("plain",)).get_content()
    assert "Your card on file, Visa •••• 4242, is valid until the end of November 2026." in text
    assert "Your next payment for Pro, $99.00, is on December 3, 2026." in text
    assert "/card/" in text
    assert "/u/" in text
    assert outcome(world) == ("sent", "")


def test_a_card_that_the_next_payment_still_meets_is_told_of_ahead_of_the_one_after_it(world):
    """It ends in 20 days, and the renewal is in 10: that one goes through, and the next one a month later does not."""
    world.now = NOW - 10 * DAY
    who, _, plan = world.holder(renews_at=NOW + HOUR)
    world.by_the_day(10)
    assert world.sent == []
    world.becomes(plan, renews_at=NOW + 31 * DAY)
    world.by_the_day(40)
    assert world.sent == [who.email]
    assert Message.objects.get().data_started_at >= NOW + 24 * DAY


@pytest.mark.parametrize("own", [True, False])
def test_it_is_the_card_of_the_subscription_or_where_that_has_none_the_customers_default(world, own):
    who, _, _ = world.holder(own=own)
    world.by_the_day(20)
    assert world.sent == [who.email]


def test_one_that_has_ended_already_is_told_of_as_such(world):
    world.holder(ends=date(2026, 10, 31))
    world.by_the_day(20)
    assert "was valid until the end of October 2026" in world.mail.subjects[0]


def test_an_amount_that_stripe_does_not_tell_is_not_named(world):
    world.stripe.amount = None
    world.holder()
    world.by_the_day(20)
    assert "$" not in str(world.mail.accepted[0][1])


@pytest.mark.parametrize("minor", [0, -500])
def test_where_the_next_invoice_asks_for_nothing_no_payment_is_announced_until_one_does(world, minor):
    """A free plan, a coupon or a credit: the card is not charged then."""
    who, _, plan = world.holder()
    world.stripe.amount = Money(minor, "usd")
    world.by_the_day(14)
    assert (outcome(world), world.sent) == (("planned", Waits.UNKNOWN), [])
    world.becomes(plan, renews_at=RENEWS + 31 * DAY)
    world.stripe.amount = Money(9900, "usd")
    world.by_the_day(31)
    assert world.sent == [who.email]


def test_why_nothing_is_announced_is_kept_meanwhile(world):
    world.holder()
    world.stripe.amount = Money(0, "usd")
    world.at(NOW + DUE * DAY)
    assert outcome(world) == ("planned", Waits.FREE)


def test_the_second_card_of_the_same_person_is_told_of_on_another_day(world):
    who, _, _ = world.holder(own=True)
    world.holder(who=who, own=True, fingerprint="fp_2", last4="1881")
    world.by_the_day(20)
    assert world.sent == [who.email] * 2
    first, second = Message.objects.order_by("data_started_at").values_list("data_started_at", flat=True)
    assert second - first >= DAY


def test_the_same_card_that_was_saved_twice_is_told_of_once(world):
    who, _, _ = world.holder(own=True, fingerprint="fp_same")
    world.holder(who=who, own=True, fingerprint="fp_same")
    world.by_the_day(30)
    assert world.sent == [who.email]
    assert Alert.objects.count() == 1


def test_a_person_that_is_two_customers_is_told_once_of_the_card_that_both_have(world):
    world.holder(fingerprint="fp_same", email="jane@payer.example")
    world.holder(fingerprint="fp_same", email="Jane@payer.example")
    world.by_the_day(30)
    assert len(world.sent) == 1
    assert sorted(Alert.objects.values_list("state", "reason")) == [("sent", ""), ("skipped", Unneeded.TOLD)]


def test_two_people_are_each_told_of_the_card_that_both_have(world):
    """In test mode everybody has the same card number."""
    for _ in range(2):
        world.holder(fingerprint="fp_same")
    world.by_the_day(30)
    assert len(set(world.sent)) == 2


def test_the_next_card_of_the_same_number_is_another_one(world):
    who, card, plan = world.holder()
    world.by_the_day(20)
    world.becomes(card, expires_on=date(2027, 11, 30))
    world.becomes(plan, renews_at=datetime(2027, 12, 3, 12, tzinfo=UTC))
    world.now = datetime(2027, 11, 20, 12, tzinfo=UTC)
    world.by_the_day(20)
    assert world.sent == [who.email] * 2


def test_so_many_days_ahead_as_the_merchant_says(world):
    world.set(card_alert_days=13)
    world.holder()
    assert len(world.at(NOW).sent) == 1


def test_a_day_that_was_missed_is_made_up_for_while_the_payment_is_still_ahead(world):
    world.holder()
    assert len(world.at(RENEWS - DAY).sent) == 1


# ── none ──


def put_out(world: World, who: Customer, reason: Suppression.Reason) -> None:
    suppress(world.project.organization, Channel.EMAIL, who.email, reason, world.now)


def replace_card(world: World, who: Customer) -> None:
    world.becomes(who, method_id=make.make_method(who, expires_on=date(2030, 1, 31)).stripe_id)


Happens = Callable[[World, Customer, Method, Subscription], object]
# What comes between, and why nobody is written to then.
BETWEEN: Mapping[str, tuple[Happens, str]] = {
    "renewed by the network": (
        lambda world, _, card, __: world.becomes(card, expires_on=date(2030, 11, 30), renewed_at=world.now),
        Unneeded.RENEWED,
    ),
    "replaced": (lambda world, who, *_: replace_card(world, who), Unneeded.REPLACED),
    "taken off": (lambda world, _, card, __: world.becomes(card, gone=True), Unneeded.REPLACED),
    "ended": (
        lambda world, _, __, plan: world.becomes(plan, status="canceled", ended_at=world.now),
        Unneeded.ENDED,
    ),
    "to be ended": (lambda world, _, __, plan: world.becomes(plan, ends_at=RENEWS), Unneeded.ENDED),
    "opted out": (lambda world, who, *_: put_out(world, who, Suppression.Reason.UNSUBSCRIBED), Unsent.UNSUBSCRIBED),
    "bounced": (lambda world, who, *_: put_out(world, who, Suppression.Reason.BOUNCED), Unsent.BOUNCED),
    "without an address": (lambda world, who, *_: world.becomes(who, email=""), Unsent.NO_ADDRESS),
    "disconnected": (
        lambda world, *_: Connection.objects.update(state="disconnected", disconnected_at=world.now),
        Unneeded.DISCONNECTED,
    ),
    "erased": (lambda world, *_: Customer.objects.update(erased_at=world.now), Unneeded.ERASED),
}
KNOWN_AHEAD = ("disconnected", "ended", "renewed by the network", "replaced", "taken off", "to be ended")


@pytest.mark.parametrize("what", sorted(BETWEEN))
def test_whoever_needs_none_any_more_gets_none_and_the_reason_is_kept(world, what):
    world.holder(country="JP")  # where it is night: the row is there, and waits
    world.set(time_zone="Asia/Tokyo")
    world.at(NOW + DUE * DAY)
    assert outcome(world) == ("planned", Waits.EARLY)
    happens, why = BETWEEN[what]
    happens(world, Customer.objects.get(), Method.objects.get(), Subscription.objects.get())
    world.by_the_day(3)
    assert world.sent == []
    assert outcome(world) == ("skipped", why)


@pytest.mark.parametrize("what", KNOWN_AHEAD)
def test_nor_is_there_a_row_where_that_was_so_before(world, what):
    BETWEEN[what][0](world, *world.holder())
    world.by_the_day(12)
    assert world.sent == []
    assert not Alert.objects.exists()


def test_what_only_stripe_knows_by_now_is_asked_right_before(world):
    """Its event is on the way: the card was renewed a moment ago."""
    _, card, _ = world.holder()
    world.stripe.things[card.stripe_id]["card"]["exp_year"] = 2030
    world.by_the_day(12)
    assert world.sent == []
    assert outcome(world) == ("skipped", Unneeded.RENEWED)


@pytest.mark.parametrize("what", ["the card", "its holder", "the subscription"])
def test_of_what_stripe_has_no_more_nothing_is_said(world, what):
    """A card of the old kind that was taken off is not found, and no event may have told of it yet."""
    who, card, plan = world.holder()
    del world.stripe.things[{"the card": card, "its holder": who, "the subscription": plan}[what].stripe_id]
    world.at(NOW + DUE * DAY)
    assert (outcome(world), world.sent) == (("planned", Waits.UNTOLD), [])


def test_a_card_whose_bank_takes_it_after_its_end_needs_no_word(world):
    who, card, _ = world.holder(ends=date(2026, 10, 31))
    make.make_payment(who, method_id=card.stripe_id, at=datetime(2026, 11, 3, tzinfo=UTC))
    world.by_the_day(12)
    assert outcome(world) == ("skipped", Unneeded.PAYS)


@pytest.mark.parametrize(
    "columns",
    [{"card_alerts": False}, {"recovery_enabled": False}, {"minimal": True}],
    ids=lambda columns: next(iter(columns)),
)
def test_where_it_is_off_nothing_is_planned(world, columns):
    world.set(**columns)
    world.holder()
    world.by_the_day(12)
    assert not Alert.objects.exists()


WAITING = {
    "alerts": ({"card_alerts": False}, {"card_alerts": True}, Waits.OFF),
    "recovery": ({"recovery_enabled": False}, {"recovery_enabled": True}, "recovery is off for this project"),
    "names": ({"minimal": True}, {"minimal": False}, Waits.MINIMAL),
}


@pytest.mark.parametrize("what", sorted(WAITING))
def test_what_is_switched_off_meanwhile_waits_and_goes_out_where_it_is_on_again_in_time(world, what):
    off, on, why = WAITING[what]
    world.holder(country="JP")
    world.at(NOW + DUE * DAY).set(**off)
    world.by_the_day(2)
    assert outcome(world) == ("planned", why)
    world.set(**on)
    world.by_the_day(2)
    assert len(world.sent) == 1


def test_while_a_failed_payment_of_theirs_is_open_its_messages_speak(world):
    who, _, _ = world.holder()
    case = make.make_case(world.connection, customer_id=who.stripe_id, customer_email=who.email)
    world.by_the_day(9)
    assert outcome(world) == ("planned", Waits.OPEN)
    case.state, case.ended_at, case.via = "recovered", NOW, "retry"
    case.save()
    world.by_the_day(2)
    assert world.sent == [who.email]


def test_who_was_written_to_today_hears_of_it_tomorrow(world):
    who, _, _ = world.holder()
    case = make.make_case(world.connection, state="canceled", customer_email=who.email)
    written = NOW + DUE * DAY - 2 * HOUR
    make.make_message(case, to_hash=address_hash(who.email), at=written)
    world.at(NOW + DUE * DAY)
    assert world.sent == []
    assert "within a day or a week" in world.alert.reason
    world.by_the_day(2)
    assert world.sent == [who.email]
    assert Message.objects.get(template="card_expiring").data_started_at >= written + DAY


@pytest.mark.parametrize("each", [False, True])
def test_a_text_message_of_the_same_day_counts_unless_one_of_each_is_allowed(world, each):
    world.set(one_a_day_each=each)
    who, _, _ = world.holder()
    case = make.make_case(world.connection, state="canceled", customer_id=who.stripe_id, customer_phone="+14155550100")
    written = NOW + DUE * DAY - 2 * HOUR
    make.make_message(case, channel="sms", to_hash=address_hash(case.customer_phone), at=written)
    world.at(NOW + DUE * DAY)
    assert world.sent == ([who.email] if each else [])
    world.by_the_day(2)
    assert world.sent == [who.email]
    left = Message.objects.get(template="card_expiring").data_started_at
    assert (left >= written + DAY) is not each


def test_a_text_message_that_leaves_while_the_mail_stands_in_line_counts_too(world):
    who, _, _ = world.holder()
    case = make.make_case(world.connection, state="canceled", customer_id=who.stripe_id, customer_phone="+14155550100")
    at = NOW + DUE * DAY
    world.mail.in_line = lambda: make.make_message(
        case, channel="sms", to_hash=address_hash(case.customer_phone), at=at
    )
    world.at(at)
    assert world.sent == []
    assert "within a day or a week" in world.alert.reason


def test_a_payment_that_moves_away_takes_the_message_along(world):
    who, _, plan = world.holder(country="JP")
    world.at(NOW + DUE * DAY)
    world.becomes(plan, renews_at=RENEWS + 20 * DAY)
    world.by_the_day(15)
    assert world.sent == []
    world.by_the_day(10)
    assert world.sent == [who.email]


# ── test mode, observe mode ──


def test_a_test_accounts_customers_get_none_unless_test_mail_is_on(world):
    Connection.objects.update(test_mail=False)
    world.holder()
    world.by_the_day(12)
    assert outcome(world) == ("skipped", "test-mode")


def test_nobody_on_a_test_clock_is_written_to_whose_time_is_another(world):
    who, _, _ = world.holder()
    Customer.objects.update(test_clock="clock_1QxYz0123456789012345678")
    world.stripe.things[who.stripe_id] |= {"test_clock": "clock_1QxYz0123456789012345678"}
    world.by_the_day(12)
    assert (outcome(world), world.sent) == (("skipped", Unneeded.ON_A_CLOCK), [])


def test_the_mail_of_a_test_account_is_marked(world):
    world.holder()
    world.by_the_day(12)
    assert world.mail.subjects[0].startswith("[Test] ")
    Connection.objects.update(livemode=True)
    world.holder(email="live@payer.example", renews_at=RENEWS + 10 * DAY)
    world.by_the_day(10)
    assert not world.mail.subjects[1].startswith("[Test] ")


def test_in_observe_mode_where_no_card_can_be_taken_nobody_is_written_to(world):
    Connection.objects.update(mode="observe")
    world.holder()
    world.by_the_day(12)
    assert not Alert.objects.exists()


def test_what_was_planned_before_observe_mode_waits_until_the_account_acts_again(world):
    world.holder(country="JP")
    world.at(NOW + DUE * DAY)
    Connection.objects.update(mode="observe")
    world.by_the_day(2)
    assert (outcome(world), world.sent) == (("planned", Waits.OBSERVED), [])
    Connection.objects.update(mode="act")
    world.by_the_day(2)
    assert len(world.sent) == 1


def test_an_account_that_was_left_out_writes_to_nobody_while_another_of_the_project_does(world):
    Connection.objects.update(card_alerts=False)
    world.holder()
    other = World(make.make_connection(world.project))
    begin(other.connection, NOW)
    theirs, _, _ = other.holder()
    other.by_the_day(12)
    assert other.sent == [theirs.email]
    assert Alert.objects.get().connection_id == other.connection.pk
