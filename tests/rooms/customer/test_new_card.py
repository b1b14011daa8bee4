"""A customer brings a card: it is verified at Stripe, made the default, and charged once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import DAY, NOW, make_action, make_case, make_message
from tests.fakes import perform
from tests.rooms.customer.till import ASKS_THE_BANK, NO_FUNDS, PAID, Till, open_link
from tideover.core.catalogue import Channel
from tideover.core.outcomes import Outcome, Word
from tideover.gateways.answers import Busy, Unknown
from tideover.gateways.transport import Transport
from tideover.inbox.translate import MethodNews
from tideover.recovery import cards, claims, links
from tideover.recovery.effects import Effects
from tideover.recovery.hearing import hear
from tideover.recovery.models import Action, Attempt, Case
from tideover.recovery.paying.till import State
from tideover.recovery.reconcile import reconcile

pytestmark = pytest.mark.django_db


class NoMail(Transport):
    """Nothing is sent in these tests."""


def charges(case: Case):
    return Action.objects.filter(case=case, do="charge").exclude(state__in=["planned", "dropped"])


# ── the good way ──


def test_a_new_card_is_made_the_default_and_charged_at_once():
    case = make_case()
    till = Till(case, PAID)
    finished = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert finished.state == State.PAID
    assert till.defaults == ["pm_new"]
    [payment] = till.payments
    assert (payment.payment_method, payment.off_session) == ("pm_new", False)
    case.refresh_from_db()
    assert (case.state, case.amount_recovered, case.via) == ("recovered", 9900, "card_page")


def test_the_charge_is_an_action_whose_id_is_the_idempotency_key():
    case = make_case()
    till = Till(case, PAID)
    link = open_link(case)
    cards.finish(link, till.card_entered(), till, NOW)
    action = charges(case).get()
    assert (action.step, action.state, action.outcome) == ("charge-on-new", "done", "paid")
    assert till.payments[0].key == action.key
    assert action.request["link"] == str(link.pk)


def test_a_card_brought_by_a_message_is_credited_to_the_channel_of_the_message():
    case = make_case()
    till = Till(case, PAID)
    link = links.find(links.make_link(case, message_id=make_message(case).pk, now=NOW), NOW)
    assert link is not None
    cards.finish(link, till.card_entered(), till, NOW)
    case.refresh_from_db()
    assert case.via == "email"


def test_every_channel_is_a_way_by_which_money_can_come():
    assert set(Channel) <= set(Case.Via.values)


def test_the_new_card_is_a_fact_of_the_case_once():
    case = make_case()
    till = Till(case, NO_FUNDS)
    link, intent = open_link(case), till.card_entered()
    cards.finish(link, intent, till, NOW)
    cards.finish(link, intent, till, NOW)
    fact = case.facts.get(kind="card_replaced")
    assert fact.key == "card:pm_new"
    assert {"payment_method": "pm_new", "last4": "1111", "fingerprint": "fp_new"}.items() <= fact.detail.items()


def test_the_attempt_is_counted_on_the_new_card_and_not_on_the_old_one():
    case = make_case()
    till = Till(case, NO_FUNDS)
    cards.finish(open_link(case), till.card_entered(), till, NOW)
    attempt = Attempt.objects.get(charge_id="ch_no")
    assert (attempt.card_fingerprint, attempt.card_last4, attempt.by) == ("fp_new", "1111", "customer")


# ── never twice ──


def test_a_double_submit_is_one_charge():
    case = make_case()
    till = Till(case, PAID, PAID)
    link, intent = open_link(case), till.card_entered()
    assert cards.finish(link, intent, till, NOW).state == State.PAID
    assert cards.finish(link, intent, till, NOW).state == State.PAID
    assert len(till.payments) == 1


def test_a_second_submit_while_the_first_is_under_way_charges_nothing():
    case = make_case()
    till = Till(case, PAID, PAID)
    link, intent = open_link(case), till.card_entered()
    seen = []
    till.while_paying = lambda: seen.append(cards.finish(open_link(case), intent, till, NOW).state)
    cards.finish(link, intent, till, NOW)
    assert seen == [State.PROCESSING]
    assert len(till.payments) == 1


def test_another_card_in_a_second_tab_waits_for_the_first():
    case = make_case()
    till = Till(case, PAID, PAID)
    second = till.card_entered("second")
    seen = []
    till.while_paying = lambda: seen.append(cards.finish(open_link(case), second, till, NOW).state)
    cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert seen == [State.PROCESSING]
    assert [payment.payment_method for payment in till.payments] == ["pm_new"]
    assert cards.finish(open_link(case), second, till, NOW).state == State.PAID  # and the invoice is paid by then
    assert len(till.payments) == 1


def test_a_charge_of_ours_that_is_under_way_is_waited_for():
    case = make_case()
    make_action(case, due_at=NOW - DAY)
    [claimed] = claims.claim_due(NOW)
    till = Till(case, PAID)
    waiting = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert (waiting.state, waiting.ask_again) == (State.PROCESSING, True)
    assert till.payments == []
    claimed.refresh_from_db()
    assert claimed.state == "claimed"


def test_once_the_other_charge_is_settled_the_new_card_is_charged():
    case = make_case()
    make_action(case, due_at=NOW - DAY)
    [claimed] = claims.claim_due(NOW)
    till = Till(case, PAID)
    link, intent = open_link(case), till.card_entered()
    cards.finish(link, intent, till, NOW)
    claims.settle(claimed, Outcome(Word.DECLINED, "insufficient_funds"), NOW)
    assert cards.finish(link, intent, till, NOW + timedelta(seconds=3)).state == State.PAID
    assert [payment.payment_method for payment in till.payments] == ["pm_new"]


def test_a_planned_charge_that_falls_due_meanwhile_does_not_go_out():
    case = make_case()
    till = Till(case, PAID, PAID)
    planned = make_action(case, due_at=NOW)

    def worker_comes():
        for action in claims.claim_due(NOW):
            perform(action, Effects(stripe_for=lambda _: till, transports={Channel.EMAIL: NoMail()}), NOW)

    till.while_paying = worker_comes
    cards.finish(open_link(case), till.card_entered(), till, NOW)
    planned.refresh_from_db()
    assert planned.outcome in {"refused", "dropped"}
    assert len(till.payments) == 1


def test_a_lost_answer_is_asked_for_and_never_paid_again():
    case = make_case()
    till = Till(case, Unknown("the line broke"), PAID)
    link, intent = open_link(case), till.card_entered()
    assert cards.finish(link, intent, till, NOW).state == State.PROCESSING
    assert cards.finish(link, intent, till, NOW).state == State.PROCESSING
    assert len(till.payments) == 1
    later = NOW + timedelta(minutes=2)
    reconcile(Effects(stripe_for=lambda _: till, transports={Channel.EMAIL: NoMail()}), later)
    first, again = till.payments
    assert again == first  # the same key, the same card: at Stripe this is one payment
    case.refresh_from_db()
    assert (case.state, case.via) == ("recovered", "card_page")


def test_a_busy_stripe_is_tried_again_by_the_worker():
    case = make_case()
    till = Till(case, Busy("rate limit"))
    assert cards.finish(open_link(case), till.card_entered(), till, NOW).state == State.PROCESSING
    action = Action.objects.get(case=case, step="charge-on-new")
    assert action.state == "planned"
    assert action.due_at > NOW


def test_news_of_the_attached_card_that_came_first_leads_to_the_same_single_charge():
    case = make_case()
    make_action(case, step="charge-on-new", due_at=NOW)
    till = Till(case, PAID)
    cards.finish(open_link(case), till.card_entered(), till, NOW)
    action = charges(case).get()
    assert (action.step, action.outcome) == ("charge-on-new", "paid")


def test_the_page_and_the_plan_call_a_new_card_the_same_however_long_its_id_is():
    method = "1SxQ2yLkdIwHu7ixYz0aBcDe"  # as long as Stripe's are
    case = make_case()
    till = Till(case, PAID)
    news = MethodNews(case.customer_id, f"pm_{method}", NOW, renewed=False, event_id="evt_9")
    hear(case.connection, news, NOW)
    planned = Action.objects.get(case=case, do="charge", due_at=NOW)
    cards.finish(open_link(case), till.card_entered(method), till, NOW)
    assert charges(case).get() == planned


def test_a_try_by_the_worker_that_did_not_name_the_new_card_was_no_try_of_it():
    case = make_case()
    make_action(case, step="charge-on-new", state="done", outcome="declined:insufficient_funds", settled_at=NOW - DAY)
    till = Till(case, PAID)
    assert cards.finish(open_link(case), till.card_entered(), till, NOW).state == State.PAID
    assert [payment.payment_method for payment in till.payments] == ["pm_new"]


def test_no_worker_finds_a_charge_to_do_before_the_new_card_is_the_default():
    case = make_case()
    till = Till(case, PAID)
    found = []
    till.while_setting = lambda: found.extend(claims.claim_due(NOW))
    assert cards.finish(open_link(case), till.card_entered(), till, NOW).state == State.PAID
    assert [action.step for action in found if action.do == "charge"] == []


def test_after_a_declined_new_card_nothing_charges_it_again_by_itself_at_once():
    case = make_case()
    till = Till(case, NO_FUNDS)
    cards.finish(open_link(case), till.card_entered(), till, NOW)
    soon = Action.objects.filter(case=case, do="charge", state="planned", due_at__lte=NOW + timedelta(hours=1))
    assert not soon.exists()


# ── the browser is not believed ──


def test_an_intent_of_another_customer_reads_like_none_at_all():
    case = make_case()
    till = Till(case, PAID)
    foreign = cards.finish(open_link(case), till.card_entered(customer="cus_mallory"), till, NOW)
    absent = cards.finish(open_link(case), "seti_absent", till, NOW)
    assert foreign == absent
    assert foreign.state == State.DECLINED
    assert (till.payments, till.defaults) == ([], [])


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("requires_payment_method", State.DECLINED),
        ("requires_confirmation", State.DECLINED),
        ("requires_action", State.AUTHENTICATE),
        ("processing", State.PROCESSING),
        ("canceled", State.DECLINED),
    ],
)
def test_an_intent_that_did_not_succeed_pays_nothing(status, state):
    case = make_case()
    till = Till(case, PAID)
    assert cards.finish(open_link(case), till.card_entered(status=status), till, NOW).state == state
    assert (till.payments, till.defaults) == ([], [])


def test_a_paid_invoice_is_thanked_for_and_nothing_is_set_up_or_charged():
    case = make_case()
    till = Till(case, PAID)
    intent = till.card_entered()
    till.paid()
    assert cards.begin_setup(open_link(case), till, NOW) == cards.finish(open_link(case), intent, till, NOW)
    assert cards.finish(open_link(case), intent, till, NOW).state == State.PAID
    assert (till.setups, till.payments, till.defaults) == ([], [], [])


def test_a_void_invoice_is_closed_to_every_card():
    case = make_case()
    link = open_link(case)
    till = Till(case, PAID)
    intent = till.card_entered()
    till.invoice = None
    assert cards.begin_setup(link, till, NOW).state == State.CLOSED
    assert cards.finish(link, intent, till, NOW).state == State.CLOSED
    assert till.payments == []


# ── observe mode ──


def test_observe_mode_writes_nothing_to_stripe():
    case = make_case()
    till = Till(case, may_write=False)
    link = open_link(case)
    assert cards.begin_setup(link, till, NOW).state == State.DECLINED
    assert cards.finish(link, till.card_entered(), till, NOW).state == State.DECLINED
    assert (till.setups, till.defaults, till.payments) == ([], [], [])


def test_secrets_do_not_show_in_what_is_printed_of_an_answer():
    till = Till(make_case(), ASKS_THE_BANK)
    finished = cards.finish(open_link(Case.objects.get()), till.card_entered(), till, NOW)
    assert "secret" not in repr(finished)
