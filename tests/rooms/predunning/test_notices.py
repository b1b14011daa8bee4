"""A subscription that renews or a trial that ends, told by the day: who is told, once, and who is not and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests import factories as make
from tests.rooms.predunning.there import DAY, NOW, World
from tideover.core.ahead.predunning import Unneeded, Waits
from tideover.core.catalogue import Channel
from tideover.core.money import Money
from tideover.core.outcomes import Unsent
from tideover.messages.models import Message, Suppression
from tideover.messages.suppression import suppress
from tideover.mirror.models import Subscription
from tideover.predunning.models import Alert

pytestmark = pytest.mark.django_db
RENEWS = NOW + 40 * DAY  # December 30, 2026
DUE = 10  # days from NOW to thirty days before that


@pytest.fixture
def telling(world) -> World:
    """Renewals and trials are told of, and cards are not."""
    world.set(card_alerts=False, renewal_notices=True, trial_notices=True)
    return world


def outcome(world: World) -> tuple[str, str]:
    return world.alert.state, world.alert.reason


def text_of(world: World) -> str:
    [(_, mail)] = world.mail.accepted
    return " ".join(mail.get_body(("plain",)).get_content().split())


# ── one message ──


def test_a_yearly_plan_is_told_of_once_thirty_days_ahead_with_amount_card_and_how_to_cancel(telling):
    who, _ = telling.subscriber(renews_at=RENEWS)
    telling.by_the_day(DUE)
    assert telling.sent == []
    telling.by_the_day(29)
    assert telling.sent == [who.email]
    message = Message.objects.get()
    assert message.data_started_at == NOW + DUE * DAY
    assert (message.template, message.about) == ("renewal", telling.alert.pk)
    text = text_of(telling)
    assert "Your subscription (Pro) with Acme renews on December 30, 2026." in text
    assert "As things stand, $99.00 is charged then by Visa •••• 4242." in text
    assert "To cancel before then, open the page that this message leads to, or write to help@acme.example." in text
    assert "/plan/" in text
    assert outcome(telling) == ("sent", "")


def test_a_trial_is_told_of_seven_days_before_it_ends_and_its_renewal_a_year_later_again(telling):
    who, plan = telling.subscriber(renews_at=NOW + 12 * DAY, trial=True)
    telling.by_the_day(5)
    assert telling.sent == []
    telling.by_the_day(8)
    assert telling.sent == [who.email]
    assert "Your trial (Pro) with Acme ends on December 2, 2026." in text_of(telling)
    telling.becomes(plan, status="active", renews_at=NOW + 52 * DAY)
    telling.by_the_day(40)
    assert telling.sent == [who.email, who.email]
    assert sorted(Alert.objects.values_list("kind", flat=True)) == ["renewal", "trial"]


def test_each_renewal_is_told_of_by_itself(telling):
    who, plan = telling.subscriber(renews_at=RENEWS)
    telling.by_the_day(39)
    telling.becomes(plan, renews_at=RENEWS + 365 * DAY)
    telling.now = RENEWS + 330 * DAY
    telling.by_the_day(20)
    assert telling.sent == [who.email, who.email]


def test_the_day_and_the_words_are_those_of_where_they_live(telling):
    telling.subscriber(renews_at=RENEWS, locale="de-DE", country="DE")
    telling.by_the_day(39)
    assert "verlängert sich am 30. Dezember 2026" in text_of(telling)


def test_in_france_it_is_told_more_than_a_month_ahead_though_less_was_chosen(telling):
    telling.set(renewal_days=10)
    who, _ = telling.subscriber(renews_at=RENEWS, country="FR", locale="fr-FR")
    telling.by_the_day(10)
    assert telling.sent == [who.email]
    ahead = RENEWS - Message.objects.get().data_started_at
    assert ahead > 30 * DAY


def test_in_france_the_chosen_day_holds_where_the_merchant_wants_it_so(telling):
    telling.set(renewal_days=10, renewals_by_law=False)
    telling.subscriber(renews_at=RENEWS, country="FR", locale="fr-FR")
    telling.by_the_day(29)
    assert telling.sent == []
    telling.by_the_day(2)
    assert len(telling.sent) == 1


def test_another_day_that_is_chosen_holds_for_what_was_planned_already(telling):
    telling.set(renewal_days=38)
    telling.subscriber(renews_at=RENEWS)
    telling.by_the_day(1)
    assert outcome(telling) == ("planned", Waits.EARLY)
    telling.set(renewal_days=5)
    telling.by_the_day(33)
    assert telling.sent == []
    telling.by_the_day(2)
    assert len(telling.sent) == 1


# ── what is known ──


def test_an_amount_that_stripe_does_not_tell_or_that_depends_on_use_is_not_named(telling):
    telling.subscriber(renews_at=RENEWS, monthly=None)
    telling.by_the_day(20)
    assert "The payment is made then by Visa •••• 4242." in text_of(telling)
    assert "$" not in text_of(telling)


def test_the_amount_is_what_stripe_says_it_will_be_and_not_the_price(telling):
    telling.stripe.amount = Money(11781, "usd")
    telling.subscriber(renews_at=RENEWS)
    telling.by_the_day(20)
    assert "$117.81" in text_of(telling)


def test_who_pays_by_hand_is_told_of_an_invoice_and_of_no_charge(telling):
    telling.subscriber(renews_at=RENEWS, sent=True)
    telling.by_the_day(20)
    assert "An invoice for it is sent to you then. As things stand, it is for $99.00." in text_of(telling)
    assert "Visa" not in text_of(telling)


# ── who is not told ──


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ends_at": RENEWS}, Unneeded.CANCELED),
        ({"rests": True}, Unneeded.RESTS),
        ({"status": "canceled", "ended_at": NOW}, Unneeded.ENDED),
        ({"renews_at": RENEWS + 365 * DAY}, Unneeded.MOVED),
    ],
    ids=["canceled", "paused", "ended", "moved"],
)
def test_what_does_not_renew_then_any_more_is_not_told_of(telling, change, why):
    _, plan = telling.subscriber(renews_at=RENEWS)
    telling.set(renewal_days=38)
    telling.by_the_day(1)
    telling.becomes(plan, **change)
    telling.by_the_day(10)
    assert telling.sent == []
    assert outcome(telling) == ("skipped", why)


def test_what_stripe_says_at_the_last_moment_counts(telling):
    """The event that tells of a cancellation is still on its way."""
    _, plan = telling.subscriber(renews_at=RENEWS)
    telling.stripe.things[plan.stripe_id]["cancel_at_period_end"] = True
    telling.by_the_day(20)
    assert telling.sent == []
    assert outcome(telling) == ("skipped", Unneeded.CANCELED)


def test_a_monthly_plan_is_told_of_only_where_that_was_chosen(telling):
    telling.subscriber(renews_at=RENEWS, months=1)
    telling.by_the_day(20)
    assert not Alert.objects.exists()
    telling.set(renewals_of_every_plan=True)
    telling.by_the_day(5)
    assert len(telling.sent) == 1


def test_one_of_which_it_is_not_known_how_often_it_is_paid_is_read_first(telling):
    _, plan = telling.subscriber(renews_at=RENEWS, months=1)
    Subscription.objects.filter(pk=plan.pk).update(months=None)
    telling.by_the_day(20)
    assert telling.sent == []
    assert outcome(telling) == ("skipped", Unneeded.OFTEN)


def test_whose_payment_has_failed_is_left_to_its_messages(telling):
    who, _ = telling.subscriber(renews_at=RENEWS)
    case = make.make_case(telling.connection, customer_id=who.stripe_id)
    telling.by_the_day(20)
    assert telling.sent == []
    assert outcome(telling) == ("planned", Waits.OPEN)
    type(case).objects.update(state="recovered", ended_at=NOW)
    telling.by_the_day(1)
    assert telling.sent == [who.email]


def test_who_has_opted_out_is_not_told_whatever_a_law_asks_for(telling):
    who, _ = telling.subscriber(renews_at=RENEWS, country="FR")
    suppress(telling.project.organization, Channel.EMAIL, who.email, Suppression.Reason.UNSUBSCRIBED, NOW)
    telling.by_the_day(20)
    assert telling.sent == []
    assert outcome(telling) == ("skipped", Unsent.UNSUBSCRIBED)


def test_without_a_way_to_cancel_nobody_is_told_and_with_an_address_of_the_merchants_in_observe_mode_too(telling):
    who, _ = telling.subscriber(renews_at=RENEWS)
    telling.by_the_day(1)
    type(telling.connection).objects.update(mode="observe")
    telling.by_the_day(15)
    assert telling.sent == []
    assert outcome(telling) == ("planned", Waits.NO_WAY)
    telling.set(cancel_url="https://acme.example/cancel")
    telling.by_the_day(1)
    assert telling.sent == [who.email]


@pytest.mark.parametrize(
    "columns",
    [{"renewal_notices": False}, {"recovery_enabled": False}, {"minimal": True}],
    ids=["off", "not live", "minimal"],
)
def test_where_it_is_off_or_nobody_may_be_written_to_nothing_is_planned(telling, columns):
    telling.subscriber(renews_at=RENEWS)
    telling.set(**columns)
    telling.by_the_day(20)
    assert telling.sent == []
    assert not Alert.objects.exists()


def test_two_messages_a_day_are_one_too_many_and_the_notice_waits(telling):
    who, _ = telling.subscriber(renews_at=RENEWS)
    telling.subscriber(renews_at=RENEWS, email=who.email)
    telling.by_the_day(DUE + 1)
    assert telling.sent == [who.email]
    telling.by_the_day(2)
    assert telling.sent == [who.email, who.email]


def test_a_card_that_ends_and_a_renewal_are_two_things_to_tell(telling):
    telling.set(card_alerts=True)
    who, _, plan = telling.holder(renews_at=RENEWS, ends=date(2026, 11, 30))
    telling.becomes(plan, months=12)
    telling.by_the_day(39)
    assert telling.sent == [who.email, who.email]
    assert sorted(Alert.objects.values_list("kind", flat=True)) == ["card", "renewal"]


def test_a_clock_that_is_set_back_tells_nobody_twice(telling):
    telling.subscriber(renews_at=RENEWS)
    telling.at(NOW + DUE * DAY).at(NOW + timedelta(hours=1)).at(NOW + DUE * DAY).by_the_day(5)
    assert len(telling.sent) == 1
