"""A case from its failure to its end, with fakes at both ends and days that pass in milliseconds."""

from datetime import timedelta

import pytest

from tests.fakes import NOW, a_charge, an_invoice, effects
from tideover.core.declines import Decline
from tideover.gateways.answers import Declined, NeedsAuthentication, Paid, Processing
from tideover.gateways.transport import Refused as MailRefused
from tideover.inbox.translate import CustomerDeleted, Disconnected, MethodNews, SubscriptionEnded
from tideover.messages.models import Message
from tideover.recovery import hearing, intake
from tideover.recovery.models import Action, Attempt, Case
from tideover.worker.loop import run_until_quiet


def charges():
    return Action.objects.filter(do="charge").order_by("due_at", "id")


def test_a_retry_that_works_ends_the_dunning(world):
    world.payment_fails()
    world.stripe.answer = lambda: Paid("")
    world.day(30)
    assert world.case.state == "recovered"
    assert (world.case.via, world.case.amount_recovered) == ("retry", 9900)
    assert world.story() == ["day 0  message failed: sent", "day 0  charge: paid"]
    assert not Action.objects.filter(state="planned").exists()


def test_when_nothing_works_the_case_is_given_up_and_nothing_stays_planned(world):
    world.payment_fails()
    world.day(40)
    assert world.case.state == "abandoned"
    assert world.story() == [
        "day 0  message failed: sent",
        "day 0  charge: declined:insufficient_funds",
        "day 1  charge: declined:insufficient_funds",
        "day 3  charge: declined:insufficient_funds",
        "day 3  message reminder: sent",
        "day 7  charge: declined:insufficient_funds",
        "day 7  message final: sent",
        "day 15  close: closed",
    ]
    assert len(world.stripe.payments) == len(set(world.stripe.payments)) == 4
    assert not Action.objects.filter(state="planned").exists()


def test_money_that_comes_after_the_end_is_still_money(world):
    world.payment_fails()
    world.day(40)
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    assert (world.case.state, world.case.via) == ("recovered", "customer")


def test_a_reading_costs_at_most_twelve_queries_also_by_itself(world, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        world.payment_fails()
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    with django_assert_max_num_queries(12):
        intake.take_reading(world.connection, world.stripe.invoice, world.now)
    assert world.case.state == "recovered"


def test_a_planned_message_follows_its_plan_to_another_channel(world):
    world.payment_fails()
    planned = Action.objects.filter(do="message", state="planned")
    assert planned.update(channel="pigeon") > 1
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    assert set(planned.values_list("channel", flat=True)) == {"email"}


def test_a_message_says_by_which_channel_it_went(world):
    world.payment_fails()
    world.day(0)
    assert [message.channel for message in Message.objects.all()] == ["email"]


def test_the_same_reading_twice_changes_nothing(world):
    case = world.payment_fails()
    before = list(Action.objects.order_by("id").values("id", "due_at", "why"))
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    assert list(Action.objects.order_by("id").values("id", "due_at", "why")) == before
    assert (case.facts.count(), Attempt.objects.count(), Case.objects.count()) == (1, 1, 1)


def test_a_reading_that_shows_the_payment_before_the_failure_was_heard_of_opens_a_recovered_case(world):
    paid = an_invoice(
        status="paid",
        amount_paid=9900,
        amount_remaining=0,
        status_at=NOW + timedelta(hours=1),
        attempts=(a_charge(), a_charge(None, at=NOW + timedelta(hours=1), number=2)),
    )
    case = intake.take_reading(world.connection, paid, NOW + timedelta(hours=2))
    assert (case.state, case.via) == ("recovered", "stripe")
    assert not Action.objects.filter(state="planned").exists()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"status": "draft"}, "a draft"),
        ({"collection_method": "send_invoice"}, "sent to be paid by hand"),
        ({"billing_reason": "subscription_create", "subscription_status": "incomplete"}, "a first payment"),
        ({"amount_due": 0}, "nothing due"),
        ({"attempts": (a_charge(None),), "status": "paid"}, "paid at the first try"),
    ],
)
def test_what_is_no_failed_renewal_opens_no_case(world, values, why):
    assert intake.take_reading(world.connection, an_invoice(**values), NOW) is None, why
    assert not Case.objects.exists()


def test_a_void_invoice_cancels_the_sequence(world):
    world.payment_fails()
    world.change(status="void", status_at=world.now)
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    world.day(40)
    assert world.case.state == "canceled"
    assert world.mail.subjects == []
    assert world.stripe.payments == []


def test_an_ended_subscription_is_churn_and_late_money_still_counts(world):
    world.payment_fails()
    assert hearing.hear(world.connection, SubscriptionEnded("sub_1", world.now, "cancellation_requested"), world.now)
    assert world.case.state == "churned"
    world.change(status="paid", amount_paid=9900, status_at=world.now + timedelta(days=2))
    intake.take_reading(world.connection, world.stripe.invoice, world.now)
    assert world.case.state == "recovered"


def test_a_deleted_customer_is_left_alone(world):
    world.payment_fails()
    hearing.hear(world.connection, CustomerDeleted("cus_1", world.now), world.now)
    world.day(40)
    assert (world.case.state, world.mail.subjects, world.stripe.payments) == ("canceled", [], [])


def test_disconnecting_stops_everything_and_forgets_the_key(world):
    world.payment_fails()
    hearing.hear(world.connection, Disconnected(world.now, "acct_of_somebody_else"), world.now)
    assert world.case.state == "failing"
    hearing.hear(world.connection, Disconnected(world.now, world.connection.account_id), world.now)
    world.day(40)
    world.connection.refresh_from_db()
    assert (world.connection.state, world.connection.api_key) == ("disconnected", "")
    assert (world.case.state, world.mail.subjects, world.stripe.payments) == ("canceled", [], [])


def test_a_card_that_is_attached_is_charged_at_once(world):
    world.payment_fails("expired_card")
    world.day(2)
    assert world.stripe.payments == []
    world.stripe.answer = lambda: Paid("")
    news = MethodNews("cus_1", "pm_2", world.now, renewed=False, event_id="evt_9")
    hearing.hear(world.connection, news, world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert (world.case.state, len(world.stripe.payments)) == ("recovered", 1)


def test_a_card_that_stripes_clock_attached_ahead_of_ours_is_charged_once(world):
    world.payment_fails("expired_card")
    world.day(2)
    world.stripe.answer = lambda: Declined(Decline("generic_decline"), "", "pi_1")
    ahead = world.now + timedelta(minutes=30)
    hearing.hear(world.connection, MethodNews("cus_1", "pm_2", ahead, renewed=False, event_id="evt_9"), world.now)
    for hours in (0, 1):
        run_until_quiet(effects(world.stripe, world.mail), world.now + timedelta(hours=hours))
    assert len(world.stripe.payments) == 1


def test_a_bank_that_wants_the_customer_is_not_asked_again_and_the_customer_is_told(world):
    world.payment_fails()
    world.stripe.answer = lambda: NeedsAuthentication("pi_1_secret_x", "", "ch_2", "pi_1")
    world.day(10)
    assert len(world.stripe.payments) == 1
    assert world.case.attention == "authentication"
    assert Action.objects.filter(template="authenticate", state="done", outcome="sent").exists()


def test_a_bank_debit_under_way_rests_the_case(world):
    world.payment_fails()
    world.stripe.answer = lambda: Processing("pi_1")
    world.day(0.5)
    assert world.case.processing
    assert not Action.objects.filter(state="planned", do__in=["charge", "message"]).exists()


def test_a_lost_card_is_never_charged_again(world):
    world.payment_fails()
    world.stripe.answer = lambda: Declined(Decline("lost_card"), "", "pi_1")
    world.day(30)
    assert len(world.stripe.payments) == 1
    assert world.case.family == "card_dead"


def test_a_mail_server_that_refuses_the_mailbox_is_reported_where_a_person_looks(world):
    world.mail.refuse = MailRefused(permanent=True, reason="550 no such user", mailbox=True)
    world.payment_fails()
    world.day(4)
    outcomes = list(
        Action.objects.filter(do="message", state="done").order_by("due_at").values_list("outcome", "reason")
    )
    assert outcomes[0][0] == "failed"
    assert outcomes[1] == ("skipped", "suppressed:bounced")
    assert world.case.attention == "bounced"


def test_a_customer_without_an_address_is_shown_to_a_person(world):
    world.payment_fails(customer_email="")
    world.day(1)
    assert world.case.attention == "no_address"


def test_words_are_true_about_the_next_try(world):
    world.payment_fails()
    world.day(1.5)
    text = str(world.mail.accepted[0][1].get_body(("plain",)).get_content())
    first_charge = charges().first()
    assert f"{first_charge.due_at:%B %-d}" in text
