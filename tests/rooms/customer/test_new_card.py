"""A customer brings a card: it is verified at Stripe, made the default, and charged once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import DAY, NOW, make_action, make_attempt, make_case
from tests.rooms.customer.till import ASKS_THE_BANK, BANK_DEBIT, NO_FUNDS, PAID, STOLEN, Till
from tideover.core.declines import Decline
from tideover.gateways.answers import Busy, IntentRead, NotOpen, Refused, Unknown
from tideover.gateways.email import Transport
from tideover.ids import new_id
from tideover.recovery import cards, claims, links
from tideover.recovery.cards import Begun, State
from tideover.recovery.models import Action, Attempt, Case, Link
from tideover.recovery.perform import Effects, perform
from tideover.recovery.reconcile import reconcile

pytestmark = pytest.mark.django_db


class NoMail(Transport):
    """Nothing is sent in these tests."""


def open_link(case: Case, **values) -> Link:
    link = links.find(links.make_link(case, message_id=None, now=NOW, **values), NOW)
    assert link is not None
    return link


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


def test_a_card_brought_by_a_message_is_credited_to_the_message():
    case = make_case()
    till = Till(case, PAID)
    link = links.find(links.make_link(case, message_id=new_id(), now=NOW), NOW)
    assert link is not None
    cards.finish(link, till.card_entered(), till, NOW)
    case.refresh_from_db()
    assert case.via == "email"


def test_the_new_card_is_a_fact_of_the_case_once():
    case = make_case()
    till = Till(case, NO_FUNDS)
    link, intent = open_link(case), till.card_entered()
    cards.finish(link, intent, till, NOW)
    cards.finish(link, intent, till, NOW)
    fact = case.facts.get(kind="card_replaced")
    assert (fact.key, fact.detail["payment_method"], fact.detail["last4"]) == ("card:pm_new", "pm_new", "1111")


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
    [claimed] = claims.claim_due(NOW, cases=[case.pk])
    till = Till(case, PAID)
    waiting = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert (waiting.state, waiting.ask_again) == (State.PROCESSING, True)
    assert till.payments == []
    claimed.refresh_from_db()
    assert claimed.state == "claimed"


def test_once_the_other_charge_is_settled_the_new_card_is_charged():
    case = make_case()
    make_action(case, due_at=NOW - DAY)
    [claimed] = claims.claim_due(NOW, cases=[case.pk])
    till = Till(case, PAID)
    link, intent = open_link(case), till.card_entered()
    cards.finish(link, intent, till, NOW)
    claims.settle(claimed, "declined:insufficient_funds", NOW)
    assert cards.finish(link, intent, till, NOW + timedelta(seconds=3)).state == State.PAID
    assert [payment.payment_method for payment in till.payments] == ["pm_new"]


def test_a_planned_charge_that_falls_due_meanwhile_does_not_go_out():
    case = make_case()
    till = Till(case, PAID, PAID)
    planned = make_action(case, due_at=NOW)

    def worker_comes():
        for action in claims.claim_due(NOW, cases=[case.pk]):
            perform(action, Effects(stripe_for=lambda _: till, mail=NoMail()), NOW)

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
    reconcile(Effects(stripe_for=lambda _: till, mail=NoMail()), later)
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


def test_no_worker_finds_a_charge_to_do_before_the_new_card_is_the_default():
    case = make_case()
    till = Till(case, PAID)
    found = []
    till.while_setting = lambda: found.extend(claims.claim_due(NOW, cases=[case.pk]))
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


# ── what the payer is told ──


def test_a_declined_new_card_says_why_and_what_to_do_and_another_card_pays():
    case = make_case()
    till = Till(case, NO_FUNDS, PAID)
    link = open_link(case)
    declined = cards.finish(link, till.card_entered(), till, NOW)
    assert declined.state == State.DECLINED
    assert declined.message == (
        "There was not enough money available on your card. Use another card, or add money to this account and try again."
    )
    assert cards.finish(link, till.card_entered("other"), till, NOW).state == State.PAID
    assert [payment.payment_method for payment in till.payments] == ["pm_new", "pm_other"]


def test_a_declined_card_asked_about_again_tells_the_same_and_charges_nothing():
    case = make_case()
    till = Till(case, NO_FUNDS)
    link, intent = open_link(case), till.card_entered()
    assert cards.finish(link, intent, till, NOW) == cards.finish(link, intent, till, NOW)
    assert len(till.payments) == 1


def test_a_stolen_card_reads_like_any_other_refusal():
    case = make_case()
    till = Till(case, STOLEN)
    message = cards.finish(open_link(case), till.card_entered(), till, NOW).message
    assert message.startswith("Your bank declined the payment.")
    assert not any(word in message.lower() for word in ("stolen", "lost", "fraud"))


def test_a_bank_debit_is_said_to_take_four_business_days():
    case = make_case()
    till = Till(case, BANK_DEBIT)
    finished = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert finished.state == State.PROCESSING
    assert "four business days" in finished.message
    case.refresh_from_db()
    assert case.processing


def test_an_invoice_that_was_paid_in_the_last_second_is_thanked_for():
    case = make_case()
    till = Till(case, NotOpen("paid"))
    assert cards.finish(open_link(case), till.card_entered(), till, NOW).state == State.PAID


def test_a_payment_that_stripe_did_not_try_asks_for_another_card():
    case = make_case()
    till = Till(case, Refused("payment_method_unexpected_state", "not usable"))
    finished = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert (finished.state, "Use another card" in finished.message) == (State.DECLINED, True)


# ── the networks ──


def test_a_card_that_its_network_closed_is_not_charged_again_through_the_page():
    case = make_case()
    make_attempt(case, card_fingerprint="fp_new", code="stolen_card", at=NOW - DAY, network_decline_code="43")
    till = Till(case, PAID)
    finished = cards.finish(open_link(case), till.card_entered(), till, NOW)
    assert finished.state == State.DECLINED
    assert "card networks allow no further try" in finished.message
    assert till.payments == []


def test_tries_on_the_old_card_do_not_count_against_the_new_one():
    case = make_case()
    for day in range(15):
        make_attempt(case, at=NOW - DAY * (day + 1))
    till = Till(case, PAID)
    assert cards.finish(open_link(case), till.card_entered(), till, NOW).state == State.PAID


# ── 3-D Secure ──


def test_a_new_card_whose_bank_asks_is_confirmed_and_then_counted():
    case = make_case()
    till = Till(case, ASKS_THE_BANK)
    link = open_link(case)
    asked = cards.finish(link, till.card_entered(), till, NOW)
    assert (asked.state, asked.client_secret) == (State.AUTHENTICATE, "pi_1_secret_x")
    till.paid()
    assert cards.finish(link, "pi_1", till, NOW).state == State.PAID
    assert len(till.payments) == 1
    case.refresh_from_db()
    assert (case.state, case.via) == ("recovered", "card_page")


def test_the_same_payment_is_confirmed_with_the_bank_without_any_new_charge():
    case = make_case(family="authentication", decline_code="authentication_required")
    till = Till(case)
    begun = cards.begin_authentication(open_link(case), till, NOW)
    assert begun == Begun("payment", "pi_1_secret_x", "pm_old")
    till.paid()
    assert cards.finish(open_link(case), "pi_1", till, NOW).state == State.PAID
    assert (till.payments, till.setups) == ([], [])


def test_the_page_keeps_its_credit_when_the_news_of_the_payment_came_first():
    case = make_case(family="authentication", state="recovered", via="stripe")
    till = Till(case)
    till.paid()
    cards.finish(open_link(case), "pi_1", till, NOW)
    case.refresh_from_db()
    assert case.via == "card_page"


def test_a_payment_of_another_invoice_is_not_recognized():
    case = make_case()
    till = Till(case)
    till.paid()
    finished = cards.finish(open_link(case), "pi_of_mallory", till, NOW)
    assert finished.state == State.DECLINED
    case.refresh_from_db()
    assert case.state == "failing"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "payment_intent_authentication_failure",
            "The payment was not confirmed with your bank, so nothing was charged.",
        ),
        ("insufficient_funds", "There was not enough money available on your card."),
    ],
)
def test_a_bank_that_says_no_leaves_the_payer_with_what_to_do(code, said):
    case = make_case(family="authentication")
    till = Till(case)
    till.intents["pi_1"] = IntentRead(
        "pi_1", "requires_payment_method", case.customer_id, "pm_old", "pi_1_secret_x", decline=Decline(code=code)
    )
    finished = cards.finish(open_link(case), "pi_1", till, NOW)
    assert finished.state == State.DECLINED
    assert finished.message.startswith(said)
    assert "use another card" in finished.message.lower()


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
