"""A case from its failure to its end, with fakes at both ends and days that pass in milliseconds."""

from datetime import timedelta

import pytest

from tests.fakes import NOW, FakeStripe, a_charge, an_invoice, effects
from tideover.core.case import state_of
from tideover.core.declines import Decline
from tideover.gateways.answers import Busy, Declined, NeedsAuthentication, NotOpen, Paid, Processing, Unknown
from tideover.gateways.email import Refused as MailRefused
from tideover.inbox.translate import ChargeNews, CustomerDeleted, Disconnected, MethodNews, SubscriptionEnded
from tideover.recovery import claims, commands, hearing, intake
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.perform import perform
from tideover.recovery.reconcile import reconcile
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
    hearing.hear(world.connection, Disconnected(world.now), world.now)
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


def test_a_refund_and_a_dispute_are_kept_as_facts_of_the_case(world):
    world.payment_fails()
    world.stripe.answer = lambda: Paid("")
    world.day(1)
    paid = Attempt.objects.get(outcome="paid")
    assert hearing.hear(world.connection, ChargeNews(paid.charge_id, "refunded", 9900, world.now), world.now)
    assert hearing.hear(world.connection, ChargeNews(paid.charge_id, "disputed", 9900, world.now), world.now)
    assert not hearing.hear(world.connection, ChargeNews("ch_foreign", "refunded", 1, world.now), world.now)
    assert set(world.case.facts.values_list("kind", flat=True)) >= {"refunded", "disputed"}
    assert world.case.state == "recovered"


# ── the last look ──


def test_nothing_is_charged_or_sent_when_the_invoice_was_paid_meanwhile(world):
    world.payment_fails()
    world.change(status="paid", amount_paid=9900, amount_remaining=0, status_at=world.now)
    world.day(10)
    assert world.story() == ["day 0  message failed: skipped"]
    assert (world.case.state, world.mail.subjects, world.stripe.payments) == ("recovered", [], [])


def test_nothing_is_charged_or_sent_while_stripe_does_not_answer(world):
    world.payment_fails()
    world.stripe.silent = True
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action = Action.objects.get(step="message-1")
    assert (action.state, action.due_at) == ("planned", world.now + timedelta(minutes=10))
    assert world.mail.subjects == []
    world.stripe.silent = False
    world.day(0.5)
    assert len(world.mail.subjects) == 1


def test_everything_rests_for_an_organization_that_was_stopped(world):
    world.payment_fails()
    organization = world.connection.organization
    organization.stopped_at = world.now
    organization.save()
    world.day(8)
    assert (world.mail.subjects, world.stripe.payments) == ([], [])


def test_observe_mode_writes_messages_and_never_charges(world):
    world.connection.mode = "observe"
    world.connection.save()
    world.stripe.may_write = False
    world.payment_fails()
    world.day(30)
    assert world.stripe.writes == []
    assert len(world.mail.subjects) == 3


# ── answers ──


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


# ── doubt ──


def lost():
    raise Unknown("connection reset")


def test_a_lost_reply_is_asked_again_under_the_same_key_and_charges_once(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    real = world.stripe.pay_invoice

    def processed_then_lost(invoice_id: str, **kwargs: object):
        world.stripe.pay_invoice = real
        real(invoice_id, **kwargs)
        lost()

    world.stripe.answer = lambda: Paid("")
    world.stripe.pay_invoice = processed_then_lost
    action = charges().first()
    world._at(action.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.started_at) == ("claimed", world.now)
    world.day(1)
    action.refresh_from_db()
    assert (action.outcome, world.case.state, world.case.via) == ("paid", "recovered", "retry")
    assert len(set(world.stripe.payments)) == 1


def test_while_one_charge_is_in_doubt_no_other_starts(world):
    world.payment_fails()
    world.stripe.pay_invoice = lambda *_, **__: lost()
    world.day(0.2)
    assert commands.retry_now(world.case, by="alice", now=world.now).why == (
        "A charge of this invoice is under way. Wait for its answer."
    )


def test_a_doubt_too_old_for_its_key_is_settled_by_reading_and_never_by_paying(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    world.stripe.pay_invoice = lambda *_, **__: lost()
    action = charges().first()
    world._at(action.due_at)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    failed = a_charge(at=world.now, number=7)
    world.change(attempts=(*world.stripe.invoice.attempts, failed))
    world._at(world.now + timedelta(hours=21))
    reconcile(effects(world.stripe, world.mail), world.now)
    action.refresh_from_db()
    assert (action.state, action.outcome) == ("done", "declined")
    assert Attempt.objects.get(charge_id="ch_7").by == "us"


def test_a_worker_that_lost_its_lease_settles_nothing(world):
    world.payment_fails()
    world.day(0.05)
    action = charges().first()
    world._at(action.due_at)
    (mine,) = claims.claim_due(world.now)
    (theirs,) = claims.overdue(world.now + timedelta(seconds=31))
    with pytest.raises(claims.LostLease):
        claims.settle(mine, "paid", world.now)
    claims.settle(theirs, "skipped", world.now)
    perform(mine, effects(world.stripe, world.mail), world.now)
    assert world.stripe.payments == []


def test_two_workers_never_claim_the_same_action(world):
    world.payment_fails()
    world._at(NOW + timedelta(days=1))
    first, second = claims.claim_due(world.now), claims.claim_due(world.now)
    assert first
    assert not {a.pk for a in first} & {a.pk for a in second}


def test_an_action_under_which_five_workers_died_is_buried(world):
    world.payment_fails()
    for _ in range(5):
        claims.claim_due(world.now)
        world._at(world.now + timedelta(seconds=31))
        reconcile(effects(world.stripe, world.mail), world.now)
    assert Action.objects.filter(state="dead").count() == 1
    assert world.case.attention == "unknown"


def test_a_busy_stripe_costs_no_try(world):
    world.payment_fails()
    run_until_quiet(effects(world.stripe, world.mail), world.now)

    def busy(_invoice_id: str, **_: object):
        raise Busy("rate limit")

    world.stripe.pay_invoice = busy
    action = charges().first()
    world._at(action.due_at)
    for _ in range(8):
        run_until_quiet(effects(world.stripe, world.mail), world.now)
        world._at(world.now + timedelta(minutes=3))
    action.refresh_from_db()
    assert (action.state, action.tries) == ("planned", 0)


# ── people ──


def test_a_pause_rests_the_case_until_its_end(world):
    world.payment_fails()
    assert commands.pause(world.case, until=NOW + timedelta(days=5), by="alice", now=NOW) is None
    world.day(4.9)
    assert (world.mail.subjects, world.stripe.payments) == ([], [])
    world.day(6)
    assert world.mail.subjects or world.stripe.payments


def test_a_person_may_try_now_inside_the_networks_rules(world):
    world.payment_fails()
    world.stripe.answer = lambda: Paid("")
    assert commands.retry_now(world.case, by="alice@alpine.example", now=world.now) is None
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert world.case.state == "recovered"
    assert Action.objects.get(step="charge-asked-1").asked_by == "alice@alpine.example"


def test_a_person_may_not_charge_a_card_that_was_reported_lost(world):
    world.payment_fails("lost_card")
    refused = commands.retry_now(world.case, by="alice", now=world.now)
    assert "lost" in refused.why or "card" in refused.why
    assert not charges().filter(asked_by="alice").exists()


def test_a_stopped_case_stays_stopped(world):
    world.payment_fails()
    commands.stop(world.case, by="alice", now=world.now)
    world.day(40)
    assert (world.case.state, world.mail.subjects, world.stripe.payments) == ("canceled", [], [])


def test_money_that_came_outside_of_stripe_is_marked_by_a_person(world):
    world.payment_fails()
    assert commands.mark_recovered(world.case, by="alice", now=world.now) is None
    assert (world.case.state, world.case.amount_recovered) == ("recovered", 9900)
    assert commands.mark_recovered(world.case, by="alice", now=world.now).why == "This invoice is paid already."


def test_the_state_in_the_row_is_the_state_of_the_facts(world):
    world.payment_fails()
    for _ in range(3):
        world.day(3)
        assert world.case.state == state_of(as_fact(row) for row in world.case.facts.all())
    world.day(40)
    assert world.case.state == state_of(as_fact(row) for row in world.case.facts.all())


def test_the_rules_of_a_case_are_those_it_started_with(world):
    from tests.factories import make_ruleset  # noqa: PLC0415

    world.payment_fails()
    make_ruleset(world.connection.project, "windback", version=99)
    world.day(1)
    assert world.case.ruleset.name == "revguard"


def test_the_fake_refuses_a_second_payment_as_stripe_does():
    stripe = FakeStripe(answer=lambda: Paid(""))
    assert stripe.pay_invoice("in_1", key="a") == Paid("ch_2")
    assert stripe.pay_invoice("in_1", key="a") == Paid("ch_2")
    assert stripe.pay_invoice("in_1", key="b") == NotOpen("paid")


# ── the plan, asked once more right before the effect ──


def test_a_message_that_was_held_up_into_the_night_waits_for_the_morning(world):
    world._at(NOW.replace(hour=19, minute=55))
    world.payment_fails()
    world.stripe.silent = True
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    world.stripe.silent = False
    world._at(NOW.replace(hour=20, minute=30))
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert world.mail.subjects == []
    action = Action.objects.get(step="message-1")
    assert (action.state, action.due_at) == ("planned", (NOW + timedelta(days=1)).replace(hour=9, minute=0))


def test_a_new_card_is_what_is_charged_and_not_the_old_default(world):
    world.payment_fails("lost_card")
    world.day(1)
    news = MethodNews("cus_1", "pm_2", world.now, renewed=False, event_id="evt_9", brand="visa", fingerprint="fp_2")
    charged = []
    real = world.stripe.pay_invoice

    def seen(invoice_id: str, **kwargs: object):
        charged.append(kwargs["payment_method"])
        return real(invoice_id, **kwargs)

    world.stripe.pay_invoice = seen
    world.stripe.answer = lambda: Paid("")
    hearing.hear(world.connection, news, world.now)
    run_until_quiet(effects(world.stripe, world.mail), world.now)
    assert charged == ["pm_2"]
    assert world.case.state == "recovered"


def test_the_same_lost_card_added_again_is_not_charged(world):
    world.payment_fails("lost_card")
    world.day(1)
    news = MethodNews("cus_1", "pm_2", world.now, renewed=False, event_id="evt_9", brand="visa", fingerprint="fp_old")
    hearing.hear(world.connection, news, world.now)
    world.day(3)
    assert world.stripe.payments == []
